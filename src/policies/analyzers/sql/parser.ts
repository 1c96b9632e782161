/**
 * PostgreSQL's own parser (libpg-query, WebAssembly), behind one door: text in, parse tree or the reason
 * there is none out. It never throws on what a client sent.
 *
 * The parser recurses in C on the stack of the JavaScript engine. Text that nests too deep unwinds it
 * half-way, and after some thirty of those its memory is no longer its own, so what follows could be
 * misread. Hence two guards: text is measured before it is parsed (`nesting.ts`), and an instance that failed
 * in any way but a syntax error is thrown away. A spare one is ready to take its place, so that nobody else's
 * statement is refused for it.
 */
import { createRequire } from 'node:module';
import { AppError, messageOf } from '../../../core/errors.ts';
import { nestingOf } from './nesting.ts';

type Library = typeof import('libpg-query');

/** Longer statements are refused unless the caller says otherwise: parsing 1 MiB takes a quarter of a second. */
export const STATEMENT_CHARACTERS_MAX = 1_048_576;
/** The parser was seen to overflow from 12,000 levels on a nearly empty stack. */
const NESTING_MAX = 4_000;
/** Text this short cannot nest deep enough, so it is not measured. */
const UNMEASURED_CHARACTERS_MAX = 2_000;
/** Words that open or close a block of PL/pgSQL; its parser overflows from 1,000 blocks within each other. */
const BLOCK_WORDS_MAX = 1_000;

export type ParseOutcome =
  | { readonly tree: unknown; readonly problem: null; readonly position?: undefined }
  /** The position is that of a syntax error: in characters, from 1. */
  | { readonly tree: null; readonly problem: string; readonly position?: number | undefined };

/** The instance in use, and the one that takes over when it breaks. */
let library: Library | null = null;
let spare: Library | null = null;
let loading: Promise<void> | null = null;

async function loadFreshInstance(): Promise<Library> {
  const require = createRequire(import.meta.url);
  // A module is one instance for as long as it is cached.
  for (const path of Object.keys(require.cache)) {
    if (/[\\/]libpg-query[\\/]/.test(path)) delete require.cache[path];
  }
  const fresh: Library = require('libpg-query');
  await fresh.loadModule();
  return fresh;
}

async function loadMissingInstances(): Promise<void> {
  library ??= await loadFreshInstance();
  spare ??= await loadFreshInstance();
}

/**
 * Loads the parser; await it once at start. Calling it again is free. Until it has resolved every text is
 * unreadable, and so denied. Throws `unavailable` when the parser cannot be loaded.
 */
export async function loadSqlParser(): Promise<void> {
  if (library !== null && spare !== null) return;
  loading ??= loadMissingInstances().finally(() => {
    loading = null;
  });
  try {
    await loading;
  } catch (error) {
    throw new AppError('unavailable', `cannot load the SQL parser: ${messageOf(error)}`, { cause: error });
  }
}

/** A stack that ran out, or memory that was read out of bounds; a syntax error is neither. */
function brokeTheInstance(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RangeError' || error.name === 'RuntimeError');
}

/** Where the library found a syntax error; undefined for every other problem. */
function positionOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('sqlDetails' in error)) return undefined;
  const { sqlDetails } = error;
  const isDetailed = typeof sqlDetails === 'object' && sqlDetails !== null && 'cursorPosition' in sqlDetails;
  const position = isDetailed ? sqlDetails.cursorPosition : undefined;
  return typeof position === 'number' && position >= 0 ? position + 1 : undefined;
}

function replaceInstance(): void {
  library = spare;
  spare = null;
  loadSqlParser().catch(() => undefined); // Without a parser every statement is refused; the next start says why.
}

function refusalBeforeParsing(text: string, charactersMax: number): string | null {
  if (text.length > charactersMax) return `the statement is longer than ${charactersMax} characters`;
  if (text.includes('\0')) return 'the statement contains a NUL byte';
  if (!text.isWellFormed()) return 'the statement is not valid Unicode';
  if (text.length <= UNMEASURED_CHARACTERS_MAX) return null;
  return nestingOf(text) > NESTING_MAX ? 'the statement nests too deep' : null;
}

type Parse = (parser: Library, text: string) => unknown;

function guarded(text: string, charactersMax: number, parse: Parse): ParseOutcome {
  const parser = library;
  if (parser === null) return { tree: null, problem: 'the SQL parser is not loaded' };
  try {
    const refusal = refusalBeforeParsing(text, charactersMax);
    if (refusal !== null) return { tree: null, problem: refusal };
    return { tree: parse(parser, text), problem: null };
  } catch (error) {
    if (brokeTheInstance(error)) replaceInstance();
    return { tree: null, problem: messageOf(error), position: positionOf(error) };
  }
}

/**
 * Parses a text of any number of statements.
 * @param charactersMax longer texts are refused
 */
export function parseSql(text: string, charactersMax: number = STATEMENT_CHARACTERS_MAX): ParseOutcome {
  // The library refuses the empty text; a lone space is the empty query that PostgreSQL accepts.
  return guarded(text, charactersMax, (parser) => parser.parseSync(text === '' ? ' ' : text));
}

/** Parses the body in one statement, a DO or a CREATE FUNCTION or PROCEDURE in PL/pgSQL, given as a whole. */
export function parsePlpgsql(statement: string): ParseOutcome {
  return guarded(statement, STATEMENT_CHARACTERS_MAX, (parser) => {
    const words = statement.match(/\b(?:begin|if|loop|case)\b/gi)?.length ?? 0;
    if (words > BLOCK_WORDS_MAX) throw new Error('the routine has too many blocks');
    return parser.parsePlPgSQLSync(statement);
  });
}

/** What `normalizeSql` answers for text that cannot be read. */
const UNPARSABLE = '(unparsable statement)';

/**
 * The text with every literal replaced by $n, for summaries and search. Passwords in CREATE ROLE and the
 * body of a DO block count as literals.
 * @param charactersMax longer texts are not read
 */
export function normalizeSql(text: string, charactersMax: number = STATEMENT_CHARACTERS_MAX): string {
  // For text that does not parse the library may answer with an error that quotes it.
  if (text.trim() === '' || parseSql(text, charactersMax).problem !== null || library === null)
    return UNPARSABLE;
  try {
    return library.normalizeSync(text);
  } catch (error) {
    if (brokeTheInstance(error)) replaceInstance();
    return UNPARSABLE;
  }
}
