/**
 * Bytes from one stream into another, as fast as the slower of the two. Chunks are handed on as they are, without a
 * copy. Nothing passes while the session's right to exist is not confirmed: the source is left unread then.
 */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveSession } from '../session.ts';

const CONFIRMATION_LOOK_MS = 100;

export interface PumpOptions {
  readonly from: Readable;
  readonly to: Writable;
  /** What may pass of a chunk; null: nothing passes any more. Called for one chunk at a time, in their order. */
  readonly through: (chunk: Buffer) => Buffer | null | Promise<Buffer | null>;
}

export interface Pump {
  /** Resolves when the source has ended and all of it was handed on, or dropped. Rejects with what `through` throws. */
  readonly done: Promise<void>;
  /** Nobody wants it any more: what is still to come is read and dropped, so that its sender is not stuck. */
  drop(): void;
  /** Leaves what is still to come unread. */
  leave(): void;
}

export function pump(
  session: Pick<LiveSession, 'confirmed' | 'ended'>,
  { from, to, through }: PumpOptions,
): Pump {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let dropped = false;
  let pending = false;
  let ended = false;
  let draining = false;

  const finish = (): void => {
    from.off('data', onData);
    to.off('drain', onDrain);
    to.off('close', drop);
    to.off('error', drop);
    resolve();
  };
  const drop = (): void => {
    if (dropped) return;
    dropped = true;
    from.resume();
    if (ended) finish();
  };
  const fail = (error: unknown): void => {
    reject(error);
    drop();
  };
  const hand = (shown: Buffer | null): void => {
    if (dropped) return;
    if (shown === null) drop();
    else if (shown.length > 0 && !to.write(shown) && !ended) {
      draining = true;
      from.pause();
    }
  };
  const onDrain = (): void => {
    draining = false;
    if (!pending) from.resume();
  };
  const later = async (shown: Promise<Buffer | null>): Promise<void> => {
    pending = true;
    from.pause();
    try {
      hand(await shown);
    } catch (error) {
      fail(error);
    }
    pending = false;
    if (ended) finish();
    else if (!draining || dropped) from.resume();
  };
  const onData = (chunk: Buffer): void => {
    if (dropped) return;
    if (session.ended !== null) {
      drop();
      return;
    }
    try {
      const shown = session.confirmed ? through(chunk) : onceConfirmed(chunk);
      if (shown instanceof Promise) void later(shown);
      else hand(shown);
    } catch (error) {
      fail(error);
    }
  };
  const onceConfirmed = async (chunk: Buffer): Promise<Buffer | null> => {
    while (!session.confirmed && session.ended === null && !dropped) await sleep(CONFIRMATION_LOOK_MS);
    return session.confirmed && session.ended === null ? through(chunk) : null;
  };
  const onEnd = (): void => {
    ended = true;
    if (!pending) finish();
  };

  to.on('drain', onDrain);
  to.on('close', drop);
  to.on('error', drop);
  for (const event of ['end', 'close', 'error']) from.once(event, onEnd);
  from.on('data', onData);
  // One that was paused before is not woken by its listener.
  if (from.readableFlowing === false) from.resume();
  return {
    done,
    drop,
    leave: () => {
      from.pause();
      dropped = true;
      finish();
    },
  };
}
