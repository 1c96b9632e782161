/** The hand-over from a use case's transaction to the queue: nothing is queued that was not committed. */

import type { Subscription } from '../store/open-store.ts';
import {
  deleteOutboxEntries,
  lockOutboxEntries,
  type OutboxEntry,
  readOutboxLag,
} from '../store/operations/outbox.ts';
import type { AccessContext } from './context.ts';

export type { OutboxEntry } from '../store/operations/outbox.ts';

/**
 * Hands the oldest waiting entries to `deliver` and forgets them once it has returned. If the process
 * dies in between, they are delivered again: the queue recognises an entry by its id.
 * @param input.jobs the kinds that the caller knows; others wait for a process that does (a newer version's, say)
 * @returns how many were handed over
 */
export async function relayOutbox(
  context: AccessContext,
  input: {
    jobs: readonly string[];
    limit: number;
    deliver: (entries: readonly OutboxEntry[]) => Promise<void>;
  },
): Promise<number> {
  return context.store.transaction(async (db) => {
    const entries = await lockOutboxEntries(db, { jobs: input.jobs, limit: input.limit });
    if (entries.length === 0) return 0;
    await input.deliver(entries);
    await deleteOutboxEntries(db, { ids: entries.map((entry) => entry.id) });
    return entries.length;
  });
}

/** Hints that an entry was written. Polling stays necessary. */
export async function watchOutbox(context: AccessContext, onHint: () => void): Promise<Subscription> {
  return context.store.listen('sallyport_outbox', () => onHint());
}

/** How many entries wait, and since when the oldest does. */
export async function outboxLag(context: AccessContext): Promise<{ waiting: number; oldest: Date | null }> {
  return readOutboxLag(context.store.read());
}
