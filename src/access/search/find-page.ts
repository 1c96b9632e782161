/**
 * A page of a search, newest sessions first. The newest ones are read entry by entry: words that are everywhere fill a
 * page there. Then the entries that have the words are looked for, wherever they are: rare words are found by that at
 * once. What neither answers is read on from the newest, for as long as somebody wants to wait: the page ends there,
 * and the next one goes on.
 */
import type { Database, Store } from '../../store/open-store.ts';
import {
  type Candidate,
  listCandidates,
  listMetFacts,
  type SessionFilter,
  type SessionPlace,
} from '../../store/operations/search-candidates.ts';
import { isTooLong, planForMany, planSearch } from '../../store/operations/search-plan.ts';
import { estimateEntries, findHits, type Hits, readHits } from '../../store/operations/search-sessions.ts';
import { type FoundSession, foundSession, joinedHits } from './found.ts';
import { askOf, isFoundByFacts, type Question } from './question.ts';
import { type Cut, slicesOf } from './slices.ts';

export interface Looking {
  readonly filter: SessionFilter;
  readonly question: Question;
  /** Sessions on the page. */
  readonly limit: number;
  readonly limits: SearchLimits;
}

export interface SearchLimits {
  /** Read first: what fills a page of common words. */
  readonly firstEntries: number;
  readonly firstSessions: number;
  /** Read at once, after that. */
  readonly entries: number;
  readonly sessions: number;
  /** Words that more entries have are not rare. */
  readonly rareEntries: number;
  /** Fewer do not tell how rare a word is. */
  readonly tellingEntries: number;
  /** The page ends, and the next one goes on, where this has passed. The newest are looked at whatever it takes. */
  readonly patienceMs: number;
}

export const SEARCH_LIMITS: SearchLimits = {
  firstEntries: 10_000,
  firstSessions: 200,
  entries: 25_000,
  sessions: 1_000,
  rareEntries: 20_000,
  tellingEntries: 4_000,
  patienceMs: 600,
};

export interface FoundPage {
  readonly sessions: readonly FoundSession[];
  /** Where the next page begins; null on the last. */
  readonly next: SessionPlace | null;
  /** Nobody has looked behind it yet, although the page is not full. */
  readonly isCutShort: boolean;
}

/** Times the rare ones: by what was read first a word has too many entries to look for them wherever they are. */
const CLEARLY_COMMON = 3;
const EVERYWHERE_MS_MAX = 400;
/** What asks of the facts differ by: more combinations are not asked for together. */
const ASKS_MAX = 12;
/** Of a search that hangs; those that are only slow stop by themselves. */
const STATEMENT_MS_MAX = 20_000;

export async function findPage(store: Store, looking: Looking): Promise<FoundPage> {
  const { question, limit, limits } = looking;
  const beganMs = performance.now();
  let walk: Walk = { found: [], open: null, from: looking.filter.behind, entries: 0, hits: 0 };
  let isTried = question.full === null;
  for (let look = 0; ; look += 1) {
    walk = await readOn(store, { looking, walk, isFirst: look === 0 });
    if (walk.found.length > limit) return fullPage(walk.found, limit);
    if (walk.from === null) return { sessions: walk.found, next: null, isCutShort: false };
    if (!isTried && (await mayBeRare(store, { walk, limits }))) {
      isTried = true;
      const everywhere = await findEverywhere(store, looking);
      if (everywhere !== null) return fullPage(everywhere, limit);
    }
    if (performance.now() - beganMs >= limits.patienceMs) return shortPage(walk, walk.from);
  }
}

function fullPage(found: readonly FoundSession[], limit: number): FoundPage {
  const sessions = found.slice(0, limit);
  const last = sessions.at(-1);
  const next = found.length > limit && last !== undefined ? placeOf(last) : null;
  return { sessions, next, isCutShort: false };
}

/** A session that was read in part is shown with what was found in it; without that, the next page goes on in it. */
function shortPage({ found, open }: Walk, from: SessionPlace | undefined): FoundPage {
  const part = open === null ? null : foundSession(open.candidate, { ...open, isAtLeast: true });
  if (part === null) return { sessions: found, next: from ?? null, isCutShort: true };
  return { sessions: [...found, part], next: placeOf(part), isCutShort: true };
}

function placeOf({ id, startedAt }: SessionPlace): SessionPlace {
  return { id, startedAt };
}

interface Walk {
  readonly found: readonly FoundSession[];
  /** The session that was read in part, with what was found in it so far. */
  readonly open: Open | null;
  /** Undefined before the first session, null behind the last. */
  readonly from: SessionPlace | undefined | null;
  readonly entries: number;
  readonly hits: number;
}

interface Open {
  readonly candidate: Candidate;
  readonly hits: Hits | null;
  readonly byFacts: boolean;
}

async function readOn(
  store: Store,
  of: { readonly looking: Looking; readonly walk: Walk; readonly isFirst: boolean },
): Promise<Walk> {
  const { looking, walk, isFirst } = of;
  const { question, limit, limits } = looking;
  const behind = walk.from ?? undefined;
  const filter = { ...looking.filter, behind };
  const sessionsMax =
    isFirst || question.full === null ? Math.max(limit + 1, limits.firstSessions) : limits.sessions;
  const entriesMax = isFirst ? limits.firstEntries : limits.entries;
  return store.transaction(async (db) => {
    await planSearch(db, { timeoutMs: STATEMENT_MS_MAX });
    const { facts } = question;
    const candidates = await listCandidates(db, { filter, facts, met: 0, limit: sessionsMax + 1 });
    const cut = slicesOf(candidates.slice(0, sessionsMax), { question, filter, entriesMax });
    const hits =
      question.full === null ? [] : await readHits(db, { slices: cut.slices, full: question.full });
    return walkedOn(walk, { cut, hits, question, isLast: cut.taken.length === candidates.length });
  });
}

function walkedOn(
  walk: Walk,
  read: {
    readonly cut: Cut;
    readonly hits: readonly Hits[];
    readonly question: Question;
    readonly isLast: boolean;
  },
): Walk {
  const { cut, hits, question, isLast } = read;
  const found = [...walk.found];
  const byId = new Map(hits.map((one) => [one.id, one]));
  let open: Open | null = null;
  for (const candidate of cut.taken) {
    const before = walk.open?.candidate.id === candidate.id ? walk.open.hits : null;
    const one: Open = {
      candidate,
      hits: joinedHits(before, byId.get(candidate.id) ?? null),
      byFacts: isFoundByFacts(question, candidate.met),
    };
    if (cut.goesOnAt !== null && candidate === cut.taken.at(-1)) open = one;
    else {
      const session = foundSession(candidate, { ...one, isAtLeast: false });
      if (session !== null) found.push(session);
    }
  }
  return {
    found,
    open,
    from: open === null && isLast ? null : placeBehind(cut, walk.from ?? undefined),
    entries: walk.entries + cut.entries,
    hits: walk.hits + hits.reduce((sum, { count }) => sum + count, 0),
  };
}

function placeBehind({ taken, goesOnAt }: Cut, before: SessionPlace | undefined): SessionPlace | undefined {
  const last = taken.at(-1);
  if (last === undefined) return before;
  return goesOnAt === null ? placeOf(last) : { ...placeOf(last), fromOrdinal: goesOnAt };
}

/** By what was read: so many among those are too many among all. */
async function mayBeRare(
  store: Store,
  of: { readonly walk: Walk; readonly limits: SearchLimits },
): Promise<boolean> {
  const { entries, hits } = of.walk;
  const { tellingEntries, rareEntries } = of.limits;
  if (entries < tellingEntries) return false;
  if (hits === 0) return true;
  const all = await estimateEntries(store.read());
  return (hits / Math.max(1, entries)) * all < CLEARLY_COMMON * rareEntries;
}

/** @returns null when there are too many entries with the words, or it takes too long to tell */
async function findEverywhere(store: Store, looking: Looking): Promise<readonly FoundSession[] | null> {
  try {
    return await store.transaction((db) => searchEverywhere(db, looking));
  } catch (error) {
    if (isTooLong(error)) return null;
    throw error;
  }
}

async function searchEverywhere(db: Database, looking: Looking): Promise<readonly FoundSession[] | null> {
  const { filter, question, limit, limits } = looking;
  const { facts, full, wanted } = question;
  if (full === null) return null;
  await planSearch(db, { timeoutMs: EVERYWHERE_MS_MAX });
  const known = await listMetFacts(db, facts);
  if (known.length > ASKS_MAX) return null;
  const isByFacts = known.some((met) => isFoundByFacts(question, met));
  const byFacts = isByFacts ? await listCandidates(db, { filter, facts, met: wanted, limit: limit + 1 }) : [];
  const asks = known.map((met) => ({ met, ask: askOf(question, met) ?? full }));
  const of = { filter, facts, asks, full, entriesMax: limits.rareEntries, sessionsMax: limit + 1 };
  await planForMany(db);
  const hits = await findHits(db, of);
  if (hits === null) return null;
  const found = new Map<string, FoundSession>();
  const add = (session: FoundSession | null): void => {
    if (session !== null) found.set(session.id, session);
  };
  for (const one of byFacts) add(foundSession(one, { hits: null, byFacts: true, isAtLeast: false }));
  for (const one of hits) add(foundSession(one, { hits: one, byFacts: false, isAtLeast: false }));
  return [...found.values()].toSorted(newestFirst).slice(0, limit + 1);
}

/** As PostgreSQL orders them: ids are ASCII. */
function newestFirst(one: FoundSession, other: FoundSession): number {
  const between = other.startedAt.getTime() - one.startedAt.getTime();
  if (between !== 0) return between;
  return one.id < other.id ? 1 : -1;
}
