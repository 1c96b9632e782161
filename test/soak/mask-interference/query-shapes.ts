/** The shapes that expressions and conditions of random queries take. Whether they make sense is no concern. */

/** What a shape is filled with; every call writes something else. */
export interface Parts {
  expression(): string;
  condition(): string;
  /** A column of a source in reach, qualified or not. */
  column(): string;
  /** The name of a source in reach, which stands for its whole row. */
  row(): string;
  /** Any column name, whether the row has it or not. */
  field(): string;
  /** A query of one column and at most one row. */
  scalarQuery(): string;
  query(): string;
}

type Shape = (parts: Parts) => string;

export const LITERALS = ["'x'", '1', "'n1'", "'c1@example.com'", 'true', 'null'] as const;

export const EXPRESSIONS: readonly Shape[] = [
  ({ expression }) => `upper(${expression()}::text)`,
  ({ expression }) => `coalesce(${expression()}::text, 'none')`,
  ({ expression }) => `(${expression()} || 'x')`,
  ({ expression }) => `length(${expression()}::text)`,
  ({ expression }) => `md5(${expression()}::text)`,
  ({ expression }) => `${expression()}::int`,
  ({ expression }) => `(1 / nullif(length(${expression()}::text), 1))`,
  ({ condition, expression }) => `CASE WHEN ${condition()} THEN ${expression()}::text ELSE 'no' END`,
  ({ scalarQuery }) => `(${scalarQuery()})`,
  ({ scalarQuery }) => `ARRAY(${scalarQuery()})`,
  ({ query }) => `EXISTS (${query()})`,
  ({ expression }) => `count(${expression()})`,
  ({ expression }) => `max(${expression()}::text)`,
  ({ expression }) => `string_agg(${expression()}::text, ',')`,
  ({ expression }) => `row_number() OVER (ORDER BY ${expression()})`,
  ({ row }) => `row_to_json(${row()})`,
  ({ expression }) => `to_jsonb(${expression()})`,
  ({ expression }) => `(${expression()} IS NULL)`,
  ({ expression }) => `ARRAY[${expression()}::text]`,
  ({ row, field }) => `(${row()}).${field()}`,
  // Functions of one argument can be written as if they were columns of it.
  ({ row }) => `${row()}.row_to_json`,
  ({ row }) => `(${row()}).to_jsonb`,
  ({ row }) => `${row()}.hash_record`,
  ({ row }) => `quote_literal(${row()})`,
  ({ column }) => `(${column()}).md5`,
  ({ column }) => `(${column()}).length`,
  ({ column }) => `(${column()}).regclass`,
];

export const CONDITIONS: readonly Shape[] = [
  ({ expression }) => `${expression()}::text LIKE 'c%'`,
  ({ column, scalarQuery }) => `${column()} IN (${scalarQuery()})`,
  ({ query }) => `EXISTS (${query()})`,
  ({ expression }) => `${expression()} IS NOT NULL`,
  ({ expression }) => `${expression()}::text = ${expression()}::text`,
  ({ condition, column }) => `(${condition()}) AND ${column()} IS NOT NULL`,
];
