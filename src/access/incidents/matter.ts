/** Everything that carries an incident's name, as far as somebody may see it: what its timeline and its report tell. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { EventRow } from '../../store/entities/event.ts';
import type { Database } from '../../store/open-store.ts';
import { findHolds } from '../../store/operations/holds.ts';
import {
  countSessionsOfIncident,
  listFreezeEvents,
  listHoldIdsOfIncident,
  listRequestIdsOfIncident,
  listSessionIdsOfIncident,
} from '../../store/operations/incident-evidence.ts';
import { listAlertsAbout, listEventsAbout } from '../../store/operations/incident-work.ts';
import { findIncident, listIncidentsNamed } from '../../store/operations/incidents.ts';
import { findIdentities } from '../../store/operations/people.ts';
import { findRequests } from '../../store/operations/requests.ts';
import { findReview } from '../../store/operations/reviews.ts';
import { findSessions } from '../../store/operations/sessions.ts';
import type { AlertView } from '../alerts/raise-alert.ts';
import { chatHold } from '../chat-hold.ts';
import type { AccessContext } from '../context.ts';
import { holdViews } from '../hold-views.ts';
import { partyOf, requestViews, sessionViews } from '../read-views.ts';
import { type ReviewView, reviewViews } from '../review-views.ts';
import { scopeOf } from '../rights.ts';
import type { ChatHoldView, PartyView, RequestView, SessionView } from '../views.ts';
import { type IncidentView, incidentViewOf } from './incidents.ts';

/** Something that the audit log tells, with who did it. */
export interface ToldEvent {
  readonly at: Date;
  readonly type: string;
  readonly subject: string;
  /** Null for the policy, the clock or the system. */
  readonly who: PartyView | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface IncidentMatter {
  /** That of its channel: what requests carry. */
  readonly name: string;
  /** Null for a channel that is an incident's by its name alone. */
  readonly title: string | null;
  readonly state: 'open' | 'closed';
  /** The newest first: one name can stand on several platforms, or be used again. */
  readonly incidents: readonly IncidentView[];
  readonly requests: readonly RequestView[];
  readonly sessions: readonly SessionView[];
  /** As everybody may see them: secrets that the masks detect are redacted. */
  readonly holds: readonly ChatHoldView[];
  readonly reviews: readonly ReviewView[];
  readonly freezes: readonly ToldEvent[];
  /** Sessions that somebody ended, or that a rule stopped. */
  readonly terminations: readonly ToldEvent[];
  readonly alerts: readonly AlertView[];
  /** Sessions that the reader may not see. */
  readonly hiddenSessions: number;
  /** Sessions beyond the limit. */
  readonly sessionsLeftOut: number;
  /** True when there is more of anything than is here. */
  readonly cut: boolean;
  /** When this was read. */
  readonly readAt: Date;
}

const OF_EACH_MAX = 500;
/** Read at a time. */
const BATCH = 50;
const INCIDENTS_MAX = 20;
const REVIEWS_MAX = 100;
const NAME_CHARACTERS_MAX = 200;
const ID = /^i-[a-z2-7]{8}$/;

/**
 * @param input.name of the incident, or the `i-…` of one
 * @param input.viewer null for what everybody in the incident's channel may read
 * @throws AppError `not_found` when nothing carries this name
 */
export async function readMatter(
  context: AccessContext,
  input: { readonly name: string; readonly viewer: Identity | null },
): Promise<IncidentMatter> {
  const db = context.store.read();
  const name = await nameOf(db, input.name);
  const of = { incident: name, limit: OF_EACH_MAX };
  const rows = await listIncidentsNamed(db, { name, limit: INCIDENTS_MAX });
  const requestIds = await listRequestIdsOfIncident(db, of);
  if (rows.length === 0 && requestIds.length === 0) throw nothingNamed(name);
  const visibleTo = await scopeOf(context, input.viewer);
  const sessionIds = await listSessionIdsOfIncident(db, { ...of, visibleTo });
  const visible = await countSessionsOfIncident(db, { incident: name, visibleTo });
  const all =
    visibleTo === null ? visible : await countSessionsOfIncident(db, { incident: name, visibleTo: null });
  const holdIds = await listHoldIdsOfIncident(db, { ...of, visibleTo });
  const requests = byTime(
    await inBatches(requestIds, async (ids) => requestViews(db, await findRequests(db, { ids }))),
    'createdAt',
  );
  const sessions = byTime(
    await inBatches(sessionIds, async (ids) => sessionViews(db, await findSessions(db, { ids }))),
    'startedAt',
  );
  const holds = byTime(
    await inBatches(holdIds, async (ids) => holdViews(db, await findHolds(db, { ids }))),
    'createdAt',
  );
  const incidents = rows.map(incidentViewOf);
  const isOpen = incidents.length === 0 || incidents.some(({ state }) => state === 'open');
  const readAt = context.clock.now();
  const freezes = await freezesOf(db, { incidents, requests, isOpen, now: readAt });
  const terminations = await listEventsAbout(db, {
    subjects: sessionIds,
    types: ['session.terminate-asked', 'session.stopped'],
    limit: OF_EACH_MAX,
  });
  return {
    name,
    title: incidents[0]?.title ?? null,
    state: isOpen ? 'open' : 'closed',
    incidents,
    requests,
    sessions,
    holds: holds.map((hold) => chatHold(context, hold)),
    reviews: await reviewsOf(db, requests),
    freezes: await withPeople(db, freezes),
    terminations: await withPeople(db, terminations),
    alerts: await alertsOf(db, { sessionIds, requestIds }),
    hiddenSessions: all - visible,
    sessionsLeftOut: visible - sessionIds.length,
    cut: visible > sessionIds.length || [requestIds, holdIds].some((ids) => ids.length === OF_EACH_MAX),
    readAt,
  };
}

async function nameOf(db: Database, text: string): Promise<string> {
  if (!ID.test(text)) return text;
  return (await findIncident(db, { id: text }))?.name ?? text;
}

function nothingNamed(name: string): AppError {
  return new AppError(
    'not_found',
    `Nothing was asked for in an incident ${name.slice(0, NAME_CHARACTERS_MAX)}.`,
  );
}

/** Between the first thing that happened and the end. */
async function freezesOf(
  db: Database,
  of: {
    readonly incidents: readonly IncidentView[];
    readonly requests: readonly RequestView[];
    readonly isOpen: boolean;
    readonly now: Date;
  },
): Promise<readonly EventRow[]> {
  const { incidents, requests, isOpen, now } = of;
  const began = [...incidents.map(({ openedAt }) => openedAt), ...requests.map(({ createdAt }) => createdAt)];
  const ended = incidents.flatMap(({ closedAt }) => closedAt ?? []);
  const from = new Date(Math.min(...began.map((at) => at.getTime())));
  const to = isOpen ? now : new Date(Math.max(...ended.map((at) => at.getTime())));
  return listFreezeEvents(db, { from, to, limit: OF_EACH_MAX });
}

async function reviewsOf(db: Database, requests: readonly RequestView[]): Promise<ReviewView[]> {
  const ids = new Set(requests.flatMap(({ grant }) => grant?.review?.id ?? []));
  const rows = await Promise.all([...ids].slice(0, REVIEWS_MAX).map((id) => findReview(db, { id })));
  return reviewViews(
    db,
    rows.filter((row) => row !== null),
  );
}

async function withPeople(db: Database, events: readonly EventRow[]): Promise<ToldEvent[]> {
  const people = await findIdentities(db, { ids: events.flatMap(({ actorId }) => actorId ?? []) });
  return events.map(({ at, type, actorId, subject, data }) => {
    const person = people.find(({ id }) => id === actorId);
    return { at, type, subject, data, who: person === undefined ? null : partyOf(person) };
  });
}

async function alertsOf(
  db: Database,
  of: { readonly sessionIds: readonly string[]; readonly requestIds: readonly string[] },
): Promise<AlertView[]> {
  const rows = await listAlertsAbout(db, { ...of, limit: OF_EACH_MAX });
  return rows.map(({ id, kind, facts, count, firstAt, lastAt }) => ({
    ...{ id, kind, facts, count, firstAt, lastAt },
  }));
}

/** To make views of hundreds of rows takes long enough to be felt by live sessions: in between they go on. */
async function inBatches<View>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly View[]>,
): Promise<View[]> {
  const views: View[] = [];
  for (let from = 0; from < ids.length; from += BATCH) {
    views.push(...(await read(ids.slice(from, from + BATCH))));
    await setImmediate();
  }
  return views;
}

function byTime<Field extends string, View extends Readonly<Record<Field, Date>>>(
  views: readonly View[],
  field: Field,
): View[] {
  return views.toSorted((one, other) => one[field].getTime() - other[field].getTime());
}
