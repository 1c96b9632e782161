/** An audit log to send: events of several sessions, each of which counts its own. */
import { chainEvents } from '../../../src/audit/chain.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { appendEvents } from '../../../src/store/operations/append-event.ts';
import type { Received } from './receivers.ts';

const SESSIONS = 7;
const PER_STATEMENT = 2_000;

/** Appends so many events, puts them in sequence. */
export async function logEvents(store: Store, count: number): Promise<void> {
  for (let from = 0; from < count; from += PER_STATEMENT) {
    const events = Array.from({ length: Math.min(PER_STATEMENT, count - from) }, (_, index) => ({
      at: new Date(),
      type: 'hold.created',
      actorId: null,
      subject: `s-${(from + index) % SESSIONS}`,
      data: { n: from + index },
    }));
    await store.transaction((db) => appendEvents(db, events));
  }
  await chainEvents(store);
}

/** What of the log is missing, and whether each session's events came in its order. */
export function judge(received: readonly Received[], expected: number) {
  const first = new Map<number, Received>();
  for (const event of received) if (!first.has(event.sequence)) first.set(event.sequence, event);
  const lastOf = new Map<string, number>();
  let disordered = 0;
  for (const { subject, sequence } of first.values()) {
    if ((lastOf.get(subject) ?? 0) > sequence) disordered += 1;
    lastOf.set(subject, sequence);
  }
  return {
    distinct: first.size,
    missing: expected - first.size,
    disordered,
    twice: received.length - first.size,
  };
}
