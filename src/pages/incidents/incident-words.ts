/** The days of an incident, and where each thing in its timeline has a page. Pure. */
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { holdPath, requestPath, sessionPath } from '../routing/routes.ts';

type Entry = WireIncidentTimeline['entries'][number];

interface Day {
  /** `2026-11-22`, where the reader is. */
  readonly day: string;
  readonly its: readonly Entry[];
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

/** @returns null for what has no page of its own */
export function pathOfSubject({ subject }: Pick<Entry, 'subject'>): string | null {
  return PATHS.get(subject.split('-', 1)[0] ?? '')?.(subject) ?? null;
}

/** By the letter that ids begin with. */
const PATHS: ReadonlyMap<string, (id: string) => string> = new Map([
  ['r', requestPath],
  ['s', (id) => sessionPath(id)],
  ['h', holdPath],
]);

function localDay(at: Date): string {
  const [month, day] = [at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${at.getFullYear()}-${month}-${day}`;
}
