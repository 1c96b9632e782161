/** Bodies of DO, CREATE FUNCTION and CREATE PROCEDURE: which code they hold, and in which language. */
import type { Effect } from '../../../core/statement.ts';
import { type RoutinePart, readPlpgsql, UNREAD_ROUTINE } from './plpgsql.ts';
import { childOf, listOf, nameParts, stringOf, type TreeNode, textOf } from './tree.ts';

export interface RoutineBody {
  /** What the statement does besides what its code does. */
  readonly effects: readonly Effect[];
  readonly parts: readonly RoutinePart[];
}

const UNREADABLE: RoutineBody = { effects: ['unknown'], parts: [] };

/**
 * Making a routine runs nothing, but what it will do cannot be told: anything that its caller's login may. So it takes
 * a role that may make ways around the broker anyway, or else `create` and `call` would be every effect.
 */
const UNTOLD: readonly Effect[] = ['call', 'role-admin'];

/** Languages that keep to SQL. Others may read the server's files and run its programs. */
const CONFINED_LANGUAGES: ReadonlySet<string> = new Set(['plpgsql', 'plperl', 'pltcl', 'plv8']);

/** Languages whose functions are code that the server has, or loads from a library. */
const EFFECT_OF_NATIVE_LANGUAGE: ReadonlyMap<string, Effect> = new Map([
  ['c', 'server-file'],
  ['internal', 'role-admin'],
]);

function optionOf(options: readonly TreeNode[], name: string): TreeNode | null {
  const option = options.findLast((candidate) => textOf(candidate, 'defname') === name);
  return option === undefined ? null : childOf(option, 'arg');
}

/** The source is one text, or a list of it and, for C, a second one. */
function sourceIn(options: readonly TreeNode[]): string | null {
  const source = optionOf(options, 'as');
  if (source === null) return null;
  if (source.kind === 'String') return stringOf(source);
  const parts = source.kind === 'List' ? nameParts(source, 'items') : [];
  return parts.length === 1 ? (parts[0] ?? null) : null;
}

function languageIn(options: readonly TreeNode[]): string | null {
  const language = optionOf(options, 'language');
  return language === null ? null : stringOf(language);
}

function partsOf(options: {
  language: string | null;
  source: string | null;
  statement: string;
  /** True for DO. */
  runsNow: boolean;
}): RoutineBody {
  const { language, source, statement, runsNow } = options;
  const native = EFFECT_OF_NATIVE_LANGUAGE.get(language ?? '');
  if (native !== undefined) return { effects: [native], parts: [] };
  if (source === null) return UNREADABLE;
  if (language === 'sql') return { effects: [], parts: [{ text: source, form: 'statements' }] };
  const { parts, isWhole } = language === 'plpgsql' ? readPlpgsql(statement) : UNREAD_ROUTINE;
  return { effects: isWhole ? [] : effectsOfRest(language, runsNow), parts };
}

/** What code amounts to that was not read in full. */
function effectsOfRest(language: string | null, runsNow: boolean): readonly Effect[] {
  if (language === null || runsNow) return ['unknown'];
  return CONFINED_LANGUAGES.has(language) ? UNTOLD : [...UNTOLD, 'server-file', 'copy-program'];
}

/**
 * The code of a `DoStmt` or `CreateFunctionStmt`. A body that is written as SQL (BEGIN ATOMIC, RETURN) is part of
 * the tree and not repeated here.
 * @param statement the text of the whole statement
 */
export function routineBody(node: TreeNode, statement: string): RoutineBody {
  if (node.kind === 'DoStmt') {
    const options = listOf(node, 'args');
    const language = languageIn(options) ?? 'plpgsql';
    return partsOf({ language, source: sourceIn(options), statement, runsNow: true });
  }
  const options = listOf(node, 'options');
  if (childOf(node, 'sql_body') !== null) {
    const language = languageIn(options) ?? 'sql';
    return language === 'sql' ? { effects: [], parts: [] } : UNREADABLE;
  }
  const language = languageIn(options);
  return partsOf({ language, source: sourceIn(options), statement, runsNow: false });
}

/** SECURITY DEFINER lends the owner's privileges to whoever calls. */
export function lendsPrivileges(options: readonly TreeNode[]): boolean {
  const security = optionOf(options, 'security');
  return security !== null && security.fields['boolval'] === true;
}
