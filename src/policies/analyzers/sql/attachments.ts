/**
 * Statements that tie a function to something else: a trigger, a cast, an operator, a type, an aggregate, another
 * name. It runs when that is used, without its own name being written again.
 */
import { childOf, listOf, nameParts, numberOf, type TreeNode, textOf } from './tree.ts';

type FunctionsOf = (node: TreeNode) => readonly (readonly string[])[];

function inList(field: string): FunctionsOf {
  return (node) => [nameParts(node, field)];
}

function inObject(field: string): FunctionsOf {
  return (node) => {
    const named = childOf(node, field);
    return named === null ? [] : [nameParts(named, 'objname')];
  };
}

const FUNCTION_KINDS: ReadonlySet<string> = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
]);

/** A function under a name or in a schema where a role may call it. */
function renamed(typeField: string): FunctionsOf {
  return (node) => (FUNCTION_KINDS.has(textOf(node, typeField) ?? '') ? inObject('object')(node) : []);
}

const DEFINED_KINDS: ReadonlySet<string> = new Set(['OBJECT_AGGREGATE', 'OBJECT_OPERATOR', 'OBJECT_TYPE']);

/** Options of CREATE AGGREGATE, OPERATOR and TYPE that name a function; the others name types or give values. */
const FUNCTION_OPTIONS: ReadonlySet<string> = new Set(
  `function procedure restrict join sfunc sfunc1 finalfunc combinefunc serialfunc deserialfunc msfunc minvfunc
  mfinalfunc input output receive send typmod_in typmod_out analyze subscript`.split(/\s+/),
);

function inDefinition(node: TreeNode): readonly (readonly string[])[] {
  if (!DEFINED_KINDS.has(textOf(node, 'kind') ?? '')) return [];
  return listOf(node, 'definition').flatMap((option) => {
    const isFunction = FUNCTION_OPTIONS.has(textOf(option, 'defname')?.toLowerCase() ?? '');
    const value = isFunction ? childOf(option, 'arg') : null;
    return value?.kind === 'TypeName' ? [nameParts(value, 'names')] : [];
  });
}

/** OPCLASS_ITEM_FUNCTION; the others are operators and types. */
const FUNCTION_ITEM = 2;

const FUNCTIONS_OF_KIND: ReadonlyMap<string, FunctionsOf> = new Map([
  ['CreateTrigStmt', inList('funcname')],
  ['CreateEventTrigStmt', inList('funcname')],
  ['CreateConversionStmt', inList('func_name')],
  ['CreateCastStmt', inObject('func')],
  [
    'CreateOpClassItem',
    (node) => (numberOf(node, 'itemtype') === FUNCTION_ITEM ? inObject('name')(node) : []),
  ],
  ['DefineStmt', inDefinition],
  ['RenameStmt', renamed('renameType')],
  ['AlterObjectSchemaStmt', renamed('objectType')],
]);

export const ATTACHING_KINDS: readonly string[] = [...FUNCTIONS_OF_KIND.keys()];

/** The dotted names of the functions that a node of one of these kinds ties to something. */
export function attachedFunctions(node: TreeNode): readonly (readonly string[])[] {
  return (FUNCTIONS_OF_KIND.get(node.kind)?.(node) ?? []).filter((parts) => parts.length > 0);
}
