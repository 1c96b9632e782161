/**
 * What calling a function of `pg_catalog` does beyond computing a value. Every volatile function that
 * PostgreSQL 18 ships is judged here: a name that is in neither list has an unknown effect, so a function that
 * a later release adds is refused until somebody has looked at it.
 *
 * Stable and immutable functions only compute, with the few exceptions below.
 */
import type { Effect } from '../../../core/statement.ts';
import { BUILTIN_FUNCTIONS, INFORMATION_SCHEMA_FUNCTIONS, VOLATILE_FUNCTIONS } from './builtin-names.ts';

const NAMES_BY_EFFECT: readonly { readonly effect: Effect; readonly names: string }[] = [
  {
    effect: 'server-file',
    names: `pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_archive_statusdir pg_ls_logdir
      pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir
      pg_current_logfile lo_import lo_export`,
  },
  {
    // They stop, promote or reconfigure the server, end other people's work, read credentials or read the
    // write-ahead log, where everybody's rows are.
    effect: 'role-admin',
    names: `pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_promote pg_switch_wal
      pg_create_restore_point pg_backup_start pg_backup_stop pg_wal_replay_pause pg_wal_replay_resume
      pg_log_backend_memory_contexts pg_log_standby_snapshot pg_nextoid pg_stop_making_pinned_objects
      pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings pg_logical_emit_message
      pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
      pg_create_physical_replication_slot pg_drop_replication_slot pg_replication_slot_advance
      pg_sync_replication_slots pg_logical_slot_get_binary_changes pg_logical_slot_get_changes
      pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes pg_replication_origin_advance
      pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_session_reset
      pg_replication_origin_session_setup pg_replication_origin_xact_reset pg_replication_origin_xact_setup
      binary_upgrade_add_sub_rel_state binary_upgrade_create_empty_extension
      binary_upgrade_logical_slot_has_caught_up binary_upgrade_replorigin_advance
      binary_upgrade_set_missing_value binary_upgrade_set_next_array_pg_type_oid
      binary_upgrade_set_next_heap_pg_class_oid binary_upgrade_set_next_heap_relfilenode
      binary_upgrade_set_next_index_pg_class_oid binary_upgrade_set_next_index_relfilenode
      binary_upgrade_set_next_multirange_array_pg_type_oid binary_upgrade_set_next_multirange_pg_type_oid
      binary_upgrade_set_next_pg_authid_oid binary_upgrade_set_next_pg_enum_oid
      binary_upgrade_set_next_pg_tablespace_oid binary_upgrade_set_next_pg_type_oid
      binary_upgrade_set_next_toast_pg_class_oid binary_upgrade_set_next_toast_relfilenode
      binary_upgrade_set_record_init_privs`,
  },
  {
    // They run or read what a text names, which no parser of the statement can see.
    effect: 'unknown',
    names: `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema
      table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema
      schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema
      ts_stat ts_rewrite`,
  },
  { effect: 'call', names: 'plpgsql_validator fmgr_c_validator fmgr_internal_validator fmgr_sql_validator' },
  { effect: 'alter', names: 'pg_extension_config_dump' },
  { effect: 'create', names: 'pg_import_system_collations' },
  { effect: 'set', names: 'set_config' },
  { effect: 'update', names: 'nextval setval lo_put lowrite lo_truncate lo_truncate64' },
  { effect: 'insert', names: 'lo_creat lo_create lo_from_bytea' },
  { effect: 'delete', names: 'lo_unlink' },
  { effect: 'listen', names: 'pg_notify' },
  {
    effect: 'lock',
    names: `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
      pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock
      pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
  },
  {
    effect: 'maintenance',
    names: `brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
      pg_clear_attribute_stats pg_clear_relation_stats pg_restore_attribute_stats pg_restore_relation_stats
      pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot pg_stat_reset_shared
      pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters pg_stat_reset_slru
      pg_stat_reset_subscription_stats`,
  },
];

/** Volatile because their answer changes, not because they change anything. */
const HARMLESS_VOLATILE = `
  amvalidate array_sample array_shuffle clock_timestamp current_query currtid2 currval gen_random_uuid lastval
  lo_close lo_get lo_lseek lo_lseek64 lo_open lo_tell lo_tell64 loread pg_available_wal_summaries
  pg_blocking_pids pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery
  pg_control_system pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
  pg_database_collation_actual_version pg_database_size pg_export_snapshot pg_get_aios
  pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data
  pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state
  pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_indexes_size pg_is_in_recovery
  pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact
  pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status
  pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size
  pg_replication_origin_progress pg_replication_origin_session_is_setup pg_replication_origin_session_progress
  pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_replication_origin_status pg_sleep pg_sleep_for
  pg_sleep_until pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_get_backend_io
  pg_stat_get_backend_wal pg_stat_get_io pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched
  pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time
  pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted
  pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
  pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
  pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size pg_wal_summary_contents
  pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status random random_normal setseed timeofday
  txid_status uuidv4 uuidv7`;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const EFFECT_OF_BUILTIN: ReadonlyMap<string, Effect> = new Map(
  NAMES_BY_EFFECT.flatMap(({ effect, names }) =>
    words(names).map((name): [string, Effect] => [name, effect]),
  ),
);
const HARMLESS: ReadonlySet<string> = new Set(words(HARMLESS_VOLATILE));

/** The names that were judged, for the test that compares them with the server's own list. */
export const JUDGED_FUNCTIONS: ReadonlySet<string> = new Set([...EFFECT_OF_BUILTIN.keys(), ...HARMLESS]);

/** The schemas whose functions and relations belong to the server. */
export type ServerSchema = 'pg_catalog' | 'information_schema';

/** True when PostgreSQL ships a function of that name in that schema. */
export function isBuiltin(schema: ServerSchema, name: string): boolean {
  return schema === 'pg_catalog' ? BUILTIN_FUNCTIONS.has(name) : INFORMATION_SCHEMA_FUNCTIONS.has(name);
}

/** What calling a function of `pg_catalog` does; null when it only computes or when there is no such function. */
export function effectOfBuiltin(name: string): Effect | null {
  const effect = EFFECT_OF_BUILTIN.get(name);
  if (effect !== undefined) return effect;
  return VOLATILE_FUNCTIONS.has(name) && !HARMLESS.has(name) ? 'unknown' : null;
}
