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

/** Longer statements are refused here whatever the broker accepts: parsing 1 MiB takes a quarter of a second. */
const STATEMENT_CHARACTERS_MAX = 1_048_576;
/** The parser was seen to overflow from 12,000 levels on a nearly empty stack. */
const NESTING_MAX = 4_000;
/** Text this short cannot nest deep enough, so it is not measured. */
const UNMEASURED_CHARACTERS_MAX = 2_000;

export type ParseOutcome =
  | { readonly tree: unknown; readonly problem: null }
  | { readonly tree: null; readonly problem: string };

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

function replaceInstance(): void {
  library = spare;
  spare = null;
  loadSqlParser().catch(() => undefined); // Without a parser every statement is refused; the next start says why.
}

function refusalBeforeParsing(text: string): string | null {
  if (text.length > STATEMENT_CHARACTERS_MAX) {
    return `the statement is longer than ${STATEMENT_CHARACTERS_MAX} characters`;
  }
  if (text.includes('\0')) return 'the statement contains a NUL byte';
  if (!text.isWellFormed()) return 'the statement is not valid Unicode';
  if (text.length <= UNMEASURED_CHARACTERS_MAX) return null;
  return nestingOf(text) > NESTING_MAX ? 'the statement nests too deep' : null;
}

/** Parses a text of any number of statements. */
export function parseSql(text: string): ParseOutcome {
  const parser = library;
  if (parser === null) return { tree: null, problem: 'the SQL parser is not loaded' };
  try {
    const refusal = refusalBeforeParsing(text);
    if (refusal !== null) return { tree: null, problem: refusal };
    // The library refuses the empty text; a lone space is the empty query that PostgreSQL accepts.
    return { tree: parser.parseSync(text === '' ? ' ' : text), problem: null };
  } catch (error) {
    if (brokeTheInstance(error)) replaceInstance();
    return { tree: null, problem: messageOf(error) };
  }
}

/** What `normalizeSql` answers for text that cannot be read. */
const UNPARSABLE = '(unparsable statement)';

/**
 * The text with every literal replaced by $n, for summaries and search. Passwords in CREATE ROLE and the
 * body of a DO block count as literals.
 */
export function normalizeSql(text: string): string {
  // For text that does not parse the library may answer with an error that quotes it.
  if (text.trim() === '' || parseSql(text).problem !== null || library === null) return UNPARSABLE;
  try {
    return library.normalizeSync(text);
  } catch (error) {
    if (brokeTheInstance(error)) replaceInstance();
    return UNPARSABLE;
  }
}
