/**
 * Does a condition restrict anything? A guard rail for people, not a proof: it recognises no condition at
 * all, conditions that look at no column (`true`, `1 = 1`, `$1`), and those that compare a thing with itself.
 */
import { childOf, childrenOf, listOf, sameTree, type TreeNode, textOf } from './tree.ts';

function mentionsColumn(node: TreeNode): boolean {
  return node.kind === 'ColumnRef' || node.kind === 'CurrentOfExpr' || childrenOf(node).some(mentionsColumn);
}

function comparesWithItself(node: TreeNode): boolean {
  if (node.kind !== 'A_Expr') return false;
  const left = node.fields['lexpr'];
  if (left === undefined) return false;
  if (sameTree(left, node.fields['rexpr'])) return true;
  const right = childOf(node, 'rexpr');
  return textOf(node, 'kind') === 'AEXPR_IN' && right !== null && listContains(right, left);
}

function listContains(list: TreeNode, wanted: unknown): boolean {
  const items = list.fields['items'];
  return Array.isArray(items) && items.some((item) => sameTree(item, wanted));
}

/** True when the condition, or its absence, lets every row through as far as the text shows. */
export function isMissing(condition: TreeNode | null): boolean {
  if (condition === null) return true;
  if (condition.kind === 'BoolExpr') {
    const parts = listOf(condition, 'args');
    switch (textOf(condition, 'boolop')) {
      case 'AND_EXPR':
        return parts.every(isMissing);
      case 'OR_EXPR':
        return parts.some(isMissing);
      default:
        return !parts.some(mentionsColumn);
    }
  }
  return !mentionsColumn(condition) || comparesWithItself(condition);
}
