/** What an incident's timeline shows, as the page's address says it, and where each thing in it has a page. Pure. */
import { WORK_MARKS, type WorkMark } from '../../core/incident.ts';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { holdPath, requestPath, reviewPath, sessionPath } from '../routing/routes.ts';

type Entry = WireIncidentTimeline['entries'][number];

export interface IncidentQuery {
  /** Statements with one of these, and nothing else; empty for everything. */
  readonly show: readonly WorkMark[];
  /** An id. */
  readonly who: string;
  readonly resource: string;
}

interface Day {
  /** `2026-11-22`, where the reader is. */
  readonly day: string;
  readonly its: readonly Entry[];
}

const VALUE_CHARACTERS_MAX = 200;

/** Never throws; what is not known is left out. */
export function readIncidentQuery(search: string): IncidentQuery {
  const query = new URLSearchParams(search);
  const text = (name: string): string => (query.get(name) ?? '').slice(0, VALUE_CHARACTERS_MAX);
  const asked = text('show').split(',');
  return {
    show: WORK_MARKS.filter((mark) => asked.includes(mark)),
    who: text('who'),
    resource: text('resource'),
  };
}

/** The same as a query, `?` included; empty for what shows everything. */
export function incidentQueryText({ show, who, resource }: IncidentQuery): string {
  const parameters = new URLSearchParams();
  if (show.length > 0) parameters.set('show', show.join(','));
  if (who !== '') parameters.set('who', who);
  if (resource !== '') parameters.set('resource', resource);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** In the order that they come in. */
export function byDay(entries: readonly Entry[]): readonly Day[] {
  const days = Map.groupBy(entries, ({ at }) => localDay(new Date(at)));
  return [...days].map(([day, its]) => ({ day, its }));
}

export function dayText(day: string): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  return new Date(`${day}T12:00:00`).toLocaleDateString(undefined, options);
}

/** The moment in its session, or the page of what it is about. @returns null for what has none */
export function pathOfEntry({
  subject,
  moment,
  kind,
}: Pick<Entry, 'subject' | 'moment' | 'kind'>): string | null {
  // A held command has a page of its own, which says who decides about it.
  if (moment !== null && kind !== 'hold') return pathOfMoment(moment);
  return PATHS.get(subject.split('-', 1)[0] ?? '')?.(subject) ?? null;
}

/** The statement itself; where there is none, the time since the session began. */
function pathOfMoment({ sessionId, statement, atMs }: NonNullable<Entry['moment']>): string {
  if (statement !== null) return sessionPath(sessionId, statement);
  return atMs > 0 ? `${sessionPath(sessionId)}?at=${Math.floor(atMs)}` : sessionPath(sessionId);
}

/** By the letter that ids begin with. */
const PATHS: ReadonlyMap<string, (id: string) => string> = new Map([
  ['r', requestPath],
  ['s', (id) => sessionPath(id)],
  ['h', holdPath],
  ['v', reviewPath],
]);

function localDay(at: Date): string {
  const [month, day] = [at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${at.getFullYear()}-${month}-${day}`;
}
