/**
 * What changing a setting means. A short list only affects how a session looks and how long it waits, and
 * comes with every role. Two settings decide where a string ends, and the parser must agree with the server
 * on that, so moving them has an unknown effect. Everything else is `set`: search_path changes what names
 * mean, and an application may keep a row-security identity in a setting of its own.
 */
import type { Effect } from '../../../core/statement.ts';
import type { DatabaseFacts } from './database-facts.ts';
import { childOf, constantText, listOf, nameParts, type TreeNode, textOf } from './tree.ts';

const SAFE_SETTINGS: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'cursor_tuple_fraction',
  'datestyle',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'enable_bitmapscan',
  'enable_hashagg',
  'enable_hashjoin',
  'enable_indexonlyscan',
  'enable_indexscan',
  'enable_mergejoin',
  'enable_nestloop',
  'enable_seqscan',
  'enable_sort',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'jit',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'lock_timeout',
  'max_parallel_workers_per_gather',
  'plan_cache_mode',
  'quote_all_identifiers',
  'statement_timeout',
  'timezone',
  'transaction_timeout',
  'xmlbinary',
  'xmloption',
]);

const IDENTITY_SETTINGS: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/** Settings that both sides of the parser must agree on, with the values under which they do. */
const PINNED_SETTINGS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['client_encoding', new Set(['utf8', 'utf-8', 'unicode'])],
  ['standard_conforming_strings', new Set(['on', 'true', 'yes', '1', 't'])],
]);

interface SettingChange {
  /** Names of settings know no case. */
  readonly name: string;
  /** Null when it cannot be told from the text. */
  readonly value: string | null;
}

type Freedom = Pick<DatabaseFacts, 'encodingIsFree'>;

function effectOfChange({ name, value }: SettingChange, { encodingIsFree }: Freedom): Effect {
  const setting = name.toLowerCase();
  if (setting === 'client_encoding' && encodingIsFree === true) return 'session';
  const agreed = PINNED_SETTINGS.get(setting);
  if (agreed !== undefined) return value !== null && agreed.has(value.toLowerCase()) ? 'session' : 'unknown';
  if (IDENTITY_SETTINGS.has(setting)) return 'role-admin';
  return SAFE_SETTINGS.has(setting) ? 'session' : 'set';
}

/** `SET`, `RESET` and the SET clauses of ALTER and CREATE FUNCTION. */
export function effectOfSetStatement(node: TreeNode, freedom: Freedom): Effect {
  const kind = textOf(node, 'kind');
  const name = textOf(node, 'name') ?? '';
  switch (kind) {
    case 'VAR_SET_MULTI':
      return name === 'TRANSACTION' || name === 'SESSION CHARACTERISTICS' || name === 'TRANSACTION SNAPSHOT'
        ? 'transaction'
        : 'unknown';
    case 'VAR_RESET_ALL':
      return 'session';
    case 'VAR_RESET':
    case 'VAR_SET_DEFAULT':
      // They go back to what the broker pinned when it opened the connection.
      return PINNED_SETTINGS.has(name.toLowerCase())
        ? 'session'
        : effectOfChange({ name, value: null }, freedom);
    case 'VAR_SET_VALUE': {
      const values = listOf(node, 'args').map(constantText);
      return effectOfChange({ name, value: values.length === 1 ? (values[0] ?? null) : null }, freedom);
    }
    default:
      return name === '' ? 'unknown' : effectOfChange({ name, value: null }, freedom);
  }
}

/** True for the bare column `name`. */
function isNameColumn(node: TreeNode | null): boolean {
  return node?.kind === 'ColumnRef' && nameParts(node, 'fields').join('.') === 'name';
}

/**
 * `SELECT set_config(name, 'value', false) FROM pg_settings WHERE name = 'setting'` sets what a server may not
 * have yet, and is how pg_dump does it. The condition fixes the column: the name that it has; otherwise null.
 */
export function settingFixedByCondition(select: TreeNode): string | null {
  const [relation = null, another = null] = listOf(select, 'fromClause');
  if (relation?.kind !== 'RangeVar' || another !== null || childOf(select, 'withClause') !== null)
    return null;
  if (textOf(relation, 'relname') !== 'pg_settings') return null;
  if ((textOf(relation, 'schemaname') ?? 'pg_catalog') !== 'pg_catalog') return null;
  const condition = childOf(select, 'whereClause');
  if (condition?.kind !== 'A_Expr' || textOf(condition, 'kind') !== 'AEXPR_OP') return null;
  if (nameParts(condition, 'name').join('.') !== '=' || !isNameColumn(childOf(condition, 'lexpr')))
    return null;
  const right = childOf(condition, 'rexpr');
  return right?.kind === 'A_Const' ? constantText(right) : null;
}

/**
 * `set_config(name, value, is_local)`: never less than `set`; unknown when its name is worked out at run time.
 * @param where.fixed what the column `name` is known to be here
 */
export function effectOfSetConfig(
  call: TreeNode,
  where: Freedom & { readonly fixed: string | null },
): Effect {
  const [nameNode = null, valueNode = null] = listOf(call, 'args');
  const name = isNameColumn(nameNode) ? where.fixed : constantText(nameNode);
  if (name === null) return 'unknown';
  const effect = effectOfChange({ name, value: constantText(valueNode) }, where);
  return effect === 'session' ? 'set' : effect;
}

/** True when EXPLAIN is asked to run the statement. Anything but a plain "off" counts as asking. */
export function explainRuns(node: TreeNode): boolean {
  return listOf(node, 'options').some((option) => {
    if (textOf(option, 'defname')?.toLowerCase() !== 'analyze') return false;
    const argument = childOf(option, 'arg');
    return argument === null || !['false', 'off', '0'].includes(constantText(argument)?.toLowerCase() ?? '');
  });
}
