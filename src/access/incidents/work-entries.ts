/**
 * What was done in the sessions of an incident, from what the search has read of their recordings: the statements that
 * matter, and in between how many others there are.
 */
import { WORK_MARKS, type WorkMark } from '../../core/incident.ts';
import { CHANGING_EFFECTS } from '../../core/statement.ts';
import type { Database } from '../../store/open-store.ts';
import { countWork, listMarkedWork, type MarkedEntry } from '../../store/operations/incident-work.ts';
import { type FoundEntry, readFoundEntries } from '../../store/operations/search-sessions.ts';
import type { SessionView } from '../views.ts';
import { entriesOfSummary, type TimelineEntry } from './timeline-entries.ts';

export interface WorkEntries {
  readonly entries: readonly TimelineEntry[];
  /** Statements that matter beyond the limit: the least risky. */
  readonly leftOut: number;
}

const WORK_MAX = 500;
const CODE_CHARACTERS_MAX = 2_000;

/** @param input.marks only those with one of them; empty for all that matter, and the others folded */
export async function workEntries(
  db: Database,
  input: {
    readonly sessions: readonly SessionView[];
    readonly marks: readonly WorkMark[];
    readonly limit?: number;
  },
): Promise<WorkEntries> {
  const { sessions, marks, limit = WORK_MAX } = input;
  const sessionIds = sessions.map(({ id }) => id);
  const counts = await countWork(db, { sessionIds });
  const { entries, total } = await listMarkedWork(db, {
    sessionIds,
    marks: marks.length === 0 ? WORK_MARKS : marks,
    changing: CHANGING_EFFECTS,
    limit,
  });
  const bySession = Map.groupBy(entries, ({ sessionId }) => sessionId);
  const shown = sessions.flatMap((session) => {
    const its = bySession.get(session.id) ?? [];
    // What was not read yet is told as far as its summary does.
    if ((counts.get(session.id)?.entries ?? 0) === 0) return ofSummary(session, marks);
    return its.map((entry) => entryOf(entry, session));
  });
  const folds = marks.length === 0 ? await foldsOf(db, { sessions, bySession, counts }) : [];
  return { entries: [...shown, ...folds], leftOut: total - entries.length };
}

function ofSummary(session: SessionView, marks: readonly WorkMark[]): TimelineEntry[] {
  const entries = entriesOfSummary(session);
  return marks.length === 0
    ? entries
    : entries.filter((entry) => entry.marks.some((mark) => marks.includes(mark)));
}

function entryOf(entry: MarkedEntry, session: SessionView): TimelineEntry {
  const marks = WORK_MARKS.filter((mark) => entry[mark]);
  const code = entry.text.slice(0, CODE_CHARACTERS_MAX).toWellFormed();
  const isCut = entry.cut || code.length < entry.text.length;
  return {
    ...placeOf(entry, session),
    kind: 'statement',
    text: `${entry.operation ?? 'ran'}, ${outcomeOf(entry)}`,
    code: isCut ? `${code}…` : code,
    marks,
  };
}

function outcomeOf({ denied, held, changed, masked, failed, rule }: MarkedEntry): string {
  const by = rule === null ? '' : ` by rule ${rule}`;
  if (denied) return held ? `held${by} and not let through` : `denied${by}`;
  const words = [
    held ? `held${by}` : 'allowed',
    ...(failed ? ['failed'] : []),
    ...(masked ? ['answer masked'] : []),
    ...(changed && !held ? ['changed something'] : []),
  ];
  return words.join(', ');
}

/** One entry for each run of statements that are not shown, at the first of them. */
async function foldsOf(
  db: Database,
  of: {
    readonly sessions: readonly SessionView[];
    readonly bySession: ReadonlyMap<string, readonly MarkedEntry[]>;
    readonly counts: Awaited<ReturnType<typeof countWork>>;
  },
): Promise<TimelineEntry[]> {
  const runs = of.sessions.flatMap((session) => {
    const ordinals = (of.bySession.get(session.id) ?? []).map(({ ordinal }) => ordinal);
    const total = of.counts.get(session.id)?.entries ?? 0;
    return gapsIn(ordinals, total).map((gap) => ({ ...gap, session }));
  });
  const firsts = Map.groupBy(runs, ({ session }) => session.id);
  const found = await readFoundEntries(db, {
    sessions: [...firsts].map(([id, its]) => ({ id, ordinals: its.map(({ first }) => first) })),
  });
  const known = new Map(found.map((entry) => [`${entry.sessionId} ${entry.ordinal}`, entry]));
  return runs.flatMap(({ session, first, count }): TimelineEntry[] => {
    const entry = known.get(`${session.id} ${first}`);
    if (entry === undefined) return [];
    const noun = session.resourceKind === 'ssh' ? 'command' : 'statement';
    const text = `${count} more ${noun}${count === 1 ? '' : 's'} on ${session.resource}`;
    return [{ ...placeOf(entry, session), kind: 'fold', text, code: null, marks: [] }];
  });
}

/** The runs of 1 to `total` that are not in `ordinals`. */
export function gapsIn(
  ordinals: readonly number[],
  total: number,
): { readonly first: number; readonly count: number }[] {
  const gaps: { first: number; count: number }[] = [];
  let next = 1;
  for (const ordinal of [...ordinals.toSorted((one, other) => one - other), total + 1]) {
    if (ordinal > next) gaps.push({ first: next, count: ordinal - next });
    next = ordinal + 1;
  }
  return gaps;
}

function placeOf(
  { statement, atMs }: Pick<FoundEntry, 'statement' | 'atMs'>,
  { id, holder, resource, startedAt }: SessionView,
) {
  return {
    at: new Date(startedAt.getTime() + atMs),
    subject: id,
    who: holder,
    resource,
    moment: { sessionId: id, statement, atMs },
  };
}
