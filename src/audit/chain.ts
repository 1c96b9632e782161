/**
 * The audit log's chain. Each event's hash covers the one before, so that nothing in the middle can be
 * changed or taken out without every later hash changing. Sequenced by one chainer at a time, in the
 * order in which the events were written; it also signs the head, as `heads.ts` says.
 */
import type { Clock } from '../core/clock.ts';
import type { EventRow } from '../store/entities/event.ts';
import type { Store } from '../store/open-store.ts';
import {
  findChainHead,
  listChainedEvents,
  listUnchainedEvents,
  setEventPlaces,
  tryTransactionLock,
} from '../store/operations/events.ts';
import { signHeadIfDue } from './heads.ts';
import { CHAIN_START_SHA256, type EventFacts, eventSha256, type LoggedEvent } from './logged-event.ts';
import type { HeadSigners } from './signed-head.ts';

/** Any number will do, as long as every replica uses the same one. */
const CHAINER_LOCK = 7_180_002;
const BATCH = 500;

/** Who signs, and what time it is. */
interface Signing {
  readonly signers: HeadSigners;
  readonly clock: Clock;
}

/**
 * Gives waiting events their place, and signs the head when it is time. Does nothing while another chainer works.
 * @param signing null leaves heads unsigned
 * @returns how many were placed
 * @throws AppError `conflict`, after the events have their places, when the log is not what was signed before
 */
export async function chainEvents(store: Store, signing: Signing | null = null): Promise<number> {
  for (let placed = 0; ; ) {
    const round = await store.transaction(async (db) => {
      if (!(await tryTransactionLock(db, { key: CHAINER_LOCK }))) return { placed: 0, refusal: null };
      const head = await findChainHead(db);
      let sequence = head?.sequence ?? 0;
      let previousSha256 = head?.sha256 ?? CHAIN_START_SHA256;
      const waiting = await listUnchainedEvents(db, { limit: BATCH });
      const places = waiting.map((event) => {
        sequence += 1;
        previousSha256 = eventSha256({ ...factsOf(event), sequence, previousSha256 });
        return { id: event.id, sequence, sha256: previousSha256 };
      });
      await setEventPlaces(db, places);
      const end = sequence === 0 ? null : { sequence, sha256: previousSha256 };
      const refusal = signing === null || end === null ? null : await signHeadIfDue(db, { end, ...signing });
      return { placed: places.length, refusal };
    });
    placed += round.placed;
    if (round.refusal !== null) throw round.refusal;
    if (round.placed < BATCH) return placed;
  }
}

export interface ChainReport {
  readonly ok: boolean;
  readonly events: number;
  readonly headSha256: string;
  /** Empty when the chain holds; else where it breaks first. */
  readonly problems: readonly { readonly sequence: number; readonly message: string }[];
}

/** Recomputes the whole chain, in batches. Stops at the first break, since nothing after it can be judged. */
export async function verifyChain(store: Store): Promise<ChainReport> {
  const db = store.read();
  let events = 0;
  let previousSha256 = CHAIN_START_SHA256;
  for (;;) {
    const batch = await listChainedEvents(db, { from: events + 1, limit: BATCH });
    for (const event of batch) {
      const sequence = events + 1;
      if (event.sequence !== sequence) {
        return broken(events, previousSha256, { sequence, message: `event ${sequence} is missing` });
      }
      const sha256 = eventSha256({ ...factsOf(event), sequence, previousSha256 });
      if (event.sha256 !== sha256) {
        return broken(events, previousSha256, { sequence, message: `event ${sequence} was altered` });
      }
      previousSha256 = sha256;
      events = sequence;
    }
    if (batch.length < BATCH) return { ok: true, events, headSha256: previousSha256, problems: [] };
  }
}

/**
 * Events as everybody outside of the store sees them.
 * @param rows of the chain, in sequence
 * @param before the hash of what stands before the first one
 */
export function loggedEvents(rows: readonly EventRow[], before: string): readonly LoggedEvent[] {
  let previousSha256 = before;
  return rows.flatMap((row) => {
    const { sequence, sha256 } = row;
    if (sequence == null || sha256 == null) return [];
    const event = { ...factsOf(row), sequence, previousSha256, sha256 };
    previousSha256 = sha256;
    return [event];
  });
}

function factsOf({ id, at, type, actorId, subject, data }: EventRow): EventFacts {
  return { id, at: at.toISOString(), type, actorId: actorId ?? null, subject, data };
}

function broken(
  events: number,
  headSha256: string,
  problem: { sequence: number; message: string },
): ChainReport {
  return { ok: false, events, headSha256, problems: [problem] };
}
