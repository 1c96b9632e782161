/**
 * The question behind read-only roles, for PostgreSQL 15 to 18: the most serious way in which the session's
 * login could write, or no row. It reads access lists instead of asking `has_table_privilege` for each
 * relation: one pass whatever the number of roles, and privileges that only newer versions know
 * (MAINTAIN) need no name of their own. What a list leaves out, superusers and owners, is asked apart.
 */

/** Predefined roles, and those of hosted offerings, whose members can write or stop what others do. */
const WRITING_ROLES = [
  'pg_checkpoint',
  'pg_create_subscription',
  'pg_execute_server_program',
  'pg_maintain',
  'pg_signal_autovacuum_worker',
  'pg_signal_backend',
  'pg_write_all_data',
  'pg_write_server_files',
  'alloydbsuperuser',
  'azure_pg_admin',
  'cloudsqlsuperuser',
  'rds_superuser',
];

/** Settings that a login with SET on them could write by. ALTER SYSTEM is refused for every setting. */
const WRITING_SETTINGS = [
  'allow_system_table_mods',
  'dynamic_library_path',
  'lo_compat_privileges',
  'local_preload_libraries',
  'session_preload_libraries',
  'session_replication_role',
];

/** PostgreSQL's own functions that change the server or its files, and that not everyone may execute. */
const WRITING_FUNCTIONS = [
  'lo_export',
  'lo_import',
  'pg_create_restore_point',
  'pg_file_rename',
  'pg_file_sync',
  'pg_file_unlink',
  'pg_file_write',
  'pg_promote',
  'pg_reload_conf',
  'pg_rotate_logfile',
  'pg_switch_wal',
];

const ATTRIBUTES = [
  ['rolcreaterole', 'CREATEROLE'],
  ['rolcreatedb', 'CREATEDB'],
  ['rolreplication', 'REPLICATION'],
] as const;

const listed = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** One part of the union: an access list, and the privileges in it that write. */
function grants(part: {
  rank: number;
  kind: string;
  object: string;
  from: string;
  acl: string;
  privileges: readonly string[];
  where?: string;
}): string {
  return `
  select ${part.rank}, ${part.kind}, coalesce(quote_ident(roles.rolname), 'PUBLIC'), ${part.object}, entry.privilege_type
  from ${part.from}
  cross join lateral aclexplode(${part.acl}) entry
  left join roles on roles.oid = entry.grantee
  where (entry.grantee = 0 or roles.oid is not null)
    and entry.privilege_type in (${listed(part.privileges)})
    ${part.where === undefined ? '' : `and ${part.where}`}`;
}

const RELATION = 'pg_class relation join pg_namespace schema on schema.oid = relation.relnamespace';
const RELATION_NAME = `format('%I.%I', schema.nspname, relation.relname)`;

const PARTS: readonly string[] = [
  `select 1, 'superuser', quote_ident(rolname), '', '' from roles where rolsuper`,
  ...ATTRIBUTES.map(
    ([column, name]) =>
      `select 2, 'attribute', quote_ident(rolname), '', '${name}' from roles where ${column}`,
  ),
  `select 3, 'membership', quote_ident(rolname), '', '' from roles where rolname in (${listed(WRITING_ROLES)})`,
  // Temporary tables belong to other sessions of the same login, and end with them.
  `select 4, 'owner', quote_ident(roles.rolname), pg_describe_object(owned.classid, owned.objid, 0), ''
  from pg_shdepend owned join roles on roles.oid = owned.refobjid
  where owned.refclassid = 'pg_authid'::regclass and owned.deptype = 'o'
    and owned.dbid in (0, (select oid from pg_database where datname = current_database()))
    and not (owned.classid = 'pg_class'::regclass and exists (
      select from pg_class relation where relation.oid = owned.objid and relation.relpersistence = 't'))`,
  grants({
    rank: 5,
    kind: `'table'`,
    object: RELATION_NAME,
    from: RELATION,
    acl: 'relation.relacl',
    privileges: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'MAINTAIN'],
    // Everyone may update pg_settings: it is another way to write SET.
    where: `relation.relkind <> 'S' and relation.relpersistence <> 't' and not (schema.nspname = 'pg_catalog'
      and relation.relname = 'pg_settings' and entry.grantee = 0 and entry.privilege_type = 'UPDATE')`,
  }),
  grants({
    rank: 6,
    kind: `'sequence'`,
    object: RELATION_NAME,
    from: RELATION,
    acl: 'relation.relacl',
    privileges: ['USAGE', 'UPDATE'],
    where: `relation.relkind = 'S' and relation.relpersistence <> 't'`,
  }),
  grants({
    rank: 6,
    kind: `'column'`,
    object: `${RELATION_NAME} || ' ' || quote_ident(held.attname)`,
    from: `${RELATION} join pg_attribute held on held.attrelid = relation.oid`,
    acl: 'held.attacl',
    privileges: ['INSERT', 'UPDATE'],
  }),
  grants({
    rank: 7,
    kind: `'schema'`,
    object: 'quote_ident(schema.nspname)',
    from: 'pg_namespace schema',
    acl: 'schema.nspacl',
    privileges: ['CREATE'],
  }),
  grants({
    rank: 7,
    kind: `'database'`,
    object: 'quote_ident(database.datname)',
    from: 'pg_database database',
    acl: 'database.datacl',
    privileges: ['CREATE'],
    where: 'database.datname = current_database()',
  }),
  grants({
    rank: 8,
    kind: `'large-object'`,
    object: 'large.oid::text',
    from: 'pg_largeobject_metadata large',
    acl: 'large.lomacl',
    privileges: ['UPDATE'],
  }),
  `select 8, 'large-objects', '', '', '' where current_setting('lo_compat_privileges') = 'on'`,
  grants({
    rank: 9,
    kind: `'parameter'`,
    object: 'setting.parname',
    from: 'pg_parameter_acl setting',
    acl: 'setting.paracl',
    privileges: ['ALTER SYSTEM', 'SET'],
    where: `(entry.privilege_type = 'ALTER SYSTEM' or setting.parname in (${listed(WRITING_SETTINGS)}))`,
  }),
  grants({
    rank: 9,
    kind: `'function'`,
    object: 'called.oid::regprocedure::text',
    from: 'pg_proc called',
    acl: 'called.proacl',
    privileges: ['EXECUTE'],
    where: `called.proname in (${listed(WRITING_FUNCTIONS)}) and called.pronamespace = 'pg_catalog'::regnamespace`,
  }),
  `select 10, 'writable', '', '', '' where current_setting('transaction_read_only') <> 'on'`,
];

/** Returns `kind`, `holder`, `object` and `privilege`. One statement, so that one search_path holds for all of it. */
export const READ_ONLY_QUERY = `
with roles as materialized (
  select oid, rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication
  from pg_catalog.pg_roles where pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
), findings (rank, kind, holder, object, privilege) as (
${PARTS.join('\nunion all\n')}
)
select kind, holder, object, privilege from findings order by rank, object collate "C", privilege limit 1`;
