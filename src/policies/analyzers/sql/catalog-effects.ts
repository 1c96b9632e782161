/** Relations of the server itself whose reading or writing is more than a select or an update. */
import type { Effect } from '../../../core/statement.ts';
import { CATALOG_RELATIONS } from './builtin-names.ts';
import { childOf, childrenOf, listOf, nameParts, type TreeNode, textOf } from './tree.ts';

/** They hold password hashes, connection strings of other servers, or who may log in from where. */
const SECRET_RELATIONS: ReadonlySet<string> = new Set([
  'pg_authid',
  'pg_shadow',
  'pg_user_mapping',
  'pg_user_mappings',
  'pg_hba_file_rules',
  'pg_ident_file_mappings',
  'pg_file_settings',
  'pg_subscription',
]);

export interface RelationName {
  readonly schema: string | null;
  readonly name: string;
}

/** True for a relation of `pg_catalog`, which every search_path looks into first, or of `information_schema`. */
export function isServerRelation({ schema, name }: RelationName): boolean {
  if (schema === null || schema === 'pg_catalog') return CATALOG_RELATIONS.has(name);
  return schema === 'information_schema' || schema === 'pg_toast';
}

/** The effect of touching a relation of the server; null for an ordinary read. */
export function effectOfServerRelation(relation: RelationName & { access: 'read' | 'write' }): Effect | null {
  if (!isServerRelation(relation)) return null;
  if (relation.access === 'read') {
    if (relation.schema === 'pg_toast') return 'unknown'; // The values of a table's columns, under another name.
    if (relation.schema === 'information_schema' && relation.name === 'user_mapping_options')
      return 'role-admin';
    return SECRET_RELATIONS.has(relation.name) ? 'role-admin' : null;
  }
  // UPDATE pg_settings is SET by another name, of any setting; the rest of the catalog is the server's own.
  return relation.name === 'pg_settings' ? 'unknown' : 'role-admin';
}

/** Columns that a count of subscriptions may look at: all but the connection string, and those of pg_database. */
const HARMLESS_COLUMNS: ReadonlySet<string> = new Set([
  'oid',
  'subdbid',
  'subname',
  'subowner',
  'subenabled',
  'datname',
]);

/**
 * True for a SELECT from pg_subscription alone that mentions none of its secrets: pg_dump counts the
 * subscriptions of the database. An alias, a star or a whole row could mean the connection string.
 */
export function readsHarmlessSubscriptions(select: TreeNode): boolean {
  const [relation = null, another = null] = listOf(select, 'fromClause');
  if (relation?.kind !== 'RangeVar' || another !== null) return false;
  if (textOf(relation, 'relname') !== 'pg_subscription' || childOf(relation, 'alias') !== null) return false;
  if ((textOf(relation, 'schemaname') ?? 'pg_catalog') !== 'pg_catalog') return false;
  return childOf(select, 'withClause') === null && namesOnlyHarmlessColumns(select);
}

function namesOnlyHarmlessColumns(node: TreeNode): boolean {
  if (node.kind === 'ColumnRef') {
    const [column, ...rest] = nameParts(node, 'fields');
    const isOneName = rest.length === 0 && listOf(node, 'fields').length === 1;
    return isOneName && column !== undefined && HARMLESS_COLUMNS.has(column);
  }
  return [...childrenOf(node)].every(namesOnlyHarmlessColumns);
}
