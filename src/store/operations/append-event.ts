import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

/**
 * Appends to the audit log within the caller's transaction: the event exists exactly if what it tells
 * of does. The chainer gives it its place in the sequence later.
 */
export async function appendEvent(
  db: Database,
  event: { at: Date; type: string; actorId: string | null; subject: string; data: Record<string, unknown> },
): Promise<void> {
  await db.insert(EventRow, { ...event, sequence: null, sha256: null });
}
