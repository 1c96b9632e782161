/**
 * Reads exact numbers of bytes while a handshake lasts. What the peer sent beyond them stays in the
 * socket, so that a TLS upgrade or the relay finds it there, and so that it can be counted.
 */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import { violation } from './codec/violation.ts';

const AWAITED = ['readable', 'end', 'close'] as const;

export interface RawMessage {
  readonly type: number;
  readonly body: Buffer;
}

/**
 * Takes what has arrived at once instead of waiting for all of it: a socket that still holds bytes announces
 * them to every new listener, so waiting for the rest with some left in it would never let go of the process.
 * @throws AppError `gone` when the peer closes or the connection breaks first
 */
export async function readExactly(socket: Socket, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let missing = bytes; missing > 0; ) {
    if (socket.destroyed) throw closedEarly(socket.errored);
    const arrived = Math.min(missing, socket.readableLength);
    const part: unknown = arrived === 0 ? null : socket.read(arrived);
    if (part instanceof Buffer) {
      parts.push(part);
      missing -= part.length;
    } else if (socket.readableEnded) {
      throw closedEarly(null);
    } else {
      await readableOrOver(socket);
    }
  }
  return Buffer.concat(parts);
}

/** One typed message whose length is checked before its body is read. */
export async function readMessage(socket: Socket, bodyBytesMax: number): Promise<RawMessage> {
  const header = await readExactly(socket, 5);
  const bodyBytes = header.readInt32BE(1) - 4;
  if (bodyBytes < 0 || bodyBytes > bodyBytesMax) throw violation('A message has an impossible length');
  return { type: header.readUInt8(0), body: await readExactly(socket, bodyBytes) };
}

/** By hand: `events.once` makes an error for each of the events that did not come, in every login dozens of them. */
function readableOrOver(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      for (const event of AWAITED) socket.off(event, onEvent);
      socket.off('error', onError);
    };
    const onEvent = (): void => {
      settle();
      resolve();
    };
    const onError = (error: Error): void => {
      settle();
      reject(closedEarly(error));
    };
    for (const event of AWAITED) socket.on(event, onEvent);
    socket.on('error', onError);
  });
}

function closedEarly(cause: unknown): AppError {
  return new AppError('gone', 'The connection closed during the handshake', { cause });
}
