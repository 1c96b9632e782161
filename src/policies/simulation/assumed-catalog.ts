/**
 * What a statement lets one assume of the target's catalog, for judging masks where no target is at hand: the
 * relations it names have the columns that it names, that its result had and that the masks name. Views, partitions
 * and functions are not followed.
 */
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import { nameParts, textOf } from '../analyzers/sql/tree.ts';
import type { Mask } from '../document/schema.ts';
import type { CatalogRelation } from '../masks/plan.ts';
import { nodesOf } from '../masks/ranges.ts';
import { matchesPattern } from '../rules/name-pattern.ts';

const DEFAULT_SCHEMA = 'public';
const COLUMNS_MAX = 1_000;

interface ColumnPattern {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** @param input.resultColumns names in the recorded result, empty when there was none */
export function assumedCatalog(input: {
  readonly statements: readonly SqlStatement[];
  readonly masks: readonly Mask[];
  readonly resultColumns: readonly string[];
}): CatalogRelation[] {
  const patterns = input.masks.flatMap(({ columns }) => (columns ?? []).map(patternOf));
  const mentioned = [...input.resultColumns, ...input.statements.flatMap(columnNames)];
  const named = new Map<string, { schema: string; name: string }>();
  for (const { schema, name } of input.statements.flatMap(({ relations }) => relations)) {
    for (const one of schema === null ? schemasOf(patterns, name) : [schema]) {
      named.set(JSON.stringify([one, name]), { schema: one, name });
    }
  }
  return [...named.values()].map(({ schema, name }, index) => {
    const masked = patterns.filter((pattern) => matchesTable(pattern, { schema, name }));
    const exact = masked.map(({ column }) => column).filter((column) => !column.includes('*'));
    const columns = [...new Set([...exact, ...mentioned])].slice(0, COLUMNS_MAX);
    return {
      oid: index + 1,
      schema,
      name,
      columns: columns.map((column, position) => ({ attnum: position + 1, name: column })),
      readsFrom: [],
    };
  });
}

function patternOf(text: string): ColumnPattern {
  const [schema = '', table = '', column = ''] = text.split('.');
  return { schema, table, column };
}

/** A name without schema may be in any that a mask names for it. */
function schemasOf(patterns: readonly ColumnPattern[], name: string): readonly string[] {
  const schemas = patterns
    .filter(({ schema, table }) => !schema.includes('*') && matchesPattern({ pattern: table, text: name }))
    .map(({ schema }) => schema);
  return schemas.length === 0 ? [DEFAULT_SCHEMA] : [...new Set(schemas)];
}

function matchesTable(pattern: ColumnPattern, { schema, name }: { schema: string; name: string }): boolean {
  return (
    matchesPattern({ pattern: pattern.schema, text: schema }) &&
    matchesPattern({ pattern: pattern.table, text: name })
  );
}

function columnNames({ tree }: SqlStatement): string[] {
  if (tree === null) return [];
  const names: string[] = [];
  for (const node of nodesOf(tree)) {
    if (node.kind === 'ColumnRef') names.push(nameParts(node, 'fields').at(-1) ?? '');
    else if (node.kind === 'ResTarget') names.push(textOf(node, 'name') ?? '');
  }
  return names.filter((name) => name !== '' && name !== '*');
}
