/** Relations of the server itself whose reading or writing is more than a select or an update. */
import type { Effect } from '../../../core/statement.ts';
import { CATALOG_RELATIONS } from './builtin-names.ts';

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
