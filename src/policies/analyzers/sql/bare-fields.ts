/**
 * Where the parser writes a node without naming its kind. Most nodes come as `{"SelectStmt": {…}}`; a field
 * whose type is fixed in the grammar comes bare, and its kind follows from the field. Taken from the
 * types that the parser publishes. A bare object that is not listed has no known kind, and so an unknown effect.
 */
const BARE_FIELDS_TEXT = `
RangeVar: alias=Alias
IntoClause: rel=RangeVar
JsonValueExpr: format=JsonFormat
JsonIsPredicate: format=JsonFormat
JoinExpr: join_using_alias=Alias alias=Alias
TypeCast: typeName=TypeName
FuncCall: over=WindowDef
RangeSubselect: alias=Alias
RangeFunction: alias=Alias
RangeTableFunc: alias=Alias
RangeTableFuncCol: typeName=TypeName
ColumnDef: typeName=TypeName identitySequence=RangeVar collClause=CollateClause
TableLikeClause: relation=RangeVar
XmlSerialize: typeName=TypeName
PartitionCmd: name=RangeVar bound=PartitionBoundSpec
OnConflictClause: infer=InferClause
CommonTableExpr: search_clause=CTESearchClause cycle_clause=CTECycleClause
JsonOutput: typeName=TypeName returning=JsonReturning
JsonArgument: val=JsonValueExpr
JsonFuncExpr: context_item=JsonValueExpr output=JsonOutput on_empty=JsonBehavior on_error=JsonBehavior
JsonTable: context_item=JsonValueExpr pathspec=JsonTablePathSpec on_error=JsonBehavior alias=Alias
JsonTableColumn: typeName=TypeName pathspec=JsonTablePathSpec format=JsonFormat on_empty=JsonBehavior on_error=JsonBehavior
JsonKeyValue: value=JsonValueExpr
JsonParseExpr: expr=JsonValueExpr output=JsonOutput
JsonScalarExpr: output=JsonOutput
JsonSerializeExpr: expr=JsonValueExpr output=JsonOutput
JsonObjectConstructor: output=JsonOutput
JsonArrayConstructor: output=JsonOutput
JsonArrayQueryConstructor: output=JsonOutput format=JsonFormat
JsonAggConstructor: output=JsonOutput over=WindowDef
JsonObjectAgg: constructor=JsonAggConstructor arg=JsonKeyValue
JsonArrayAgg: constructor=JsonAggConstructor arg=JsonValueExpr
InsertStmt: relation=RangeVar onConflictClause=OnConflictClause returningClause=ReturningClause withClause=WithClause
DeleteStmt: relation=RangeVar returningClause=ReturningClause withClause=WithClause
UpdateStmt: relation=RangeVar returningClause=ReturningClause withClause=WithClause
MergeStmt: relation=RangeVar returningClause=ReturningClause withClause=WithClause
SelectStmt: intoClause=IntoClause withClause=WithClause larg=SelectStmt rarg=SelectStmt
PLAssignStmt: val=SelectStmt
CreateSchemaStmt: authrole=RoleSpec
AlterTableStmt: relation=RangeVar
AlterTableCmd: newowner=RoleSpec
GrantStmt: grantor=RoleSpec
GrantRoleStmt: grantor=RoleSpec
AlterDefaultPrivilegesStmt: action=GrantStmt
CopyStmt: relation=RangeVar
CreateStmt: relation=RangeVar partbound=PartitionBoundSpec partspec=PartitionSpec ofTypename=TypeName
Constraint: pktable=RangeVar
CreateTableSpaceStmt: owner=RoleSpec
CreateForeignTableStmt: base=CreateStmt
CreateUserMappingStmt: user=RoleSpec
AlterUserMappingStmt: user=RoleSpec
DropUserMappingStmt: user=RoleSpec
CreatePolicyStmt: table=RangeVar
AlterPolicyStmt: table=RangeVar
CreateTrigStmt: relation=RangeVar constrrel=RangeVar
AlterRoleStmt: role=RoleSpec
AlterRoleSetStmt: role=RoleSpec setstmt=VariableSetStmt
CreateSeqStmt: sequence=RangeVar
AlterSeqStmt: sequence=RangeVar
CreateDomainStmt: typeName=TypeName collClause=CollateClause
CreateOpClassStmt: datatype=TypeName
CreateOpClassItem: name=ObjectWithArgs storedtype=TypeName
IndexStmt: relation=RangeVar
CreateFunctionStmt: returnType=TypeName
FunctionParameter: argType=TypeName
AlterFunctionStmt: func=ObjectWithArgs
CallStmt: funccall=FuncCall
RenameStmt: relation=RangeVar
AlterObjectDependsStmt: relation=RangeVar extname=String
AlterObjectSchemaStmt: relation=RangeVar
AlterOwnerStmt: relation=RangeVar newowner=RoleSpec
AlterOperatorStmt: opername=ObjectWithArgs
RuleStmt: relation=RangeVar
CompositeTypeStmt: typevar=RangeVar
ViewStmt: view=RangeVar
AlterDatabaseSetStmt: setstmt=VariableSetStmt
AlterSystemStmt: setstmt=VariableSetStmt
ClusterStmt: relation=RangeVar
VacuumRelation: relation=RangeVar
CreateTableAsStmt: into=IntoClause
RefreshMatViewStmt: relation=RangeVar
ReindexStmt: relation=RangeVar
CreateCastStmt: sourcetype=TypeName targettype=TypeName func=ObjectWithArgs
CreateTransformStmt: type_name=TypeName fromsql=ObjectWithArgs tosql=ObjectWithArgs
ReassignOwnedStmt: newrole=RoleSpec
PublicationTable: relation=RangeVar
PublicationObjSpec: pubtable=PublicationTable
`;

function parseBareFields(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const kinds = new Map<string, ReadonlyMap<string, string>>();
  for (const line of text.trim().split('\n')) {
    const [kind = '', fields = ''] = line.split(': ');
    const entries = fields.split(' ').map((entry): [string, string] => {
      const [field = '', fieldKind = ''] = entry.split('=');
      return [field, fieldKind];
    });
    kinds.set(kind, new Map(entries));
  }
  return kinds;
}

/** Kind of the parent -> field -> kind of the bare object in it. */
export const BARE_FIELDS = parseBareFields(BARE_FIELDS_TEXT);
