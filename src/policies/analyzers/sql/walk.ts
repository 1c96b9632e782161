/**
 * Walks one statement and collects its effects, wherever they hide. The order is always the same: a kind's own
 * effects from the table, then its reader if it has one, which decides how to go on; without a reader every
 * node below is walked. Nothing is skipped because of where it stands.
 */
import type { Effect } from '../../../core/statement.ts';
import { ATTACHING_KINDS, attachedFunctions } from './attachments.ts';
import { addNamedCall, addOperator, addSelectedName, addUnknownCall, addUserCall } from './calls.ts';
import { effectOfServerRelation, readsHarmlessSubscriptions } from './catalog-effects.ts';
import type { DatabaseFacts } from './database-facts.ts';
import type { Findings } from './findings.ts';
import { changesGrantLogin, LOGIN_KINDS } from './grant-logins.ts';
import { isMissing, mergesUnbounded } from './missing-where.ts';
import { DROPPED_RELATIONS, EFFECT_OF_ALTER_TABLE, effectsOfKind } from './node-effects.ts';
import { parseSql } from './parser.ts';
import type { RoutinePart } from './plpgsql.ts';
import { lendsPrivileges, routineBody } from './routines.ts';
import { effectOfSetConfig, effectOfSetStatement, explainRuns, settingFixedByCondition } from './settings.ts';
import {
  childOf,
  childrenOf,
  flagOf,
  isLeaf,
  listOf,
  nameParts,
  statementsOf,
  stringOf,
  type TreeNode,
  textOf,
} from './tree.ts';

const TREE_DEPTH_MAX = 1_000;
/** Common table expressions in one WITH. Each sees those before it, so their number counts squared. */
const EXPRESSIONS_MAX = 500;
/** Code in code: a DO in a function in an EXECUTE. */
const ROUTINE_DEPTH_MAX = 5;

interface Walk {
  readonly findings: Findings;
  readonly facts: DatabaseFacts;
  /** Names that mean a common table expression here, not a relation. */
  readonly expressions: ReadonlySet<string>;
  /** What naming a relation here amounts to. */
  readonly access: 'read' | 'write';
  /** Inside a plain EXPLAIN: the statement is planned, which runs functions, but not executed. */
  readonly planned: boolean;
  /** What the column `name` of pg_settings is limited to here; null when it could be anything. */
  readonly setting: string | null;
  readonly depth: number;
  /** The text of the statement, or of the routine's part, that this node belongs to. */
  readonly source: string;
  readonly routineDepth: number;
}

const OUTERMOST = {
  expressions: new Set<string>(),
  access: 'write',
  planned: false,
  setting: null,
  depth: 0,
} as const;

type Reader = (node: TreeNode, walk: Walk) => void;

/** Walks a statement whose text is `source`; `findings` is where everything goes. */
export function walkStatement(
  node: TreeNode,
  options: { findings: Findings; facts: DatabaseFacts; source: string },
): void {
  visit(node, { ...options, ...OUTERMOST, routineDepth: 0 });
}

function visit(node: TreeNode, outer: Walk): void {
  if (isLeaf(node)) return;
  if (outer.depth >= TREE_DEPTH_MAX) {
    outer.findings.addEffects(['unknown']);
    return;
  }
  const walk = { ...outer, depth: outer.depth + 1 };
  const reader = READERS.get(node.kind);
  if (reader !== undefined) {
    reader(node, walk);
    return;
  }
  addStatementEffects(effectsOfKind(node.kind), walk);
  visitAll(childrenOf(node), walk);
}

function visitAll(nodes: Iterable<TreeNode>, walk: Walk): void {
  for (const node of nodes) visit(node, walk);
}

function visitFields(node: TreeNode, fields: readonly string[], walk: Walk): void {
  for (const field of fields) {
    const child = childOf(node, field);
    if (child !== null) visit(child, walk);
    visitAll(listOf(node, field), walk);
  }
}

function visitAllBut(node: TreeNode, done: readonly string[], walk: Walk): void {
  visitFields(
    node,
    Object.keys(node.fields).filter((field) => !done.includes(field)),
    walk,
  );
}

/** A plain EXPLAIN plans a statement, so of what it would do only reading the plan is left. */
function addStatementEffects(effects: readonly Effect[], walk: Walk): void {
  if (!walk.planned || effects.includes('unknown')) {
    walk.findings.addEffects(effects);
  } else if (effects.length > 0) {
    walk.findings.addEffects(['select']);
  }
}

function addRelation(relation: { schema: string | null; name: string }, walk: Walk): void {
  const access = walk.planned ? 'read' : walk.access;
  walk.findings.addRelation({ ...relation, access });
  const effect = effectOfServerRelation({ ...relation, access });
  if (effect !== null) walk.findings.addEffects([effect]);
}

function readRangeVar(node: TreeNode, walk: Walk): void {
  const schema = textOf(node, 'schemaname');
  const name = textOf(node, 'relname') ?? '';
  if (schema === null && walk.access === 'read' && walk.expressions.has(name)) return;
  addRelation({ schema, name }, walk);
}

/**
 * Walks the WITH clause and returns the walk of the statement that it belongs to. Without RECURSIVE an
 * expression sees only those before it, so `WITH orders AS (SELECT * FROM orders)` reads the table.
 */
function enterWith(node: TreeNode, walk: Walk): Walk {
  const clause = childOf(node, 'withClause');
  if (clause === null) return walk;
  const expressions = listOf(clause, 'ctes');
  if (expressions.length > EXPRESSIONS_MAX) {
    walk.findings.addEffects(['unknown']);
    return walk;
  }
  const names = expressions.map((expression) => textOf(expression, 'ctename') ?? '');
  const visible = new Set(walk.expressions);
  if (flagOf(clause, 'recursive')) for (const name of names) visible.add(name);
  expressions.forEach((expression, index) => {
    visit(expression, { ...walk, access: 'read', expressions: new Set(visible) });
    visible.add(names[index] ?? '');
  });
  return { ...walk, expressions: visible };
}

function readSelect(node: TreeNode, outer: Walk): void {
  const setting = outer.expressions.has('pg_settings') ? null : settingFixedByCondition(node);
  const walk = { ...enterWith(node, { ...outer, access: 'read' }), setting };
  addStatementEffects(['select'], walk);
  const into = childOf(node, 'intoClause');
  if (into !== null) {
    addStatementEffects(['create'], walk);
    visit(into, { ...walk, access: 'write' });
  }
  if (listOf(node, 'lockingClause').length > 0) addStatementEffects(['lock'], walk);
  const done = ['withClause', 'intoClause', 'lockingClause'];
  if (!walk.expressions.has('pg_subscription') && readsHarmlessSubscriptions(node)) {
    walk.findings.addRelation({ schema: null, name: 'pg_subscription', access: 'read' });
    done.push('fromClause');
  }
  visitAllBut(node, done, walk);
}

function readInsert(node: TreeNode, outer: Walk): void {
  const walk = enterWith(node, { ...outer, access: 'read' });
  addStatementEffects(['insert'], walk);
  visitFields(node, ['relation'], { ...walk, access: 'write' });
  const conflict = childOf(node, 'onConflictClause');
  if (conflict !== null && textOf(conflict, 'action') === 'ONCONFLICT_UPDATE')
    addStatementEffects(['update'], walk);
  const source = childOf(node, 'selectStmt');
  if (source !== null && listOf(source, 'valuesLists').length > 0) {
    // VALUES reads nothing by itself, so INSERT … VALUES is an insert and nothing else.
    visitAllBut(source, ['withClause'], enterWith(source, walk));
  } else if (source !== null) {
    visit(source, walk);
  }
  visitAllBut(node, ['withClause', 'relation', 'selectStmt'], walk);
}

function changeReader(effect: 'update' | 'delete'): Reader {
  return (node, outer) => {
    const walk = enterWith(node, { ...outer, access: 'read' });
    addStatementEffects([effect], walk);
    if (isMissing(node, childOf(node, 'whereClause')) && !walk.planned)
      walk.findings.addFlag('missing-where');
    visitFields(node, ['relation'], { ...walk, access: 'write' });
    visitAllBut(node, ['withClause', 'relation'], walk);
  };
}

const EFFECT_OF_MERGE_ACTION: ReadonlyMap<string, Effect> = new Map([
  ['CMD_INSERT', 'insert'],
  ['CMD_UPDATE', 'update'],
  ['CMD_DELETE', 'delete'],
]);

function readMerge(node: TreeNode, outer: Walk): void {
  const walk = enterWith(node, { ...outer, access: 'read' });
  const clauses = listOf(node, 'mergeWhenClauses');
  const actions = clauses.map((clause) => EFFECT_OF_MERGE_ACTION.get(textOf(clause, 'commandType') ?? ''));
  addStatementEffects(['merge', ...actions.filter((effect) => effect !== undefined)], walk);
  if (mergesUnbounded(node) && !walk.planned) walk.findings.addFlag('missing-where');
  visitFields(node, ['relation'], { ...walk, access: 'write' });
  visitAllBut(node, ['withClause', 'relation'], walk);
}

function readCopy(node: TreeNode, walk: Walk): void {
  const effects: Effect[] = flagOf(node, 'is_from') ? ['copy-in', 'insert'] : ['copy-out', 'select'];
  if (flagOf(node, 'is_program')) effects.push('copy-program');
  else if (textOf(node, 'filename') !== null) effects.push('server-file');
  addStatementEffects(effects, walk);
  visitAllBut(node, [], { ...walk, access: flagOf(node, 'is_from') ? 'write' : 'read' });
}

function readExplain(node: TreeNode, walk: Walk): void {
  const planned = walk.planned || !explainRuns(node);
  if (planned) {
    walk.findings.addFlag('explain-only');
    walk.findings.addEffects(['select']);
  }
  visitAllBut(node, [], { ...walk, planned });
}

function readTransaction(node: TreeNode, walk: Walk): void {
  const kind = textOf(node, 'kind') ?? '';
  // A prepared transaction outlives the session, and so the grant, and anybody may commit it.
  const twoPhase = /PREPARE/.test(kind);
  addStatementEffects([twoPhase ? 'role-admin' : 'transaction'], walk);
  visitAllBut(node, [], walk);
}

function readSet(node: TreeNode, walk: Walk): void {
  addStatementEffects([effectOfSetStatement(node, walk.facts)], walk);
  visitAllBut(node, [], walk);
}

function readDrop(node: TreeNode, walk: Walk): void {
  addStatementEffects(['drop'], walk);
  if (!DROPPED_RELATIONS.has(textOf(node, 'removeType') ?? '')) return;
  for (const object of listOf(node, 'objects')) {
    const parts = nameParts(object, 'items');
    addRelation({ schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' }, walk);
  }
}

function readAlterTableCommand(node: TreeNode, walk: Walk): void {
  const effect = EFFECT_OF_ALTER_TABLE.get(textOf(node, 'subtype') ?? '');
  addStatementEffects(effect === undefined ? ['alter'] : ['alter', effect], walk);
  visitAllBut(node, [], walk);
}

function readMaintenanceOfReads(node: TreeNode, walk: Walk): void {
  addStatementEffects(effectsOfKind(node.kind), walk);
  visitAllBut(node, [], { ...walk, access: 'read' });
}

function readCall(node: TreeNode, walk: Walk): void {
  const parts = nameParts(node, 'funcname');
  // The grammar itself writes EXTRACT(… FROM …) and friends as calls into pg_catalog.
  const written = textOf(node, 'funcformat') === 'COERCE_SQL_SYNTAX' ? parts.slice(-1) : parts;
  walk.findings.addFunction(written.join('.'));
  addNamedCall(parts, walk);
  if (parts.at(-1) === 'set_config')
    walk.findings.addEffects([effectOfSetConfig(node, { ...walk.facts, fixed: walk.setting })]);
  visitAllBut(node, ['funcname'], walk);
}

/** CALL runs procedures, and PostgreSQL ships none. */
function readCallStatement(node: TreeNode, walk: Walk): void {
  const call = childOf(node, 'funccall');
  if (call === null) {
    addUnknownCall('call', walk);
    return;
  }
  const parts = nameParts(call, 'funcname');
  walk.findings.addFunction(parts.join('.'));
  addUserCall(parts, walk);
  visitAllBut(call, ['funcname'], walk);
}

function readColumn(node: TreeNode, walk: Walk): void {
  for (const field of listOf(node, 'fields').slice(1)) addSelectedName(stringOf(field), walk);
}

function readIndirection(node: TreeNode, walk: Walk): void {
  for (const selector of listOf(node, 'indirection')) addSelectedName(stringOf(selector), walk);
  visitAllBut(node, [], walk);
}

const NAMED_OPERATORS: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_OP_ANY', 'AEXPR_OP_ALL']);

function readExpression(node: TreeNode, walk: Walk): void {
  if (NAMED_OPERATORS.has(textOf(node, 'kind') ?? '')) addOperator(nameParts(node, 'name'), walk);
  visitAllBut(node, ['name'], walk);
}

function operatorReader(field: string): Reader {
  return (node, walk) => {
    addOperator(nameParts(node, field), walk);
    visitAllBut(node, [field], walk);
  };
}

function readSample(node: TreeNode, walk: Walk): void {
  const method = nameParts(node, 'method').at(-1) ?? '';
  if (method !== 'bernoulli' && method !== 'system') addUnknownCall(`tablesample ${method}`, walk);
  visitAllBut(node, ['method'], walk);
}

/** What is made here runs a function that exists, later and for whoever meets it. */
function readAttachment(node: TreeNode, walk: Walk): void {
  addStatementEffects(effectsOfKind(node.kind), walk);
  for (const parts of attachedFunctions(node)) {
    walk.findings.addFunction(parts.join('.'));
    addNamedCall(parts, walk);
  }
  visitAllBut(node, [], walk);
}

function readLogin(node: TreeNode, walk: Walk): void {
  if (changesGrantLogin(node)) walk.findings.changesGrantLogin = true;
  readAttachment(node, walk);
}

function readRoutine(node: TreeNode, walk: Walk): void {
  addStatementEffects(effectsOfKind(node.kind), walk);
  if (lendsPrivileges(listOf(node, 'options'))) addStatementEffects(['grant'], walk);
  const { effects, parts } = routineBody(node, walk.source);
  walk.findings.addEffects(effects);
  for (const part of parts) visitPart(part, walk);
  visitAllBut(node, [], walk);
}

function readAlterFunction(node: TreeNode, walk: Walk): void {
  addStatementEffects(effectsOfKind(node.kind), walk);
  if (lendsPrivileges(listOf(node, 'actions'))) addStatementEffects(['grant'], walk);
  visitAllBut(node, [], walk);
}

/** SQL within a routine is judged like any other: what it would do counts when the routine is made. */
function visitPart({ text, form }: RoutinePart, outer: Walk): void {
  const { findings, facts } = outer;
  const routineDepth = outer.routineDepth + 1;
  const statements = statementsOf(parseSql(form === 'expression' ? `SELECT ${text}` : text).tree, text);
  if (
    statements === null ||
    routineDepth > ROUTINE_DEPTH_MAX ||
    (form === 'expression' && statements.length !== 1)
  ) {
    findings.addEffects(['unknown']);
    return;
  }
  for (const { tree, text: source } of statements) {
    const walk: Walk = { findings, facts, source, routineDepth, ...OUTERMOST };
    if (tree === null) findings.addEffects(['unknown']);
    else if (onlyComputes(tree)) visitFields(tree, ['targetList'], { ...walk, access: 'read' });
    else visit(tree, walk);
  }
}

const COMPUTING_FIELDS: ReadonlySet<string> = new Set(['targetList', 'limitOption', 'op']);

/** `x := a + 1` and `PERFORM f()` are no select; what they call or select within counts by itself. */
function onlyComputes(tree: TreeNode): boolean {
  return tree.kind === 'SelectStmt' && Object.keys(tree.fields).every((field) => COMPUTING_FIELDS.has(field));
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['RangeVar', readRangeVar],
  ['SelectStmt', readSelect],
  ['InsertStmt', readInsert],
  ['UpdateStmt', changeReader('update')],
  ['DeleteStmt', changeReader('delete')],
  ['MergeStmt', readMerge],
  ['CopyStmt', readCopy],
  ['ExplainStmt', readExplain],
  ['TransactionStmt', readTransaction],
  ['VariableSetStmt', readSet],
  ['DropStmt', readDrop],
  ['AlterTableCmd', readAlterTableCommand],
  ['LockStmt', readMaintenanceOfReads],
  ['VacuumStmt', readMaintenanceOfReads],
  ['FuncCall', readCall],
  ['CallStmt', readCallStatement],
  ['DoStmt', readRoutine],
  ['CreateFunctionStmt', readRoutine],
  ['AlterFunctionStmt', readAlterFunction],
  ...ATTACHING_KINDS.map((kind): [string, Reader] => [kind, readAttachment]),
  ...LOGIN_KINDS.map((kind): [string, Reader] => [kind, readLogin]),
  ['ColumnRef', readColumn],
  ['A_Indirection', readIndirection],
  ['A_Expr', readExpression],
  ['SubLink', operatorReader('operName')],
  ['SortBy', operatorReader('useOp')],
  ['RangeTableSample', readSample],
]);
