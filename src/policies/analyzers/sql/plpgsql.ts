/**
 * The SQL inside PL/pgSQL. The language's own parser takes a routine apart; what is left are texts, each either a
 * statement or an expression, that are analysed like any other. A text that is only made at run time (EXECUTE of
 * anything but a literal) cannot be analysed, nor can a kind of statement that has no line below.
 */
import { endOfToken } from './nesting.ts';
import { parsePlpgsql, parseSql } from './parser.ts';
import { childOf, constantText, isObject, listOf, namedNode, type TreeNode } from './tree.ts';

/** A piece of a routine that runs as SQL. */
export interface RoutinePart {
  readonly text: string;
  /** An expression is what could stand behind SELECT. */
  readonly form: 'statements' | 'expression';
}

export interface RoutineCode {
  /** What could be read of it. */
  readonly parts: readonly RoutinePart[];
  /** False when it runs more than that. */
  readonly isWhole: boolean;
}

export const UNREAD_ROUTINE: RoutineCode = { parts: [], isWhole: false };

/** More pieces than this are not a routine that a person wrote. */
const PARTS_MAX = 10_000;

/** Kinds that only hold others or compute; their expressions are found by themselves. */
const KINDS: ReadonlySet<string> = new Set(
  `PLpgSQL_function PLpgSQL_var PLpgSQL_row PLpgSQL_rec PLpgSQL_recfield PLpgSQL_type PLpgSQL_expr PLpgSQL_nsitem
  PLpgSQL_exception_block PLpgSQL_exception PLpgSQL_condition PLpgSQL_case_when PLpgSQL_if_elsif
  PLpgSQL_raise_option PLpgSQL_diag_item PLpgSQL_stmt_block PLpgSQL_stmt_assign PLpgSQL_stmt_if
  PLpgSQL_stmt_case PLpgSQL_stmt_loop PLpgSQL_stmt_while PLpgSQL_stmt_fori PLpgSQL_stmt_fors PLpgSQL_stmt_forc
  PLpgSQL_stmt_foreach_a PLpgSQL_stmt_exit PLpgSQL_stmt_return PLpgSQL_stmt_return_next
  PLpgSQL_stmt_return_query PLpgSQL_stmt_raise PLpgSQL_stmt_assert PLpgSQL_stmt_execsql PLpgSQL_stmt_dynexecute
  PLpgSQL_stmt_dynfors PLpgSQL_stmt_getdiag PLpgSQL_stmt_open PLpgSQL_stmt_fetch PLpgSQL_stmt_close
  PLpgSQL_stmt_perform PLpgSQL_stmt_call PLpgSQL_stmt_commit PLpgSQL_stmt_rollback`.split(/\s+/),
);

/** Their query is a text that is worked out and then run. */
const DYNAMIC_KINDS: ReadonlySet<string> = new Set(['PLpgSQL_stmt_dynexecute', 'PLpgSQL_stmt_dynfors']);

const ENDS_TRANSACTION: ReadonlySet<string> = new Set(['PLpgSQL_stmt_commit', 'PLpgSQL_stmt_rollback']);

/** How a text is to be read, by the parser's number for it (RawParseMode). Assignments are 3, 4 and 5. */
const PARSE_MODE = { statement: 0, expression: 2, assignments: [3, 4, 5] } as const;

/** The library takes `%ROWTYPE` for a scalar; a variable that is only named is a record to it. */
const ROW_TYPE = /([\w"])(\s*%\s*rowtype)(?=\s*(?:;|:=|=|default\b|not\b))/gi;

class Reading {
  readonly parts: RoutinePart[] = [];
  /** True when something will run that cannot be seen. */
  opaque = false;

  add(part: RoutinePart): void {
    if (this.parts.length >= PARTS_MAX) this.opaque = true;
    else this.parts.push(part);
  }
}

/**
 * What a routine runs.
 * @param statement the whole DO, CREATE FUNCTION or CREATE PROCEDURE
 */
export function readPlpgsql(statement: string): RoutineCode {
  let outcome = parsePlpgsql(statement);
  if (outcome.problem !== null) {
    // Blanked by as many spaces no token begins or ends elsewhere, so nothing else is read differently.
    const plain = statement.replace(
      ROW_TYPE,
      (_, before: string, type: string) => before + ' '.repeat(type.length),
    );
    if (plain !== statement) outcome = parsePlpgsql(plain);
  }
  if (outcome.problem !== null || !isObject(outcome.tree)) return UNREAD_ROUTINE;
  const routines = outcome.tree['plpgsql_funcs'];
  if (!Array.isArray(routines) || routines.length !== 1) return UNREAD_ROUTINE;
  const routine = namedNode(routines[0]);
  if (routine?.kind !== 'PLpgSQL_function' || childOf(routine, 'action')?.kind !== 'PLpgSQL_stmt_block')
    return UNREAD_ROUTINE;
  const reading = new Reading();
  readNode(routine, reading);
  return { parts: reading.parts, isWhole: !reading.opaque };
}

function readNode(node: TreeNode, reading: Reading): void {
  if (!KINDS.has(node.kind)) {
    reading.opaque = true;
  } else if (node.kind === 'PLpgSQL_expr') {
    readExpression(node, reading);
  } else if (ENDS_TRANSACTION.has(node.kind)) {
    reading.add({ text: 'COMMIT', form: 'statements' });
  } else {
    for (const [field, value] of Object.entries(node.fields)) {
      const runsItsValue = field === 'dynquery' || (field === 'query' && DYNAMIC_KINDS.has(node.kind));
      if (runsItsValue) readDynamic(childOf(node, field), reading);
      else readValue(value, reading);
    }
  }
}

/** A node, a list, or an object whose kind is not written because the field says it. */
function readValue(value: unknown, reading: Reading): void {
  if (Array.isArray(value)) {
    for (const item of value) readValue(item, reading);
  } else if (isObject(value)) {
    const node = namedNode(value);
    if (node !== null) readNode(node, reading);
    else for (const field of Object.values(value)) readValue(field, reading);
  }
}

function readExpression({ fields }: TreeNode, reading: Reading): void {
  const { query, parseMode } = fields;
  if (typeof query !== 'string') reading.opaque = true;
  else if (parseMode === PARSE_MODE.statement) reading.add({ text: query, form: 'statements' });
  else if (parseMode === PARSE_MODE.expression) reading.add({ text: query, form: 'expression' });
  else if (PARSE_MODE.assignments.some((mode) => mode === parseMode)) readAssignment(query, reading);
  else reading.opaque = true;
}

/** `target := value`. The target is an expression too: its subscripts may call functions. */
function readAssignment(query: string, reading: Reading): void {
  const at = endOfTarget(query);
  if (at === null) {
    reading.opaque = true;
    return;
  }
  reading.add({ text: query.slice(0, at.start), form: 'expression' });
  reading.add({ text: query.slice(at.end), form: 'expression' });
}

/** Where the first `:=` or `=` stands that is in no bracket, quotation or comment. */
function endOfTarget(query: string): { start: number; end: number } | null {
  let open = 0;
  for (let at = 0; at < query.length; at = endOfToken({ text: query, at })) {
    const character = query.charAt(at);
    if (character === '[' || character === '(') open += 1;
    else if (character === ']' || character === ')') open -= 1;
    else if (open === 0 && character === '=') return { start: at, end: at + 1 };
    else if (open === 0 && query.startsWith(':=', at)) return { start: at, end: at + 2 };
  }
  return null;
}

/** EXECUTE: a literal is known, anything else is made while it runs. */
function readDynamic(expression: TreeNode | null, reading: Reading): void {
  const query = expression?.kind === 'PLpgSQL_expr' ? expression.fields['query'] : null;
  const text = typeof query === 'string' ? literalIn(query) : null;
  if (text === null) reading.opaque = true;
  else reading.add({ text, form: 'statements' });
}

function literalIn(expression: string): string | null {
  const { tree } = parseSql(`SELECT ${expression}`);
  if (!isObject(tree) || !Array.isArray(tree['stmts']) || tree['stmts'].length !== 1) return null;
  const select = namedNode(isObject(tree['stmts'][0]) ? tree['stmts'][0]['stmt'] : null);
  const targets = select?.kind === 'SelectStmt' ? listOf(select, 'targetList') : [];
  const [target] = targets;
  if (select === null || target === undefined || targets.length !== 1) return null;
  const value = childOf(target, 'val');
  const alone = Object.keys(select.fields).every((field) =>
    ['targetList', 'limitOption', 'op'].includes(field),
  );
  return alone && value?.kind === 'A_Const' && isObject(value.fields['sval']) ? constantText(value) : null;
}
