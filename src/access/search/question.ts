/**
 * What is asked of the entries of a session: the words that its facts do not have. Where an entry has all of the words
 * nevertheless, those are shown and no others.
 */
import type { FactsQuestion } from '../../store/operations/search-candidates.ts';
import type { Term } from './query.ts';

/** Of a session, a grant or a request. */
const ID = /^[sgr]-[a-z2-7]{8}$/i;

export interface Question {
  readonly terms: readonly Term[];
  /** A `tsquery` that an entry has to meet, whatever the facts are. */
  readonly filter: string | null;
  /** All that is asked for, as a `tsquery`; null when nothing is asked of entries. */
  readonly full: string | null;
  readonly facts: FactsQuestion;
  /** The bits of all words that have to be there. */
  readonly wanted: number;
}

export function questionOf(terms: readonly Term[], filter: string | null): Question {
  const bits = (isExcluded: boolean): number =>
    terms.reduce((sum, term, bit) => (term.isExcluded === isExcluded ? sum | (1 << bit) : sum), 0);
  return {
    terms,
    filter,
    full: queryOf(terms, filter),
    facts: {
      words: terms.map(({ pattern, text }) => ({ pattern, id: ID.test(text) ? text.toLowerCase() : null })),
      excluded: bits(true),
    },
    wanted: bits(false),
  };
}

/** True where the facts with these bits have all that is asked for. */
export function isFoundByFacts({ filter, wanted }: Question, met: number): boolean {
  return filter === null && (met & wanted) === wanted;
}

/** @returns a `tsquery` for the entries of sessions whose facts have these bits; null when nothing is asked */
export function askOf(question: Question, met: number): string | null {
  const missing = question.terms.filter((_, bit) => (met & (1 << bit)) === 0);
  return queryOf(missing, question.filter) ?? question.full;
}

/** Null when nothing has to be there: what must not be there is in nearly all. */
function queryOf(terms: readonly Term[], filter: string | null): string | null {
  if (filter === null && terms.every(({ isExcluded }) => isExcluded)) return null;
  return [...terms.map(({ query }) => query), ...(filter === null ? [] : [filter])].join(' & ');
}
