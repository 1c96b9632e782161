/**
 * Incidents: a channel whose requests carry its name. One can be opened with a channel of its own, or an existing
 * channel can be declared to be one's; a channel whose name fits the policy's patterns is one without asking.
 */
import { incidentOfChannel } from '../../core/channel-globs.ts';
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { INCIDENT_TITLE_CHARACTERS_MAX } from '../../core/incident.ts';
import type { IncidentRow } from '../../store/entities/incident.ts';
import {
  closeIncident as closeRow,
  findIncident,
  findOpenIncident,
  insertIncident,
  listChannelsOfIncidents,
  listIncidentsToSettle,
  listIncidentsWithoutChannel,
  lockChannelOfIncident,
  lockIncident,
  setIncidentChannel,
  setIncidentSettled,
} from '../../store/operations/incidents.ts';
import { type AccessContext, newId } from '../context.ts';
import { partyOf } from '../read-views.ts';
import { askForJob, recordEvent } from '../record.ts';
import { isOverseer } from '../rights.ts';
import type { PartyView } from '../views.ts';
import { channelNameFor } from './channel-name.ts';

/** Channels that are shown at a time. */
const CHANNELS_MAX = 200;
/** For how long the channel of a closed incident is shown. */
const CLOSED_SHOWN_MS = 7 * 86_400_000;

/** A channel of a platform: its key there, and what people call it. */
export interface ChannelOfIncident {
  readonly platform: string;
  readonly channel: string;
  readonly channelName: string;
}

export interface IncidentView {
  /** `i-…`. */
  readonly id: string;
  /** That of its channel: what requests carry. */
  readonly name: string;
  readonly platform: string;
  /** Null until it was made. */
  readonly channel: string | null;
  /** True for a channel that was made for it, and goes with it. */
  readonly ownChannel: boolean;
  readonly title: string;
  readonly state: 'open' | 'closed';
  readonly openedBy: PartyView;
  readonly openedAt: Date;
  readonly closedBy: PartyView | null;
  readonly closedAt: Date | null;
}

/**
 * Opens an incident; its channel is made right after. Asked for twice under one key, it is opened once.
 * @throws AppError `forbidden` for a workload, `invalid_input` for a title that is empty or too long
 */
export async function openIncident(
  context: AccessContext,
  input: { by: Identity; platform: string; title: string; idempotencyKey: string },
): Promise<IncidentView> {
  const { platform, idempotencyKey } = input;
  const by = requirePerson(input.by);
  const title = checkTitle(input.title);
  const openedAt = context.clock.now();
  const id = newId(context, 'i');
  const { channels } = context.policy.current().document.incidents;
  return context.store.transaction(async (db) => {
    const { incident, isNew } = await insertIncident(db, {
      id,
      name: channelNameFor({ title, id, at: openedAt, patterns: channels }),
      platform,
      channel: null,
      ownChannel: true,
      title,
      openedById: by.id,
      openedAt,
      idempotencyKey,
    });
    if (isNew) {
      const { name } = incident;
      await recordEvent(db, {
        at: openedAt,
        type: 'incident.opened',
        actorId: by.id,
        subject: id,
        data: { name, title, platform },
      });
      await askForJob(db, { job: 'open-incident', payload: { incidentId: id } }, { now: openedAt });
    }
    return incidentViewOf(incident);
  });
}

/**
 * Declares the channel to be an incident's, whatever its name: what is asked for in it carries that from now on.
 * @throws AppError `conflict` when it is one already, and as `openIncident`
 */
export async function linkIncident(
  context: AccessContext,
  input: { by: Identity; at: ChannelOfIncident; title: string; idempotencyKey: string },
): Promise<IncidentView> {
  const { idempotencyKey } = input;
  const { platform, channel, channelName } = input.at;
  const by = requirePerson(input.by);
  const title = checkTitle(input.title === '' ? channelName : input.title);
  const openedAt = context.clock.now();
  const id = newId(context, 'i');
  return context.store.transaction(async (db) => {
    await lockChannelOfIncident(db, { platform, channel });
    const known = await findOpenIncident(db, { platform, channel });
    if (known !== null && known.idempotencyKey !== idempotencyKey) {
      throw new AppError('conflict', `This is the channel of ${known.id} (${known.title}) already.`);
    }
    const { incident, isNew } = await insertIncident(db, {
      id,
      name: channelName,
      platform,
      channel,
      ownChannel: false,
      title,
      openedById: by.id,
      openedAt,
      idempotencyKey,
    });
    if (isNew) {
      await recordEvent(db, {
        at: openedAt,
        type: 'incident.opened',
        actorId: by.id,
        subject: id,
        data: { name: channelName, title, platform, linked: true },
      });
      await askForJob(db, { job: 'sync-card', payload: { subject: 'incident', id } }, { now: openedAt });
    }
    return incidentViewOf(incident);
  });
}

/**
 * Closes an incident. Its card says so, its timeline is posted, and a channel that was made for it is closed.
 * @throws AppError `not_found`, `conflict` when it is closed, `forbidden` for others than who opened it and overseers
 */
export async function closeIncident(
  context: AccessContext,
  input: { by: Identity; id: string },
): Promise<IncidentView> {
  const { by, id } = input;
  const closedAt = context.clock.now();
  return context.store.transaction(async (db) => {
    const row = await lockIncident(db, { id });
    if (row === null) throw noSuchIncident(id);
    const refusal = refusalToClose(context, { incident: incidentViewOf(row), by });
    if (refusal !== null) throw refusal;
    await closeRow(db, { id, closedById: by.id, closedAt });
    await recordEvent(db, {
      at: closedAt,
      type: 'incident.closed',
      actorId: by.id,
      subject: id,
      data: { name: row.name },
    });
    await askForJob(db, { job: 'close-incident', payload: { incidentId: id } }, { now: closedAt });
    const closed = await findIncident(db, { id });
    if (closed === null) throw noSuchIncident(id);
    return incidentViewOf(closed);
  });
}

/** Null for whoever may close this incident now. */
export function refusalToClose(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { incident, by }: { incident: IncidentView; by: Identity },
): AppError | null {
  const { id, state, openedBy } = incident;
  if (state === 'closed') return new AppError('conflict', `${id} is closed already.`);
  if (openedBy.id === by.id || isOverseer(context, by)) return null;
  return new AppError('forbidden', `${openedBy.name} opened it: they close it, or an overseer.`);
}

/** @throws AppError `not_found` */
export async function readIncident(context: AccessContext, input: { id: string }): Promise<IncidentView> {
  const row = await findIncident(context.store.read(), input);
  if (row === null) throw noSuchIncident(input.id);
  return incidentViewOf(row);
}

/** The open incident that was declared in this channel, or opened with it; null where there is none. */
export async function openIncidentIn(
  context: AccessContext,
  place: { platform: string; channel: string },
): Promise<IncidentView | null> {
  const row = await findOpenIncident(context.store.read(), place);
  return row === null ? null : incidentViewOf(row);
}

/** The name that requests made in this channel carry, or null: by its name, or because it was declared so. */
export async function incidentNameOf(
  context: AccessContext,
  place: ChannelOfIncident,
): Promise<string | null> {
  const { channels } = context.policy.current().document.incidents;
  const byName = incidentOfChannel(place.channelName, channels);
  return byName ?? (await openIncidentIn(context, place))?.name ?? null;
}

/** Incidents that have a channel on this platform: the open ones, and those closed in the last week. */
export async function listIncidentChannels(
  context: AccessContext,
  of: { platform: string },
): Promise<readonly { readonly channel: string; readonly title: string; readonly open: boolean }[]> {
  const rows = await listChannelsOfIncidents(context.store.read(), {
    platform: of.platform,
    closedAfter: after(context.clock.now(), -CLOSED_SHOWN_MS),
    limit: CHANNELS_MAX,
  });
  return rows.flatMap(({ channel, title, state }) =>
    channel == null ? [] : [{ channel, title, open: state === 'open' }],
  );
}

/** Notes the channel that was made, for the incident's card to go there. */
export async function noteIncidentChannel(
  context: AccessContext,
  made: { id: string; channel: string; name: string },
): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    await setIncidentChannel(db, made);
    await askForJob(db, { job: 'sync-card', payload: { subject: 'incident', id: made.id } }, { now });
  });
}

const SETTLED_AFTER_MS = 30_000;
const WORTH_OPENING_MS = 24 * 3_600_000;

/** Incidents whose channel was not made, for the sweep. */
export async function incidentsToOpen(context: AccessContext): Promise<{ incidentId: string }[]> {
  const now = context.clock.now();
  const ids = await listIncidentsWithoutChannel(context.store.read(), {
    after: after(now, -WORTH_OPENING_MS),
    before: after(now, -SETTLED_AFTER_MS),
    limit: CHANNELS_MAX,
  });
  return ids.map((incidentId) => ({ incidentId }));
}

/** Closed incidents of which the rest was not done, for the sweep. */
export async function incidentsToSettle(context: AccessContext): Promise<{ incidentId: string }[]> {
  const now = context.clock.now();
  const ids = await listIncidentsToSettle(context.store.read(), {
    after: after(now, -WORTH_OPENING_MS),
    before: after(now, -SETTLED_AFTER_MS),
    limit: CHANNELS_MAX,
  });
  return ids.map((incidentId) => ({ incidentId }));
}

/** Notes that what follows from closing an incident was done. */
export async function noteIncidentSettled(context: AccessContext, input: { id: string }): Promise<void> {
  await setIncidentSettled(context.store.read(), { id: input.id, at: context.clock.now() });
}

/** Of a row with its people. */
export function incidentViewOf(row: IncidentRow): IncidentView {
  const { id, name, platform, ownChannel, title, state, openedAt } = row;
  return {
    id,
    name,
    platform,
    channel: row.channel ?? null,
    ownChannel,
    title,
    state,
    openedBy: partyOf(row.openedBy),
    openedAt,
    closedBy: row.closedBy == null ? null : partyOf(row.closedBy),
    closedAt: row.closedAt ?? null,
  };
}

function requirePerson(by: Identity): Identity {
  if (by.kind === 'person') return by;
  throw new AppError('forbidden', 'Only people open incidents.');
}

function checkTitle(text: string): string {
  const title = text.trim();
  if (title === '') throw new AppError('invalid_input', 'What is it about? A title is missing.');
  if (title.length > INCIDENT_TITLE_CHARACTERS_MAX) {
    throw new AppError(
      'invalid_input',
      `The title is longer than ${INCIDENT_TITLE_CHARACTERS_MAX} characters.`,
    );
  }
  return title;
}

function noSuchIncident(id: string): AppError {
  return new AppError('not_found', `There is no incident ${id.slice(0, 40)}.`);
}
