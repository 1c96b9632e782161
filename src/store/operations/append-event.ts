import type { Database } from '../open-store.ts';
import { writeAtCommit } from '../write-at-commit.ts';

interface NewEvent {
  readonly at: Date;
  readonly type: string;
  readonly actorId: string | null;
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

/**
 * Appends to the audit log within the caller's transaction, at its end and in this order: an event exists exactly
 * if what it tells of does. The chainer gives it its place in the sequence later.
 */
export async function appendEvents(db: Database, events: readonly NewEvent[]): Promise<void> {
  await writeAtCommit(db, insertEvents, events);
}

async function insertEvents(db: Database, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.execute(
    `insert into event (at, type, actor_id, subject, data)
     select at, type, "actorId", subject, data
       from rows from (jsonb_to_recordset(?::jsonb)
                       as (at timestamptz, type text, "actorId" text, subject text, data jsonb))
            with ordinality
      order by ordinality`,
    [JSON.stringify(events)],
  );
}
