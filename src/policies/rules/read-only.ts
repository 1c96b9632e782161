/**
 * What a read-only role adds to what it allows: transactions of its sessions begin read-only, and nothing
 * may change that. Commands and functions that would are harmless for other roles, so no effect names them.
 */
import type { Verdict } from '../../core/verdict.ts';
import { settingFixedByCondition } from '../analyzers/sql/settings.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import {
  childOf,
  childrenOf,
  constantText,
  listOf,
  nameParts,
  type TreeNode,
  textOf,
} from '../analyzers/sql/tree.ts';
import type { DatabaseRole } from '../document/schema.ts';

const READ_ONLY_SETTINGS: ReadonlySet<string> = new Set([
  'default_transaction_read_only',
  'transaction_read_only',
]);
const ON: ReadonlySet<string> = new Set(['on', 'true', 'yes', '1', 't', 'y']);

/** A denial when the role is read-only and the statement would let its transactions write; else null. */
export function denyForReadOnly(options: {
  readonly statement: SqlStatement;
  readonly roleName: string;
  readonly role: DatabaseRole;
}): Extract<Verdict, { action: 'deny' }> | null {
  const { statement, roleName, role } = options;
  if (role.readOnly !== true || statement.tree === null || !leavesReadOnly(statement.tree)) return null;
  return {
    action: 'deny',
    rule: 'read-only',
    reason: `The role ${roleName} is read-only: its transactions stay so. Leave out what would make them writable.`,
  };
}

function leavesReadOnly(tree: TreeNode): boolean {
  let setsByRow = false;
  let rowIsReadOnly = false;
  const waiting = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isWayOut(node)) return true;
    // set_config(name, …) FROM pg_settings WHERE name = '…' takes the name from the row.
    setsByRow ||= isSetConfig(node) && constantText(listOf(node, 'args')[0] ?? null) === null;
    rowIsReadOnly ||= node.kind === 'SelectStmt' && isReadOnlySetting(settingFixedByCondition(node));
    waiting.push(...childrenOf(node));
  }
  return setsByRow && rowIsReadOnly;
}

function isWayOut(node: TreeNode): boolean {
  // BEGIN READ WRITE, SET TRANSACTION READ WRITE, SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
  if (node.kind === 'DefElem') {
    return isReadOnlySetting(textOf(node, 'defname')) && constantText(childOf(node, 'arg')) !== '1';
  }
  if (node.kind === 'VariableSetStmt') {
    const values = listOf(node, 'args').map(constantText);
    return isReadOnlySetting(textOf(node, 'name')) && !(values.length === 1 && isOn(values[0]));
  }
  if (!isSetConfig(node)) return false;
  const [name = null, value = null] = listOf(node, 'args').map(constantText);
  return isReadOnlySetting(name) && !isOn(value);
}

function isSetConfig(node: TreeNode): boolean {
  return node.kind === 'FuncCall' && nameParts(node, 'funcname').at(-1) === 'set_config';
}

function isReadOnlySetting(name: string | null): boolean {
  return name !== null && READ_ONLY_SETTINGS.has(name.toLowerCase());
}

function isOn(value: string | null | undefined): boolean {
  return typeof value === 'string' && ON.has(value.toLowerCase());
}
