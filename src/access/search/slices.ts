/** Which entries of which sessions are read next: so many, from the newest session on. */
import type { Candidate, SessionFilter } from '../../store/operations/search-candidates.ts';
import type { Slice } from '../../store/operations/search-sessions.ts';
import { askOf, type Question } from './question.ts';

export interface Cut {
  readonly slices: readonly Slice[];
  /** The candidates that are looked at, the last one perhaps in part. */
  readonly taken: readonly Candidate[];
  /** Where the last one goes on; null when all of it is read. */
  readonly goesOnAt: number | null;
  readonly entries: number;
}

const ORDINAL_MAX = 2 ** 31 - 1;

/**
 * @param of.filter where it says so, the first candidate goes on
 * @param of.entriesMax together
 */
export function slicesOf(
  candidates: readonly Candidate[],
  of: {
    readonly question: Question;
    readonly filter: SessionFilter;
    readonly entriesMax: number;
  },
): Cut {
  const { question, filter, entriesMax } = of;
  const { behind } = filter;
  const slices: Slice[] = [];
  let entries = 0;
  for (const [index, candidate] of candidates.entries()) {
    if (entries >= entriesMax) return { slices, taken: candidates.slice(0, index), goesOnAt: null, entries };
    const ask = askOf(question, candidate.met);
    if (ask === null || candidate.entries === 0) continue;
    const fromOrdinal = behind?.id === candidate.id ? (behind.fromOrdinal ?? 1) : 1;
    const last = fromOrdinal + entriesMax - entries - 1;
    const isWhole = last >= candidate.entries;
    const toOrdinal = isWhole ? ORDINAL_MAX : last;
    slices.push({ id: candidate.id, fromOrdinal, toOrdinal, ...timesOf(candidate, filter), ask });
    entries += Math.max(1, (isWhole ? candidate.entries : last) - fromOrdinal + 1);
    if (!isWhole) return { slices, taken: candidates.slice(0, index + 1), goesOnAt: last + 1, entries };
  }
  return { slices, taken: candidates, goesOnAt: null, entries };
}

function timesOf({ startedAt }: Candidate, { since, until }: SessionFilter): Pick<Slice, 'fromMs' | 'toMs'> {
  const sinceStart = (moment: Date | undefined): number | null =>
    moment === undefined ? null : moment.getTime() - startedAt.getTime();
  return { fromMs: sinceStart(since), toMs: sinceStart(until) };
}
