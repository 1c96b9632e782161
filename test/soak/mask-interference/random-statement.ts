/** Writes whole random statements: queries and writes that read elsewhere, with or without WITH. */
import type { SeededRandom } from '../../../src/demo/shop/seeded-random.ts';
import { QueryWriter, type Source } from './query-writer.ts';
import { COLUMNS_OF } from './two-shops.ts';

type Kind = (writer: QueryWriter) => string;

const WRITABLE = ['staff', 'orders', 'customers'] as const;
const NAMED_QUERY_DEPTH = 1;
const QUERY_DEPTH = 2;

/** Queries are most of what there is to get wrong, so most statements are queries. */
const KINDS: readonly Kind[] = [
  ...Array.from<unknown, Kind>({ length: 8 }, () => (writer) => writer.query(QUERY_DEPTH).text),
  insertFromQuery,
  updateFromSource,
  deleteUsingSource,
  mergeFromSource,
];

/** The same for the same state of the random numbers. */
export function writeStatement(random: SeededRandom): string {
  const writer = new QueryWriter(random);
  const clause = writer.oneIn(4) ? writeWith(writer) : '';
  return clause + writer.choose(KINDS)(writer);
}

function writeWith(writer: QueryWriter): string {
  const expressions: string[] = [];
  for (let count = 1 + writer.random.below(2); count > 0; count -= 1) {
    const name = writer.freshName('w');
    expressions.push(writer.oneIn(5) ? writeNamedWrite(writer, name) : writeNamedQuery(writer, name));
  }
  return `WITH ${expressions.join(', ')} `;
}

function writeNamedQuery(writer: QueryWriter, alias: string): string {
  const { text, columns } = writer.query(NAMED_QUERY_DEPTH);
  if (!writer.oneIn(3)) {
    writer.named.push({ alias, columns });
    return `${alias} AS (${text})`;
  }
  const names = writer.freshNames(columns);
  writer.named.push({ alias, columns: names });
  return `${alias} (${names.join(', ')}) AS (${text})`;
}

function writeNamedWrite(writer: QueryWriter, alias: string): string {
  const table = writer.choose(WRITABLE);
  const column = writer.choose(COLUMNS_OF[table]);
  const write = writer.choose([`UPDATE ${table} SET id = id`, `DELETE FROM ${table}`]);
  writer.named.push({ alias, columns: [column] });
  return `${alias} AS (${write} WHERE id < 3 RETURNING ${column})`;
}

function insertFromQuery(writer: QueryWriter): string {
  const { text, source } = writer.source(1);
  const value = writer.expression([source], 1);
  const returning = writer.choose(['', ' RETURNING id', ' RETURNING name', ' RETURNING *']);
  return `INSERT INTO staff (id, name) SELECT 100 + (row_number() OVER ())::int, ${value}::text FROM ${text}${returning}`;
}

function updateFromSource(writer: QueryWriter): string {
  const { text, source } = writer.source(1);
  const table = writer.choose(WRITABLE);
  const target: Source = { alias: table, columns: COLUMNS_OF[table] };
  const column = table === 'orders' ? 'status' : 'name';
  const value = writer.expression([source, target], 1);
  const key = `${source.alias}.${source.columns[0] ?? 'id'}`;
  return `UPDATE ${table} SET ${column} = ${value}::text FROM ${text} WHERE ${table}.id::text = ${key}::text${returning(writer, source, table)}`;
}

function deleteUsingSource(writer: QueryWriter): string {
  const { text, source } = writer.source(1);
  const table = writer.choose(WRITABLE);
  const target: Source = { alias: table, columns: COLUMNS_OF[table] };
  const condition = writer.condition([source, target], 1);
  return `DELETE FROM ${table} USING ${text} WHERE ${condition} AND ${table}.id < 4${returning(writer, source, table)}`;
}

function mergeFromSource(writer: QueryWriter): string {
  const { text, source } = writer.source(1);
  const key = `${source.alias}.${source.columns[0] ?? 'id'}`;
  const condition = writer.oneIn(2) ? ` AND ${writer.condition([source], 0)}` : '';
  const action = writer.choose([`UPDATE SET name = ${writer.expression([source], 0)}::text`, 'DELETE']);
  return `MERGE INTO staff t USING ${text} ON t.id::text = ${key}::text WHEN MATCHED${condition} THEN ${action}`;
}

function returning(writer: QueryWriter, source: Source, table: string): string {
  return ` RETURNING ${writer.choose(['*', `${table}.id`, writer.expression([source], 1)])}`;
}
