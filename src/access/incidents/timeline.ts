/**
 * The timeline of an incident: what was asked, decided and done under its name, in order. For a person it holds the
 * sessions and held commands that they may see; what is posted in the incident's channel says no more than the cards
 * there do: literals replaced, secrets redacted.
 */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Database } from '../../store/open-store.ts';
import { findHolds } from '../../store/operations/holds.ts';
import {
  listFreezeEvents,
  listHoldIdsOfIncident,
  listRequestIdsOfIncident,
  listSessionIdsOfIncident,
} from '../../store/operations/incident-evidence.ts';
import { listIncidentsNamed } from '../../store/operations/incidents.ts';
import { findIdentities } from '../../store/operations/people.ts';
import { findRequests } from '../../store/operations/requests.ts';
import { findSessions } from '../../store/operations/sessions.ts';
import { chatHold } from '../chat-hold.ts';
import type { AccessContext } from '../context.ts';
import { holdViews } from '../hold-views.ts';
import { partyOf, requestViews, sessionViews } from '../read-views.ts';
import { scopeOf } from '../rights.ts';
import { entriesOfHold, entriesOfRequest, entriesOfSession, type TimelineEntry } from './timeline-entries.ts';

export interface IncidentTimeline {
  readonly name: string;
  /** Null for a channel that is an incident's by its name alone. */
  readonly title: string | null;
  readonly state: 'open' | 'closed';
  /** Null for an incident in which nothing was asked for yet, and that was never opened. */
  readonly from: Date | null;
  /** When it was closed; otherwise when this was read. */
  readonly to: Date;
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  /** Sessions that the reader may not see. */
  readonly hiddenSessions: number;
  /** True when there is more than is listed. */
  readonly cut: boolean;
}

const OF_EACH_MAX = 500;
const INCIDENTS_MAX = 20;
const NAME_CHARACTERS_MAX = 200;

/**
 * @param input.viewer null for what everybody in the incident's channel may read
 * @throws AppError `not_found` when nothing carries this name
 */
export async function incidentTimeline(
  context: AccessContext,
  input: { name: string; viewer: Identity | null },
): Promise<IncidentTimeline> {
  const { name, viewer } = input;
  const db = context.store.read();
  const of = { incident: name, limit: OF_EACH_MAX };
  const incidents = await listIncidentsNamed(db, { name, limit: INCIDENTS_MAX });
  const requestIds = await listRequestIdsOfIncident(db, of);
  if (incidents.length === 0 && requestIds.length === 0) {
    throw new AppError(
      'not_found',
      `Nothing was asked for in an incident ${name.slice(0, NAME_CHARACTERS_MAX)}.`,
    );
  }
  const visibleTo = await scopeOf(context, viewer);
  const sessionIds = await listSessionIdsOfIncident(db, { ...of, visibleTo });
  const all =
    visibleTo === null ? sessionIds : await listSessionIdsOfIncident(db, { ...of, visibleTo: null });
  const holdIds = await listHoldIdsOfIncident(db, { ...of, visibleTo });
  const requests = await requestViews(db, await findRequests(db, { ids: requestIds }));
  const sessions = await sessionViews(db, await findSessions(db, { ids: sessionIds }));
  const holds = await holdViews(db, await findHolds(db, { ids: holdIds }));
  const opened = incidents.flatMap((row): TimelineEntry[] => {
    const base = { kind: 'incident', subject: row.id, code: null } as const;
    const began = { ...base, at: row.openedAt, who: partyOf(row.openedBy), text: `opened: ${row.title}` };
    if (row.closedAt == null || row.closedBy == null) return [began];
    return [began, { ...base, at: row.closedAt, who: partyOf(row.closedBy), text: 'closed' }];
  });
  const told = [
    ...opened,
    ...requests.flatMap(entriesOfRequest),
    ...sessions.flatMap(entriesOfSession),
    ...holds.flatMap((hold) => entriesOfHold(chatHold(context, hold))),
  ];
  const from = earliest(told);
  const isOpen = incidents.length === 0 || incidents.some(({ state }) => state === 'open');
  const to = isOpen ? context.clock.now() : latest([...told, ...opened], context.clock.now());
  const frozen = from === null ? [] : await freezes(db, { from, to });
  return {
    name,
    title: incidents[0]?.title ?? null,
    state: isOpen ? 'open' : 'closed',
    from,
    to,
    entries: [...told, ...frozen].toSorted((one, other) => one.at.getTime() - other.at.getTime()),
    hiddenSessions: all.length - sessionIds.length,
    cut: [requestIds, all, holdIds].some((ids) => ids.length === OF_EACH_MAX),
  };
}

async function freezes(db: Database, between: { from: Date; to: Date }): Promise<TimelineEntry[]> {
  const events = await listFreezeEvents(db, { ...between, limit: OF_EACH_MAX });
  const people = await findIdentities(db, { ids: events.flatMap(({ actorId }) => actorId ?? []) });
  return events.map(({ at, type, actorId, subject, data }) => {
    const person = people.find(({ id }) => id === actorId);
    const reason = typeof data['reason'] === 'string' && data['reason'] !== '' ? `: ${data['reason']}` : '';
    const what = type === 'freeze.begun' ? 'froze access' : 'lifted the freeze';
    return {
      at,
      kind: 'freeze',
      subject,
      who: person === undefined ? null : partyOf(person),
      text: `${what}${reason}`,
      code: null,
    };
  });
}

function earliest(entries: readonly TimelineEntry[]): Date | null {
  if (entries.length === 0) return null;
  return new Date(Math.min(...entries.map(({ at }) => at.getTime())));
}

function latest(entries: readonly TimelineEntry[], otherwise: Date): Date {
  if (entries.length === 0) return otherwise;
  return new Date(Math.max(...entries.map(({ at }) => at.getTime())));
}
