import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

/** Newest first. */
export async function listEvents(
  db: Database,
  options: { subject?: string; limit: number },
): Promise<readonly EventRow[]> {
  return db.find(EventRow, options.subject === undefined ? {} : { subject: options.subject }, {
    orderBy: { id: 'desc' },
    limit: options.limit,
    disableIdentityMap: true,
  });
}

/** The end of the chain, or null before the first event. */
export async function findChainHead(db: Database): Promise<{ sequence: number; sha256: string } | null> {
  const row = await db.findOne(
    EventRow,
    { sequence: { $ne: null } },
    { orderBy: { sequence: 'desc' }, disableIdentityMap: true },
  );
  const { sequence, sha256 } = row ?? {};
  return sequence == null || sha256 == null ? null : { sequence, sha256 };
}

/** Events without a place in the chain, in the order they were written. */
export async function listUnchainedEvents(
  db: Database,
  options: { limit: number },
): Promise<readonly EventRow[]> {
  return db.find(
    EventRow,
    { sequence: null },
    { orderBy: { id: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
}

/** Events of the chain from `from` on, in sequence. */
export async function listChainedEvents(
  db: Database,
  options: { from: number; limit: number },
): Promise<readonly EventRow[]> {
  return db.find(
    EventRow,
    { sequence: { $gte: options.from } },
    { orderBy: { sequence: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
}

/** An event that has its place keeps it. */
export async function setEventPlaces(
  db: Database,
  places: readonly { id: number; sequence: number; sha256: string }[],
): Promise<void> {
  if (places.length === 0) return;
  await db.execute(
    `update event e set sequence = place.sequence, sha256 = place.sha256
       from jsonb_to_recordset(?::jsonb) as place (id bigint, sequence bigint, sha256 text)
      where e.id = place.id and e.sequence is null`,
    [JSON.stringify(places)],
  );
}

/** One holder at a time, until the transaction ends. @returns false if another holds it */
export async function tryTransactionLock(db: Database, options: { key: number }): Promise<boolean> {
  const [row] = await db.execute<{ locked: boolean }[]>('select pg_try_advisory_xact_lock(?) as locked', [
    options.key,
  ]);
  return row?.locked === true;
}
