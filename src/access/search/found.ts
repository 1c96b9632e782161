/** A session that was found, and what was found in it: of a long one put together from its parts. */
import type { Candidate, SessionPlace } from '../../store/operations/search-candidates.ts';
import { HITS_SHOWN_MAX, type Hit, type Hits } from '../../store/operations/search-sessions.ts';

export interface FoundSession extends SessionPlace {
  /** Entries that were found; 0 where the facts alone were. */
  readonly count: number;
  /** There may be more: it was not read to its end. */
  readonly isAtLeast: boolean;
  /** The ordinals of the riskiest of them, in order. */
  readonly ordinals: readonly number[];
}

/** @returns null when neither the facts nor an entry have what is asked for */
export function foundSession(
  { id, startedAt }: Pick<Candidate, 'id' | 'startedAt'>,
  of: { readonly hits: Hits | null; readonly byFacts: boolean; readonly isAtLeast: boolean },
): FoundSession | null {
  const { hits, byFacts, isAtLeast } = of;
  if (hits === null || hits.count === 0)
    return byFacts ? { id, startedAt, count: 0, isAtLeast, ordinals: [] } : null;
  const [count, best] = hits.fullCount > 0 ? [hits.fullCount, hits.fullBest] : [hits.count, hits.best];
  const ordinals = best.map(({ ordinal }) => ordinal).toSorted((one, other) => one - other);
  return { id, startedAt, count, isAtLeast, ordinals };
}

/** Of two parts of a session. */
export function joinedHits(one: Hits | null, other: Hits | null): Hits | null {
  if (one === null || other === null) return one ?? other;
  return {
    id: one.id,
    count: one.count + other.count,
    best: riskiest([...one.best, ...other.best]),
    fullCount: one.fullCount + other.fullCount,
    fullBest: riskiest([...one.fullBest, ...other.fullBest]),
  };
}

function riskiest(hits: readonly Hit[]): Hit[] {
  return hits
    .toSorted((one, other) => other.risk - one.risk || one.ordinal - other.ordinal)
    .slice(0, HITS_SHOWN_MAX);
}
