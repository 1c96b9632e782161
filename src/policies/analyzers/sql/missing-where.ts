/**
 * Does a condition restrict anything? A guard rail for people, not a proof: it recognises no condition at
 * all, conditions that look at no column of what is changed (`true`, `1 = 1`, `$1`, `other.id = 1`), and those
 * that compare a thing with itself.
 */
import { childOf, childrenOf, listOf, nameParts, sameTree, type TreeNode, textOf } from './tree.ts';

/** The name by which a condition means the relation that a statement changes. */
function targetName(statement: TreeNode): string | null {
  const relation = childOf(statement, 'relation');
  if (relation === null) return null;
  const alias = childOf(relation, 'alias');
  return alias === null ? textOf(relation, 'relname') : textOf(alias, 'aliasname');
}

/** A column without a qualifier may be one of the target's. */
function mentionsColumn(node: TreeNode, target: string | null): boolean {
  if (node.kind === 'ColumnRef') {
    const qualifier = nameParts(node, 'fields').at(-2);
    return qualifier === undefined || target === null || qualifier === target;
  }
  return node.kind === 'CurrentOfExpr' || childrenOf(node).some((child) => mentionsColumn(child, target));
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

/** True when the condition of a statement, or its absence, lets every row through as far as the text shows. */
export function isMissing(statement: TreeNode, condition: TreeNode | null): boolean {
  return restrictsNothing(condition, targetName(statement));
}

function restrictsNothing(condition: TreeNode | null, target: string | null): boolean {
  if (condition === null) return true;
  if (condition.kind === 'BoolExpr') {
    const parts = listOf(condition, 'args');
    switch (textOf(condition, 'boolop')) {
      case 'AND_EXPR':
        return parts.every((part) => restrictsNothing(part, target));
      case 'OR_EXPR':
        return parts.some((part) => restrictsNothing(part, target));
      default:
        return !parts.some((part) => mentionsColumn(part, target));
    }
  }
  return !mentionsColumn(condition, target) || comparesWithItself(condition);
}

const CHANGING_COMMANDS: ReadonlySet<string> = new Set(['CMD_UPDATE', 'CMD_DELETE']);

/** NOT MATCHED BY SOURCE is every row that the condition does not hold for, so it needs one of its own. */
function changesUnmatched(merge: TreeNode, clause: TreeNode): boolean {
  const unmatched = textOf(clause, 'matchKind') === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE';
  return unmatched && isMissing(merge, childOf(clause, 'condition'));
}

/** True when a MERGE updates or deletes rows that no condition restricts. */
export function mergesUnbounded(merge: TreeNode): boolean {
  const changes = listOf(merge, 'mergeWhenClauses').filter((clause) => {
    return CHANGING_COMMANDS.has(textOf(clause, 'commandType') ?? '');
  });
  if (changes.length === 0) return false;
  return (
    isMissing(merge, childOf(merge, 'joinCondition')) ||
    changes.some((clause) => changesUnmatched(merge, clause))
  );
}
