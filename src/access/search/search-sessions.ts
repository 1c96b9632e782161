/** Sessions that somebody may see, by who, what and when, and by what was done in them. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { EFFECTS, type Effect } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Database } from '../../store/open-store.ts';
import type { SessionFilter, SessionPlace } from '../../store/operations/search-candidates.ts';
import type { SearchEntry } from '../../store/operations/search-entries.ts';
import { type FoundEntry, readFoundEntries } from '../../store/operations/search-sessions.ts';
import { findSessions } from '../../store/operations/sessions.ts';
import type { AccessContext } from '../context.ts';
import { sessionViews } from '../read-views.ts';
import { scopeOf } from '../rights.ts';
import type { SessionView } from '../views.ts';
import { findPage, SEARCH_LIMITS } from './find-page.ts';
import type { FoundSession } from './found.ts';
import { excerptOf, type Piece } from './highlight.ts';
import { type EntryFilter, filterQuery, parseSearch, type Term } from './query.ts';
import { questionOf } from './question.ts';

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
  /** There may be more of them: it is a long session, and was not read to its end. */
  readonly isHitCountAtLeast: boolean;
  /** The riskiest of them, in their order. */
  readonly hits: readonly SearchHit[];
}

export interface SessionPage {
  readonly items: readonly FoundSessionView[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
  /** Set where the page ends before it is full: sessions that began before this were not looked at yet. */
  readonly lookedBackTo: Date | null;
}

const LIMIT_DEFAULT = 50;
/** What is found in each takes longer to look for, and to read. */
const LIMIT_FOUND_DEFAULT = 20;
const LIMIT_MAX = 500;
const SEARCH_CHARACTERS_MAX = 200;

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
  const { sessions, next, isCutShort } = await findPage(context.store, {
    filter: {
      ...input,
      visibleTo: await scopeOf(context, viewer),
      behind: cursor === undefined ? undefined : placeOf(cursor),
    },
    question: questionOf(terms, filter),
    limit: Math.min(Math.max(1, limit ?? (isList ? LIMIT_DEFAULT : LIMIT_FOUND_DEFAULT)), LIMIT_MAX),
    limits: SEARCH_LIMITS,
  });
  const items = await viewsOf(context.store.read(), { sessions, terms });
  return {
    items,
    next: next === null ? null : cursorOf(next),
    lookedBackTo: isCutShort && next !== null ? next.startedAt : null,
  };
}

async function viewsOf(
  db: Database,
  { sessions, terms }: { readonly sessions: readonly FoundSession[]; readonly terms: readonly Term[] },
): Promise<FoundSessionView[]> {
  const rows = await findSessions(db, { ids: sessions.map(({ id }) => id) });
  const views = new Map((await sessionViews(db, rows)).map((view) => [view.id, view]));
  const entries = await readFoundEntries(db, { sessions });
  return sessions.flatMap(({ id, count, isAtLeast }) => {
    const session = views.get(id);
    if (session === undefined) return [];
    const own = entries.filter(({ sessionId }) => sessionId === id);
    const hits = own.map((entry) => hitOf(entry, { session, terms }));
    return [{ session, hitCount: count, isHitCountAtLeast: isAtLeast, hits }];
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

function cursorOf({ startedAt, id, fromOrdinal }: SessionPlace): string {
  return `${startedAt.getTime()}.${id}${fromOrdinal === undefined ? '' : `.${fromOrdinal}`}`;
}

const CURSOR = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})(?:\.(\d{1,9}))?$/;

function placeOf(cursor: string): SessionPlace {
  const [, at, id, ordinal] = CURSOR.exec(cursor) ?? [];
  if (at === undefined || id === undefined)
    throw new AppError('invalid_input', 'This cursor was not given out. Begin with the first page.');
  const place = { startedAt: new Date(Number(at)), id };
  return ordinal === undefined ? place : { ...place, fromOrdinal: Number(ordinal) };
}
