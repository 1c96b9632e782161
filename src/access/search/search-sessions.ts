/** Sessions that somebody may see, by who, what and when, and by what was done in them. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { EFFECTS, type Effect } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Database } from '../../store/open-store.ts';
import type { SearchEntry } from '../../store/operations/search-entries.ts';
import {
  type EntryQuestion,
  type FoundEntry,
  type FoundSession,
  planForSearch,
  readFoundEntries,
  type SessionFilter,
  type SessionPlace,
  searchEverywhere,
  searchNewest,
} from '../../store/operations/search-sessions.ts';
import { findSessions } from '../../store/operations/sessions.ts';
import type { AccessContext } from '../context.ts';
import { sessionViews } from '../read-views.ts';
import { scopeOf } from '../rights.ts';
import type { SessionView } from '../views.ts';
import { excerptOf, type Piece } from './highlight.ts';
import { type EntryFilter, FACT_SEPARATORS, filterQuery, parseSearch, type Term } from './query.ts';

export interface SessionSearch extends EntryFilter, Omit<SessionFilter, 'visibleTo' | 'behind'> {
  /** Words, names, `"phrases"`, beginnings (`custo*`), and `-what` not. */
  readonly search?: string | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A statement, command or file operation that a search found. */
export interface SearchHit {
  readonly ordinal: number;
  readonly kind: SearchEntry['kind'];
  /** Its number within the session; null for what a terminal showed. */
  readonly statement: number | null;
  readonly at: Date;
  /** Milliseconds since the session began. */
  readonly atMs: number;
  /** A part of it where it is long. */
  readonly text: readonly Piece[];
  readonly relations: readonly string[];
  readonly files: readonly string[];
  readonly action: Verdict['action'] | null;
  readonly rule: string | null;
  readonly operation: Effect | null;
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
}

export interface FoundSessionView {
  readonly session: SessionView;
  /** How many statements and commands were found in it; 0 where only its facts were. */
  readonly hitCount: number;
  /** The riskiest of them, in their order. */
  readonly hits: readonly SearchHit[];
}

export interface SessionPage {
  readonly items: readonly FoundSessionView[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}

const LIMIT_DEFAULT = 50;
/** What is found in each takes longer to look for, and to read. */
const LIMIT_FOUND_DEFAULT = 20;
const LIMIT_MAX = 500;
const SEARCH_CHARACTERS_MAX = 200;
/** Looked through at once, in the newest sessions first. */
const NEWEST_ENTRIES_MAX = 25_000;
const NEWEST_SESSIONS_MAX = 200;
/** Words that more entries have are not rare. */
const RARE_ENTRIES_MAX = 20_000;
/** Of those that are looked through at once. */
const COMMON_ENTRIES_MIN = 1_000;
/** Then a page may be shorter than it could be; the next goes on. */
const LOOKS_MAX = 40;

/**
 * A page of sessions, newest first.
 * @param input.viewer null for the system itself
 * @throws AppError `invalid_input` for a cursor that was not given out, and for too many words
 */
export async function searchSessions(
  context: AccessContext,
  input: SessionSearch & { readonly viewer: Identity | null },
): Promise<SessionPage> {
  const { viewer, search = '', cursor, limit } = input;
  const terms = parseSearch(search.slice(0, SEARCH_CHARACTERS_MAX));
  const filter = filterQuery(input);
  const isList = terms.length === 0 && filter === null;
  const db = context.store.read();
  const asked: Asked = {
    filter: {
      ...input,
      visibleTo: await scopeOf(context, viewer),
      behind: cursor === undefined ? undefined : placeOf(cursor),
    },
    question: { terms, filter, separators: FACT_SEPARATORS },
    limit: Math.min(Math.max(1, limit ?? (isList ? LIMIT_DEFAULT : LIMIT_FOUND_DEFAULT)), LIMIT_MAX),
  };
  const { sessions, next } = await context.store.transaction(async (search) => {
    await planForSearch(search);
    return findPage(search, asked);
  });
  const items = await viewsOf(db, { sessions, terms });
  return { items, next: next === null ? null : cursorOf(next) };
}

interface Asked {
  readonly filter: SessionFilter;
  readonly question: EntryQuestion;
  readonly limit: number;
}

interface Page {
  readonly sessions: readonly FoundSession[];
  readonly next: SessionPlace | null;
}

/**
 * The newest sessions are looked at first: words that are everywhere fill a page there. Then the entries that have
 * the words, wherever they are: rare words are found by that at once. What neither answers is looked for session by
 * session.
 */
async function findPage(db: Database, { filter, question, limit }: Asked): Promise<Page> {
  const looking = { question, entriesMax: NEWEST_ENTRIES_MAX, sessionsMax: NEWEST_SESSIONS_MAX };
  let found: readonly FoundSession[] = [];
  let { behind } = filter;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const newest = await searchNewest(db, { ...looking, filter: { ...filter, behind } });
    found = [...found, ...newest.sessions];
    if (found.length > limit || newest.stoppedAt === null) return pageOf(found, limit);
    behind = newest.stoppedAt;
    if (look > 0 || isCommon(newest.sessions)) continue;
    const everywhere = await searchEverywhere(db, {
      filter: { ...filter, behind },
      question,
      entriesMax: RARE_ENTRIES_MAX,
      sessionsMax: limit + 1 - found.length,
    });
    if (everywhere !== null) return pageOf([...found, ...everywhere], limit);
  }
  return { sessions: found, next: behind ?? null };
}

/** So many among those of the newest sessions are too many among all of them. */
function isCommon(found: readonly FoundSession[]): boolean {
  return found.reduce((sum, { count }) => sum + count, 0) > COMMON_ENTRIES_MIN;
}

function pageOf(found: readonly FoundSession[], limit: number): Page {
  const sessions = found.slice(0, limit);
  return { sessions, next: found.length > limit ? (sessions.at(-1) ?? null) : null };
}

async function viewsOf(
  db: Database,
  { sessions, terms }: { readonly sessions: readonly FoundSession[]; readonly terms: readonly Term[] },
): Promise<FoundSessionView[]> {
  const rows = await findSessions(db, { ids: sessions.map(({ id }) => id) });
  const views = new Map((await sessionViews(db, rows)).map((view) => [view.id, view]));
  const entries = await readFoundEntries(db, { sessions });
  return sessions.flatMap(({ id, count }) => {
    const session = views.get(id);
    if (session === undefined) return [];
    const own = entries.filter(({ sessionId }) => sessionId === id);
    return [{ session, hitCount: count, hits: own.map((entry) => hitOf(entry, { session, terms })) }];
  });
}

function hitOf(
  entry: FoundEntry,
  { session, terms }: { readonly session: SessionView; readonly terms: readonly Term[] },
): SearchHit {
  const { ordinal, kind, statement, atMs, relations, files, rule, denied, held, masked } = entry;
  return {
    ordinal,
    kind,
    statement,
    at: new Date(session.startedAt.getTime() + atMs),
    atMs,
    text: excerptOf({ text: entry.text, isCut: entry.cut, terms }),
    relations,
    files,
    action: ACTIONS.find((action) => action === entry.action) ?? null,
    rule,
    operation: EFFECTS.find((effect) => effect === entry.operation) ?? null,
    denied,
    held,
    masked,
  };
}

const ACTIONS: readonly Verdict['action'][] = ['allow', 'deny', 'review'];

function cursorOf({ startedAt, id }: SessionPlace): string {
  return `${startedAt.getTime()}.${id}`;
}

const CURSOR = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/;

function placeOf(cursor: string): SessionPlace {
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (at === undefined || id === undefined)
    throw new AppError('invalid_input', 'This cursor was not given out. Begin with the first page.');
  return { startedAt: new Date(Number(at)), id };
}
