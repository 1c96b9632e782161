/**
 * The table from a kind of parse-tree node to what it does. A kind that is in neither list has an unknown
 * effect: a statement that a later PostgreSQL adds is refused until it has a line here. Kinds whose effect
 * depends on their fields have a reader in `walk.ts`.
 */
import type { Effect } from '../../../core/statement.ts';

const KINDS_BY_EFFECTS: readonly { readonly effects: readonly Effect[]; readonly kinds: string }[] = [
  {
    effects: ['session'],
    kinds: `VariableShowStmt DiscardStmt PrepareStmt ExecuteStmt DeallocateStmt DeclareCursorStmt FetchStmt
      ClosePortalStmt`,
  },
  { effects: ['transaction'], kinds: 'ConstraintsSetStmt' },
  { effects: ['listen'], kinds: 'ListenStmt UnlistenStmt NotifyStmt' },
  { effects: ['lock'], kinds: 'LockStmt' },
  {
    effects: ['maintenance'],
    kinds: 'VacuumStmt ClusterStmt ReindexStmt CheckPointStmt RefreshMatViewStmt',
  },
  {
    effects: ['create'],
    kinds: `CreateStmt CreateTableAsStmt CreateSchemaStmt ViewStmt
      IndexStmt CreateStatsStmt CreateSeqStmt CreateDomainStmt CompositeTypeStmt CreateEnumStmt CreateRangeStmt
      DefineStmt CreateFunctionStmt CreateTrigStmt RuleStmt CreateAmStmt
      CreateOpClassStmt CreateOpFamilyStmt CreateConversionStmt CreateCastStmt CreateTransformStmt CreatedbStmt`,
  },
  {
    effects: ['alter'],
    kinds: `AlterTableStmt AlterDomainStmt AlterEnumStmt AlterTypeStmt AlterFunctionStmt AlterSeqStmt
      AlterStatsStmt AlterCollationStmt AlterOpFamilyStmt AlterOperatorStmt AlterObjectDependsStmt
      AlterObjectSchemaStmt AlterEventTrigStmt AlterTSDictionaryStmt AlterTSConfigurationStmt
      AlterTableSpaceOptionsStmt AlterTableMoveAllStmt AlterDatabaseStmt AlterDatabaseRefreshCollStmt RenameStmt
      CommentStmt`,
  },
  {
    // What another server, a library or everybody's DDL is reached by.
    effects: ['create', 'role-admin'],
    kinds: 'CreateForeignTableStmt ImportForeignSchemaStmt CreatePLangStmt CreateEventTrigStmt',
  },
  { effects: ['do'], kinds: 'DoStmt' },
  { effects: ['truncate'], kinds: 'TruncateStmt' },
  { effects: ['drop'], kinds: 'DropStmt DropdbStmt DropTableSpaceStmt' },
  {
    // Whoever decides what others may see or own hands out privileges, by whatever verb.
    effects: ['grant'],
    kinds: `GrantStmt AlterDefaultPrivilegesStmt AlterOwnerStmt CreatePolicyStmt AlterPolicyStmt SecLabelStmt`,
  },
  { effects: ['grant', 'role-admin'], kinds: 'GrantRoleStmt ReassignOwnedStmt' },
  { effects: ['drop', 'role-admin'], kinds: 'DropOwnedStmt' },
  {
    // Roles and their settings, code from extensions, and connections from the server to elsewhere.
    effects: ['role-admin'],
    kinds: `CreateRoleStmt AlterRoleStmt AlterRoleSetStmt DropRoleStmt AlterSystemStmt AlterDatabaseSetStmt
      CreateExtensionStmt AlterExtensionStmt AlterExtensionContentsStmt CreateFdwStmt AlterFdwStmt
      CreateForeignServerStmt AlterForeignServerStmt CreateUserMappingStmt AlterUserMappingStmt
      DropUserMappingStmt CreatePublicationStmt AlterPublicationStmt CreateSubscriptionStmt
      AlterSubscriptionStmt DropSubscriptionStmt`,
  },
  { effects: ['server-file'], kinds: 'LoadStmt CreateTableSpaceStmt' },
];

/** Nodes that do nothing of their own: what is below them counts. */
const PASSIVE_KINDS = `
  String Integer Float Boolean BitString List A_Const A_Star A_Expr A_Indices A_ArrayExpr ParamRef ColumnRef
  A_Indirection TypeCast TypeName CollateClause BoolExpr NullTest BooleanTest CaseExpr CaseWhen CoalesceExpr
  MinMaxExpr RowExpr GroupingFunc GroupingSet SubLink SetToDefault CurrentOfExpr MultiAssignRef NamedArgExpr
  SQLValueFunction MergeSupportFunc XmlExpr XmlSerialize JsonFormat JsonReturning JsonValueExpr JsonOutput
  JsonArgument JsonFuncExpr JsonBehavior JsonIsPredicate JsonTable JsonTableColumn JsonTablePathSpec JsonKeyValue
  JsonParseExpr JsonScalarExpr JsonSerializeExpr JsonObjectConstructor JsonArrayConstructor
  JsonArrayQueryConstructor JsonAggConstructor JsonObjectAgg JsonArrayAgg
  ResTarget SortBy WindowDef WithClause CommonTableExpr CTESearchClause CTECycleClause ReturningClause
  ReturningOption JoinExpr RangeSubselect RangeFunction RangeTableFunc RangeTableFuncCol RangeTableSample Alias
  IntoClause OnConflictClause InferClause IndexElem LockingClause MergeWhenClause
  DefElem RoleSpec AccessPriv ObjectWithArgs FunctionParameter ColumnDef Constraint TableLikeClause
  PartitionSpec PartitionElem PartitionBoundSpec PartitionRangeDatum PartitionCmd AlterTableCmd ATAlterConstraint
  ReplicaIdentityStmt StatsElem TriggerTransition CreateOpClassItem VacuumRelation PublicationObjSpec
  PublicationTable ReturnStmt PLAssignStmt`;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const NONE: readonly Effect[] = [];
const EFFECTS_OF_KIND: ReadonlyMap<string, readonly Effect[]> = new Map([
  ...words(PASSIVE_KINDS).map((kind): [string, readonly Effect[]] => [kind, NONE]),
  ...KINDS_BY_EFFECTS.flatMap(({ effects, kinds }) =>
    words(kinds).map((kind): [string, readonly Effect[]] => [kind, effects]),
  ),
]);

const UNKNOWN: readonly Effect[] = ['unknown'];

/** What a node of this kind does by itself; unknown for kinds that nobody has judged. */
export function effectsOfKind(kind: string): readonly Effect[] {
  return EFFECTS_OF_KIND.get(kind) ?? UNKNOWN;
}

/** Everything that can be dropped and is read or written by name. */
export const DROPPED_RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
  'OBJECT_INDEX',
]);

/** Sub-commands of ALTER TABLE that do more than alter. */
export const EFFECT_OF_ALTER_TABLE: ReadonlyMap<string, Effect> = new Map([
  ['AT_DropColumn', 'drop'],
  ['AT_ChangeOwner', 'grant'],
  ['AT_EnableRowSecurity', 'grant'],
  ['AT_DisableRowSecurity', 'grant'],
  ['AT_ForceRowSecurity', 'grant'],
  ['AT_NoForceRowSecurity', 'grant'],
  ['AT_GenericOptions', 'role-admin'],
]);
