/** Writes random queries over the tables of the two shops: joins, subqueries, renamed columns, common table expressions. */
import type { SeededRandom } from '../../../src/demo/shop/seeded-random.ts';
import { CONDITIONS, EXPRESSIONS, LITERALS, type Parts } from './query-shapes.ts';
import { COLUMNS_OF, type TableName } from './two-shops.ts';

/** Something that stands in FROM. */
export interface Source {
  readonly alias: string;
  readonly columns: readonly string[];
}

export interface Query {
  readonly text: string;
  readonly columns: readonly string[];
}

const TABLES = Object.keys(COLUMNS_OF) as TableName[];
const SET_OPERATIONS = ['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT'] as const;

/** Writes the queries of one statement; it knows the names that are taken and the expressions of its WITH. */
export class QueryWriter {
  readonly random: SeededRandom;
  /** Common table expressions that queries from now on may read. */
  readonly named: Source[] = [];
  #names = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  oneIn(count: number): boolean {
    return this.random.below(count) === 0;
  }

  choose<Item>(from: readonly Item[]): Item {
    const item = from[this.random.below(from.length)];
    if (item === undefined) throw new RangeError('There is nothing to choose from.');
    return item;
  }

  freshName(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  freshNames(columns: readonly string[]): string[] {
    return columns.map(() => this.freshName('k'));
  }

  /** Adds what a FROM may hold, and what its columns are called from there on. */
  source(depth: number): { text: string; source: Source } {
    if (depth > 0 && this.oneIn(3)) return this.#subquery(depth - 1);
    if (this.named.length > 0 && this.oneIn(3)) {
      const { alias, columns } = this.choose(this.named);
      const renamed = this.oneIn(2) ? alias : this.freshName('c');
      return {
        text: renamed === alias ? alias : `${alias} ${renamed}`,
        source: { alias: renamed, columns },
      };
    }
    return this.#table(this.choose(TABLES));
  }

  expression(from: readonly Source[], depth: number): string {
    if (depth > 0 && !this.oneIn(4)) return this.choose(EXPRESSIONS)(this.#parts(from, depth - 1));
    if (this.oneIn(8)) return this.choose(from).alias;
    return this.oneIn(8) ? this.choose(LITERALS) : this.column(from);
  }

  condition(from: readonly Source[], depth: number): string {
    if (this.oneIn(2)) return this.choose(CONDITIONS)(this.#parts(from, depth - 1));
    return `${this.choose(from).alias}.${this.choose(['id', 'id', 'name'])}::text > '2'`;
  }

  column(from: readonly Source[]): string {
    const { alias, columns } = this.choose(from);
    const name = columns.length === 0 ? 'id' : this.choose(columns);
    return this.oneIn(3) ? name : `${alias}.${name}`;
  }

  query(depth: number): Query {
    if (depth > 0 && this.oneIn(6)) {
      const left = this.query(depth - 1);
      const right = this.query(depth - 1);
      return { ...left, text: `${left.text} ${this.choose(SET_OPERATIONS)} ${right.text}` };
    }
    const { text, sources } = this.#from(depth);
    const list = this.#selectList(sources, Math.min(depth, 2));
    const columns = [...new Set(list.columns)];
    const clauses = [`SELECT ${this.oneIn(10) ? 'DISTINCT ' : ''}${list.items.join(', ')} FROM ${text}`];
    if (this.oneIn(3)) clauses.push(`WHERE ${this.condition(sources, depth)}`);
    if (this.oneIn(12)) clauses.push(`GROUP BY ${this.choose(['1', this.column(sources)])}`);
    if (this.oneIn(6)) clauses.push(`ORDER BY ${this.choose(['1', '2', this.column(sources), ...columns])}`);
    if (this.oneIn(8)) clauses.push('LIMIT 5');
    const query = clauses.join(' ');
    // Only in parentheses may the side of a set operation be ordered or limited.
    return { text: clauses.length > 1 && depth < 2 ? `(${query})` : query, columns };
  }

  #parts(from: readonly Source[], depth: number): Parts {
    const inside = Math.max(0, depth);
    return {
      expression: () => this.expression(from, inside),
      condition: () => this.condition(from, inside),
      column: () => this.column(from),
      row: () => this.choose(from).alias,
      field: () => this.choose(['email', 'name', 'id', 'contact']),
      scalarQuery: () => this.#scalarQuery(from, inside),
      query: () => this.#correlatedQuery(from),
    };
  }

  #subquery(depth: number): { text: string; source: Source } {
    const { text, columns } = this.query(depth);
    const alias = this.freshName('s');
    if (this.oneIn(3)) return this.#renamed(`(${text})`, alias, columns);
    return { text: `(${text}) AS ${alias}`, source: { alias, columns } };
  }

  #table(table: TableName): { text: string; source: Source } {
    const columns = COLUMNS_OF[table];
    if (this.oneIn(6)) return this.#renamed(table, this.freshName('r'), columns);
    const text = this.oneIn(3) ? `public.${table}` : table;
    if (this.oneIn(3)) return { text, source: { alias: table, columns } };
    // Short names meet again within a statement, so that scopes shadow each other.
    const alias = `${this.choose(['a', 'b', 'c', 'd'])}${this.random.below(3)}`;
    return { text: `${text} ${alias}`, source: { alias, columns } };
  }

  #renamed(text: string, alias: string, columns: readonly string[]): { text: string; source: Source } {
    const names = this.freshNames(columns);
    return { text: `${text} AS ${alias} (${names.join(', ')})`, source: { alias, columns: names } };
  }

  #from(depth: number): { text: string; sources: Source[] } {
    const left = this.source(depth);
    if (!this.oneIn(3)) return { text: left.text, sources: [left.source] };
    const right = this.source(Math.max(0, depth - 1));
    if (left.source.alias === right.source.alias) return { text: left.text, sources: [left.source] };
    const sources = [left.source, right.source];
    const joins = [
      `, ${right.text}`,
      ` NATURAL JOIN ${right.text}`,
      ` JOIN ${right.text} USING (${this.choose(['id', 'email', 'name'])})`,
      ` JOIN ${right.text} ON ${this.condition(sources, 0)}`,
      ` LEFT JOIN ${right.text} ON ${this.condition(sources, 0)}`,
    ];
    return { text: left.text + this.choose(joins), sources };
  }

  #selectList(from: readonly Source[], depth: number): { items: string[]; columns: string[] } {
    if (this.oneIn(4)) return { items: ['*'], columns: from.flatMap(({ columns }) => columns) };
    const items: string[] = [];
    const columns: string[] = [];
    for (let count = 1 + this.random.below(3); count > 0; count -= 1) {
      if (this.oneIn(10)) {
        const source = this.choose(from);
        items.push(`${source.alias}.*`);
        columns.push(...source.columns);
        continue;
      }
      const value = this.oneIn(2) ? this.column(from) : this.expression(from, depth);
      const name = this.oneIn(2) ? this.freshName('o') : null;
      items.push(name === null ? value : `${value} AS ${name}`);
      columns.push(name ?? impliedName(value));
    }
    return { items, columns };
  }

  #scalarQuery(outer: readonly Source[], depth: number): string {
    const { text, source } = this.source(Math.max(0, depth - 1));
    const value = this.expression([source], Math.min(depth, 1));
    const key = source.columns.includes('id') ? 'id' : (source.columns[0] ?? 'id');
    const wheres = [
      '',
      ` WHERE ${source.alias}.${key}::text = '1'`,
      ` WHERE ${this.condition([source, ...outer], 0)}`,
    ];
    return `SELECT ${value} FROM ${text}${this.choose(wheres)} LIMIT 1`;
  }

  #correlatedQuery(outer: readonly Source[]): string {
    const { text, source } = this.source(0);
    return `SELECT 1 FROM ${text} WHERE ${this.plainCondition([source, ...outer])}`;
  }

  /** Without anything nested in it, so that nesting ends. */
  plainCondition(from: readonly Source[]): string {
    return `${this.column(from)}::text = ${this.choose([this.column(from), ...LITERALS])}::text`;
  }
}

/** Roughly the name that PostgreSQL gives to an output without one; a wrong guess is only one more wrong name. */
function impliedName(value: string): string {
  if (/^[a-z0-9_.]+$/.test(value)) return value.split('.').at(-1) ?? value;
  return /^(\w+)\(/.exec(value)?.[1] ?? 'z';
}
