/**
 * Reading the parser's output without trusting its shape: everything is `unknown` until one of these
 * functions has looked. Nothing is copied, so walking a tree costs little more than its lookups.
 */
import { BARE_FIELDS } from './bare-fields.ts';

/** One node of a parse tree. */
export interface TreeNode {
  /** PostgreSQL's name of the node, such as `SelectStmt`; empty when it cannot be told. */
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const NO_NODES: readonly TreeNode[] = [];

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const UPPER_A = 65;
const UPPER_Z = 90;

/** The node in a value of the form `{"Kind": {…}}`; null when the value is something else. */
export function namedNode(value: unknown): TreeNode | null {
  if (!isObject(value)) return null;
  let kind = '';
  for (const key in value) {
    if (kind !== '') return null;
    kind = key;
  }
  const first = kind.charCodeAt(0);
  if (!(first >= UPPER_A && first <= UPPER_Z)) return null;
  const fields = value[kind];
  return isObject(fields) ? { kind, fields } : null;
}

function nodeIn(parent: TreeNode, field: string, value: unknown): TreeNode | null {
  const named = namedNode(value);
  if (named !== null) return named;
  if (!isObject(value)) return null;
  return { kind: BARE_FIELDS.get(parent.kind)?.get(field) ?? '', fields: value };
}

/** The node in a field; null when the field is absent. */
export function childOf(node: TreeNode, field: string): TreeNode | null {
  return nodeIn(node, field, node.fields[field]);
}

/** The nodes of a list in a field; absent elements are left out. */
export function listOf(node: TreeNode, field: string): readonly TreeNode[] {
  const value = node.fields[field];
  if (!Array.isArray(value)) return NO_NODES;
  const nodes: TreeNode[] = [];
  for (const item of value) {
    const child = nodeIn(node, field, item);
    // The parser writes an absent element of a list as an empty object.
    if (child !== null && (child.kind !== '' || Object.keys(child.fields).length > 0)) nodes.push(child);
  }
  return nodes;
}

export interface ParsedStatement {
  /** Null when the parser answered in a form that is not understood. */
  readonly tree: TreeNode | null;
  /** Without the semicolon and the space around it. */
  readonly text: string;
}

/** The statements of a parsed text; null when the answer has another form. The parser counts in bytes of UTF-8. */
export function statementsOf(parsed: unknown, text: string): readonly ParsedStatement[] | null {
  if (!isObject(parsed) || !Array.isArray(parsed['stmts'])) return null;
  const raws = parsed['stmts'].filter(isObject);
  const bytes = raws.length > 1 ? Buffer.from(text, 'utf8') : null;
  return raws.map((raw) => ({
    tree: namedNode(raw['stmt']),
    text: bytes === null ? text.trim() : cut(bytes, raw),
  }));
}

function cut(bytes: Buffer, raw: Readonly<Record<string, unknown>>): string {
  const start = typeof raw['stmt_location'] === 'number' ? raw['stmt_location'] : 0;
  const length = typeof raw['stmt_len'] === 'number' ? raw['stmt_len'] : 0;
  return bytes.toString('utf8', start, length === 0 ? bytes.length : start + length).trim();
}

/** True for constants and names: most of a large statement, and nothing is below them. */
export function isLeaf(node: TreeNode): boolean {
  return node.kind === 'A_Const' || node.kind === 'String';
}

/** Every node directly below, in the order of the fields. */
export function childrenOf(node: TreeNode): readonly TreeNode[] {
  if (isLeaf(node)) return NO_NODES;
  const children: TreeNode[] = [];
  for (const field in node.fields) {
    const value = node.fields[field];
    if (Array.isArray(value)) {
      for (const item of listOf(node, field)) children.push(item);
    } else if (isObject(value)) {
      const child = nodeIn(node, field, value);
      if (child !== null) children.push(child);
    }
  }
  return children;
}

/** A text field; null when it is absent, as PostgreSQL has it. */
export function textOf(node: TreeNode, field: string): string | null {
  const value = node.fields[field];
  return typeof value === 'string' ? value : null;
}

export function numberOf(node: TreeNode, field: string): number | null {
  const value = node.fields[field];
  return typeof value === 'number' ? value : null;
}

/** A boolean field; the parser leaves out those that are false. */
export function flagOf(node: TreeNode, field: string): boolean {
  return node.fields[field] === true;
}

/** The text of a `String` node. */
export function stringOf(node: TreeNode): string | null {
  return node.kind === 'String' ? (textOf(node, 'sval') ?? '') : null;
}

/** A dotted name that the parser gives as a list of `String` nodes; other nodes in it are left out. */
export function nameParts(node: TreeNode, field: string): readonly string[] {
  return listOf(node, field)
    .map(stringOf)
    .filter((part) => part !== null);
}

/** A literal: its kind and its text. Null for NULL and for anything that is not a constant. */
export function constantText(node: TreeNode | null): string | null {
  if (node === null) return null;
  if (node.kind === 'String') return stringOf(node);
  if (node.kind === 'Boolean') return String(node.fields['boolval'] === true);
  if (node.kind === 'Integer') return String(numberOf(node, 'ival') ?? 0);
  if (node.kind === 'TypeCast') return constantText(childOf(node, 'arg'));
  if (node.kind !== 'A_Const') return null;
  const { sval, ival, fval, boolval, isnull } = node.fields;
  if (isnull === true) return null;
  // Zero, false and the empty text are written as an empty object.
  if (isObject(sval)) return typeof sval['sval'] === 'string' ? sval['sval'] : '';
  if (isObject(ival)) return String(typeof ival['ival'] === 'number' ? ival['ival'] : 0);
  if (isObject(fval)) return typeof fval['fval'] === 'string' ? fval['fval'] : '0';
  if (isObject(boolval)) return String(boolval['boolval'] === true);
  return null;
}

/** True when two trees say the same, wherever in the text they stand. */
export function sameTree(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameTree(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const keysOf = (value: object): string[] => Object.keys(value).filter((key) => key !== 'location');
  const keys = keysOf(left);
  return keys.length === keysOf(right).length && keys.every((key) => sameTree(left[key], right[key]));
}
