import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

interface NewEvent {
  readonly at: Date;
  readonly type: string;
  readonly actorId: string | null;
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

/**
 * Appends to the audit log within the caller's transaction, in this order: an event exists exactly if what it
 * tells of does. The chainer gives it its place in the sequence later.
 */
export async function appendEvents(db: Database, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.insertMany(
    EventRow,
    events.map((event) => ({ ...event, sequence: null, sha256: null })),
  );
}
