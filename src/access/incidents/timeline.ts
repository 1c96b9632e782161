/**
 * The timeline of an incident: what was asked, decided and done under its name, in order, across sessions and
 * protocols. For a person it holds the sessions and held commands that they may see; what is posted in the incident's
 * channel says no more than the cards there do: literals replaced, secrets redacted.
 */

import type { Identity } from '../../core/identity.ts';
import type { WorkMark } from '../../core/incident.ts';
import type { AccessContext } from '../context.ts';
import { type IncidentMatter, readMatter } from './matter.ts';
import { type IncidentPerson, peopleIn } from './people.ts';
import {
  entriesOfHold,
  entriesOfIncident,
  entriesOfRequest,
  entriesOfReview,
  entriesOfSession,
  entriesOfSummary,
  entryOfAlert,
  entryOfFreeze,
  entryOfTermination,
  type TimelineEntry,
} from './timeline-entries.ts';
import { workEntries } from './work-entries.ts';

export interface IncidentTimeline {
  readonly name: string;
  /** Null for a channel that is an incident's by its name alone. */
  readonly title: string | null;
  readonly state: 'open' | 'closed';
  /** Null for an incident in which nothing was asked for yet, and that was never opened. */
  readonly from: Date | null;
  /** When it was closed; otherwise when this was read. */
  readonly to: Date;
  /** Oldest first; those that the filter leaves. */
  readonly entries: readonly TimelineEntry[];
  /** Everybody in it, whatever the filter. */
  readonly people: readonly IncidentPerson[];
  /** What access was asked for, whatever the filter. */
  readonly resources: readonly string[];
  /** Sessions that the reader may not see. */
  readonly hiddenSessions: number;
  /** Statements that matter and are not among the entries: the least risky of them. */
  readonly statementsLeftOut: number;
  /** True when there is more than is listed. */
  readonly cut: boolean;
}

/** What is left of a timeline; each that is not given leaves everything. */
export interface TimelineFilter {
  /** Statements with one of these, and nothing else. */
  readonly marks?: readonly WorkMark[] | undefined;
  /** The id of whoever did it. */
  readonly who?: string | undefined;
  readonly resource?: string | undefined;
}

/**
 * @param input.name of the incident, or the `i-…` of one
 * @param input.viewer null for what everybody in the incident's channel may read
 * @throws AppError `not_found` when nothing carries this name
 */
export async function incidentTimeline(
  context: AccessContext,
  input: TimelineFilter & { readonly name: string; readonly viewer: Identity | null },
): Promise<IncidentTimeline> {
  const matter = await readMatter(context, input);
  return timelineOf(context, { ...input, matter });
}

/** The same of what was read already. */
export async function timelineOf(
  context: AccessContext,
  input: TimelineFilter & { readonly matter: IncidentMatter; readonly viewer: Identity | null },
): Promise<IncidentTimeline> {
  const { matter, viewer, who, resource, marks = [] } = input;
  const { name, title, state, sessions, hiddenSessions, cut } = matter;
  const told = toldIn(matter);
  const fits = (entry: Pick<TimelineEntry, 'who' | 'resource'>): boolean =>
    (who === undefined || entry.who?.id === who) && (resource === undefined || entry.resource === resource);
  const done =
    viewer === null
      ? { entries: sessions.flatMap(entriesOfSummary), leftOut: 0 }
      : await workEntries(context.store.read(), {
          sessions: sessions.filter(({ holder, resource: its }) => fits({ who: holder, resource: its })),
          marks,
        });
  const shown = marks.length === 0 ? [...told, ...done.entries] : done.entries;
  const everything = [...told, ...done.entries];
  return {
    name,
    title,
    state,
    from: earliest(everything),
    to: state === 'open' ? matter.readAt : latest(everything, matter.readAt),
    entries: shown.filter(fits).toSorted((one, other) => one.at.getTime() - other.at.getTime()),
    people: peopleIn(matter),
    resources: [...new Set(matter.requests.map((request) => request.resource))].toSorted(),
    hiddenSessions,
    statementsLeftOut: done.leftOut,
    cut: cut || done.leftOut > 0,
  };
}

/** All but what was done inside of sessions. */
function toldIn(matter: IncidentMatter): TimelineEntry[] {
  return [
    ...matter.incidents.flatMap(entriesOfIncident),
    ...matter.requests.flatMap(entriesOfRequest),
    ...matter.sessions.flatMap(entriesOfSession),
    ...matter.holds.flatMap(entriesOfHold),
    ...matter.reviews.flatMap(entriesOfReview),
    ...matter.freezes.map(entryOfFreeze),
    ...matter.terminations.map((event) => entryOfTermination(event, matter.sessions)),
    ...matter.alerts.map(entryOfAlert),
  ];
}

function earliest(entries: readonly TimelineEntry[]): Date | null {
  if (entries.length === 0) return null;
  return new Date(Math.min(...entries.map(({ at }) => at.getTime())));
}

function latest(entries: readonly TimelineEntry[], otherwise: Date): Date {
  if (entries.length === 0) return otherwise;
  return new Date(Math.max(...entries.map(({ at }) => at.getTime())));
}
