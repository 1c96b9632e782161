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

/** The hash of the event at this place of the chain, or null. */
export async function findEventSha256(
  db: Database,
  options: { readonly sequence: number },
): Promise<string | null> {
  const row = await db.findOne(EventRow, { sequence: options.sequence }, { disableIdentityMap: true });
  return row?.sha256 ?? null;
}

/** When the first event of the chain happened, or null before it. */
export async function findChainBeginning(db: Database): Promise<Date | null> {
  const row = await db.findOne(EventRow, { sequence: 1 }, { disableIdentityMap: true });
  return row?.at ?? null;
}

/** The places between which all events of this time stand, both included; null when there are none. */
export async function findPlacesWithin(
  db: Database,
  time: { readonly since: Date | null; readonly until: Date | null },
): Promise<{ readonly first: number; readonly last: number } | null> {
  const [row] = await db.execute<{ first: string | null; last: string | null }[]>(
    `select min(sequence) as first, max(sequence) as last from event
      where sequence is not null and at >= coalesce(?::timestamptz, '-infinity') and at <= coalesce(?::timestamptz, 'infinity')`,
    [time.since?.toISOString() ?? null, time.until?.toISOString() ?? null],
  );
  if (row?.first == null || row.last === null) return null;
  return { first: Number(row.first), last: Number(row.last) };
}
