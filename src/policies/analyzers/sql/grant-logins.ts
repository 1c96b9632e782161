/** Statements about the login of a grant on the target, which Sallyport makes and drops (`ephemeralRole`). */
import { childOf, listOf, type TreeNode, textOf } from './tree.ts';

/** What the names of such logins begin with. */
const NAME = /^sp_g-/;

/** CURRENT_USER, CURRENT_ROLE and SESSION_USER may each mean it, whatever SET ROLE did before. */
function mayMeanGrantLogin(role: TreeNode | null): boolean {
  if (role === null) return false;
  return textOf(role, 'roletype') === 'ROLESPEC_CSTRING'
    ? NAME.test(textOf(role, 'rolename') ?? '')
    : textOf(role, 'roletype') !== 'ROLESPEC_PUBLIC';
}

const CHANGES_OF_KIND: ReadonlyMap<string, (node: TreeNode) => boolean> = new Map([
  ['AlterRoleStmt', (node) => mayMeanGrantLogin(childOf(node, 'role'))],
  ['DropRoleStmt', (node) => listOf(node, 'roles').some(mayMeanGrantLogin)],
  [
    'RenameStmt',
    (node) => textOf(node, 'renameType') === 'OBJECT_ROLE' && NAME.test(textOf(node, 'subname') ?? ''),
  ],
]);

export const LOGIN_KINDS: readonly string[] = [...CHANGES_OF_KIND.keys()];

/** True when a node of one of these kinds would change, rename or drop what may be a grant's login. */
export function changesGrantLogin(node: TreeNode): boolean {
  return CHANGES_OF_KIND.get(node.kind)?.(node) ?? false;
}
