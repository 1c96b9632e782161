/** Ways in which somebody might get at what is behind a mask. Each reads a handful of rows and changes nothing. */

export const ROWS = 5;

interface Names {
  /** All quoted. */
  readonly column: string;
  readonly table: string;
  readonly canary: string;
}

interface Statements {
  readonly before: readonly string[];
  readonly text: string;
  readonly after: readonly string[];
}

export interface Evasion {
  readonly name: string;
  readonly how: 'simple' | 'binary' | 'copy';
  readonly statements: (names: Names) => Statements;
  /** The value would be in an error of the target's. */
  readonly byError?: true;
  /** Whether there is an answer is what tells. */
  readonly isOracle?: true;
  /** Puts the value where it is not masked; taken back at once. */
  readonly isWrite?: true;
}

function read(name: string, text: (names: Names) => string, how: Evasion['how'] = 'simple'): Evasion {
  return { name, how, statements: (names) => ({ before: [], text: text(names), after: [] }) };
}

export const EVASIONS: readonly Evasion[] = [
  read('an alias', ({ column, table }) => `select ${column} as city from ${table} limit ${ROWS}`),
  read('a cast', ({ column, table }) => `select ${column}::text::varchar from ${table} limit ${ROWS}`),
  read('concatenation', ({ column, table }) => `select '' || ${column} from ${table} limit ${ROWS}`),
  read('substr', ({ column, table }) => `select substr(${column}::text, 2) from ${table} limit ${ROWS}`),
  read('reverse', ({ column, table }) => `select reverse(${column}::text) from ${table} limit ${ROWS}`),
  read(
    'base64',
    ({ column, table }) =>
      `select encode(convert_to(${column}::text, 'UTF8'), 'base64') from ${table} limit ${ROWS}`,
  ),
  read(
    'a CASE',
    ({ column, table }) => `select case when true then ${column} end from ${table} limit ${ROWS}`,
  ),
  read(
    'coalesce',
    ({ column, table }) => `select coalesce(${column}, ${column}) from ${table} limit ${ROWS}`,
  ),
  read('max', ({ column, table }) => `select max(${column}::text) from ${table}`),
  read(
    'string_agg',
    ({ column, table }) =>
      `select string_agg(x::text, ',') from (select ${column} as x from ${table} limit ${ROWS}) s`,
  ),
  read(
    'array_agg',
    ({ column, table }) => `select array_agg(x) from (select ${column} as x from ${table} limit ${ROWS}) s`,
  ),
  read('a sub-query', ({ column, table }) => `select (select ${column} from ${table} limit 1)`),
  read(
    'a CTE',
    ({ column, table }) => `with x as (select ${column} as y from ${table} limit ${ROWS}) select y from x`,
  ),
  read(
    'UNION',
    ({ column, table }) =>
      `(select ''::text as y) union all (select ${column}::text from ${table} limit ${ROWS}) offset 1`,
  ),
  read('the row as a whole', ({ table }) => `select t from ${table} t limit ${ROWS}`),
  read('JSON', ({ table }) => `select to_jsonb(t) from ${table} t limit ${ROWS}`),
  read('binary format', ({ column, table }) => `select ${column} from ${table} limit ${ROWS}`, 'binary'),
  read(
    'COPY',
    ({ column, table }) => `copy (select ${column} from ${table} limit ${ROWS}) to stdout`,
    'copy',
  ),
  {
    ...read('an error', ({ column, table }) => `select ${column}::text::date from ${table} limit 1`),
    byError: true,
  },
  {
    ...read('LIKE', ({ column, table }) => `select count(*) from ${table} where ${column}::text like 'a%'`),
    isOracle: true,
  },
  {
    name: 'a copy into another table',
    how: 'simple',
    isWrite: true,
    statements: ({ column, table, canary }) => ({
      before: ['begin'],
      text: `insert into ${canary} (note) select ${column}::text from ${table} limit 1`,
      after: ['rollback'],
    }),
  },
];
