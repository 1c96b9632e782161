/**
 * The audit log's chain. Each event's hash covers the one before, so that nothing in the middle can be
 * changed or taken out without every later hash changing. Sequenced by one chainer at a time, in the
 * order in which the events were written.
 */
import { createHash } from 'node:crypto';
import type { EventRow } from '../store/entities/event.ts';
import type { Store } from '../store/open-store.ts';
import {
  findChainHead,
  listChainedEvents,
  listUnchainedEvents,
  setEventPlaces,
  tryTransactionLock,
} from '../store/operations/events.ts';

/** Any number will do, as long as every replica uses the same one. */
const CHAINER_LOCK = 7_180_002;
const BATCH = 500;
/** What the first event's hash covers in place of a predecessor. */
export const CHAIN_START_SHA256 = '0'.repeat(64);

type ChainedFacts = Pick<EventRow, 'id' | 'at' | 'type' | 'subject' | 'data' | 'actorId'>;

/** Hex SHA-256 over the predecessor's hash, the place and everything the event says. */
function eventSha256(event: ChainedFacts, place: { sequence: number; previousSha256: string }): string {
  const facts = [
    'sallyport-event-1',
    place.previousSha256,
    place.sequence,
    event.id,
    event.at.toISOString(),
    event.type,
    event.actorId ?? null,
    event.subject,
    canonical(event.data),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Keys sorted at every depth: jsonb does not keep their order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)]);
}

/**
 * Gives waiting events their place. Does nothing while another chainer works.
 * @returns how many were placed
 */
export async function chainEvents(store: Store): Promise<number> {
  return store.transaction(async (db) => {
    if (!(await tryTransactionLock(db, { key: CHAINER_LOCK }))) return 0;
    const head = await findChainHead(db);
    let sequence = head?.sequence ?? 0;
    let previousSha256 = head?.sha256 ?? CHAIN_START_SHA256;
    const waiting = await listUnchainedEvents(db, { limit: BATCH });
    const places = waiting.map((event) => {
      sequence += 1;
      previousSha256 = eventSha256(event, { sequence, previousSha256 });
      return { id: event.id, sequence, sha256: previousSha256 };
    });
    await setEventPlaces(db, places);
    return waiting.length;
  });
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
      const sha256 = eventSha256(event, { sequence, previousSha256 });
      if (event.sha256 !== sha256) {
        return broken(events, previousSha256, { sequence, message: `event ${sequence} was altered` });
      }
      previousSha256 = sha256;
      events = sequence;
    }
    if (batch.length < BATCH) return { ok: true, events, headSha256: previousSha256, problems: [] };
  }
}

function broken(
  events: number,
  headSha256: string,
  problem: { sequence: number; message: string },
): ChainReport {
  return { ok: false, events, headSha256, problems: [problem] };
}
