/** Comparisons of a column with values that the statement gives, which tell no more than whether a guess is right. */
import { childOf, listOf, nameParts, type TreeNode, textOf } from '../analyzers/sql/tree.ts';
import { isPlainColumn, type MaskedNames } from './carries.ts';
import { type From, isStar } from './ranges.ts';

function isGiven(node: TreeNode | null): boolean {
  switch (node?.kind) {
    case 'A_Const':
    case 'ParamRef':
      return true;
    case 'TypeCast':
      return isGiven(childOf(node, 'arg'));
    case 'List':
      return listOf(node, 'items').every(isGiven);
    case 'A_ArrayExpr':
      return listOf(node, 'elements').every(isGiven);
    default:
      return false;
  }
}

const EQUALITY_KINDS: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY']);

/** `column = value`, `column IN (values)`, `column = ANY (values)`; the values are given, not computed. */
export function isEquality(names: MaskedNames, node: TreeNode, from: From): boolean {
  if (node.kind !== 'A_Expr' || nameParts(node, 'name').join('.') !== '=') return false;
  if (!EQUALITY_KINDS.has(textOf(node, 'kind') ?? '')) return false;
  const [left, right] = [childOf(node, 'lexpr'), childOf(node, 'rexpr')];
  const [column, value] = isGiven(left) ? [right, left] : [left, right];
  if (column === null || isStar(column) || !isGiven(value)) return false;
  return isPlainColumn(names, column, from);
}
