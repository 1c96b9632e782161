import { LockMode } from '@mikro-orm/postgresql';
import { IncidentRow } from '../entities/incident.ts';
import type { Database } from '../open-store.ts';

const WITH_PEOPLE = ['openedBy', 'closedBy'] as const;

/** @returns the incident, or the one that was opened under the same key before */
export async function insertIncident(
  db: Database,
  incident: {
    id: string;
    name: string;
    platform: string;
    channel: string | null;
    ownChannel: boolean;
    title: string;
    openedById: string;
    openedAt: Date;
    idempotencyKey: string;
  },
): Promise<{ readonly incident: IncidentRow; readonly isNew: boolean }> {
  const { openedById, ...rest } = incident;
  const { idempotencyKey } = incident;
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [idempotencyKey]);
  const known = await db.findOne(
    IncidentRow,
    { idempotencyKey },
    { populate: [...WITH_PEOPLE], disableIdentityMap: true },
  );
  if (known !== null) return { incident: known, isNew: false };
  await db.insert(IncidentRow, {
    ...rest,
    state: 'open',
    openedBy: openedById,
    closedBy: null,
    closedAt: null,
    settledAt: null,
  });
  const made = await findIncident(db, { id: incident.id });
  if (made === null) throw new Error('an incident was not inserted');
  return { incident: made, isNew: true };
}

export async function findIncident(db: Database, options: { id: string }): Promise<IncidentRow | null> {
  return db.findOne(
    IncidentRow,
    { id: options.id },
    { populate: [...WITH_PEOPLE], disableIdentityMap: true },
  );
}

/** Until the transaction ends nobody else declares or closes an incident in this channel. */
export async function lockChannelOfIncident(
  db: Database,
  place: { platform: string; channel: string },
): Promise<void> {
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `incident:${JSON.stringify([place.platform, place.channel])}`,
  ]);
}

/** The open incident whose channel it is, or null. */
export async function findOpenIncident(
  db: Database,
  place: { platform: string; channel: string },
): Promise<IncidentRow | null> {
  return db.findOne(
    IncidentRow,
    { platform: place.platform, channel: place.channel, state: 'open' },
    { populate: [...WITH_PEOPLE], disableIdentityMap: true },
  );
}

export async function isOpenIncident(db: Database, options: { name: string }): Promise<boolean> {
  return (await db.count(IncidentRow, { name: options.name, state: 'open' })) > 0;
}

/** The incidents of this name, the newest first: one name can stand on several platforms. */
export async function listIncidentsNamed(
  db: Database,
  options: { name: string; limit: number },
): Promise<readonly IncidentRow[]> {
  return db.find(
    IncidentRow,
    { name: options.name },
    {
      populate: [...WITH_PEOPLE],
      orderBy: { openedAt: 'desc', id: 'desc' },
      limit: options.limit,
      disableIdentityMap: true,
    },
  );
}

/** Incidents with a channel on this platform that are open, or were closed after `closedAfter`; the newest first. */
export async function listChannelsOfIncidents(
  db: Database,
  options: { platform: string; closedAfter: Date; limit: number },
): Promise<readonly IncidentRow[]> {
  return db.find(
    IncidentRow,
    {
      platform: options.platform,
      channel: { $ne: null },
      $or: [{ state: 'open' }, { closedAt: { $gt: options.closedAfter } }],
    },
    {
      orderBy: { openedAt: 'desc', id: 'desc' },
      limit: options.limit,
      disableIdentityMap: true,
    },
  );
}

/** Open incidents that have a channel, on whichever platform; the newest first. */
export async function listOpenIncidents(
  db: Database,
  options: { limit: number },
): Promise<readonly IncidentRow[]> {
  return db.find(
    IncidentRow,
    { state: 'open', channel: { $ne: null } },
    { orderBy: { openedAt: 'desc', id: 'desc' }, limit: options.limit, disableIdentityMap: true },
  );
}

/** @returns true if this call gave it its channel */
export async function setIncidentChannel(
  db: Database,
  options: { id: string; channel: string; name: string },
): Promise<boolean> {
  const { id, channel, name } = options;
  return (await db.nativeUpdate(IncidentRow, { id, channel: null }, { channel, name })) === 1;
}

/** @returns true if this call closed it */
export async function closeIncident(
  db: Database,
  options: { id: string; closedById: string; closedAt: Date },
): Promise<boolean> {
  const { id, closedById, closedAt } = options;
  const closed = await db.nativeUpdate(
    IncidentRow,
    { id, state: 'open' },
    { state: 'closed', closedBy: closedById, closedAt },
  );
  return closed === 1;
}

/** Open incidents whose channel was not made, opened between the two moments. */
export async function listIncidentsWithoutChannel(
  db: Database,
  options: { after: Date; before: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    IncidentRow,
    { state: 'open', channel: null, openedAt: { $gt: options.after, $lte: options.before } },
    { fields: ['id'], orderBy: { openedAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Closed incidents of which the rest was not done, closed between the two moments. */
export async function listIncidentsToSettle(
  db: Database,
  options: { after: Date; before: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    IncidentRow,
    { state: 'closed', settledAt: null, closedAt: { $gt: options.after, $lte: options.before } },
    { fields: ['id'], orderBy: { closedAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

export async function setIncidentSettled(db: Database, options: { id: string; at: Date }): Promise<void> {
  await db.nativeUpdate(IncidentRow, { id: options.id, settledAt: null }, { settledAt: options.at });
}

/** Takes the incident's row lock. */
export async function lockIncident(db: Database, options: { id: string }): Promise<IncidentRow | null> {
  const locked = await db.findOne(
    IncidentRow,
    { id: options.id },
    { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findIncident(db, options);
}
