/**
 * What statements changed in a database, by the target's own answers: what a transaction took back changed nothing.
 * A pipeline that failed behind a statement can have undone it unseen; docs/incidents.md says so.
 */
import { CHANGING_EFFECTS, type Effect, operationOf, type StatementAnalysis } from '../../core/statement.ts';

export interface TableChange {
  /** `schema.name`, several where the answer does not tell them apart; a function where that is all that is known. */
  readonly table: string;
  readonly operation: Effect;
  readonly statements: number;
  /** Null where the target does not tell, as for a DROP. */
  readonly rows: number | null;
}

export interface ChangedTables {
  readonly changes: readonly TableChange[];
  /** Statements whose changes were rolled back, or never committed. */
  readonly takenBack: number;
  /** Statements that changed tables beyond the limit. */
  readonly omitted: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Change = Omit<TableChange, 'statements'>;

interface Savepoint {
  readonly name: string;
  /** So many changes of the transaction stand before it. */
  readonly at: number;
}

const TABLES_MAX = 1_000;
/** Of one transaction; what comes beyond is counted as if it had been committed. */
const OPEN_MAX = 20_000;
const NAME_CHARACTERS_MAX = 300;

const CHANGING: ReadonlySet<Effect> = new Set(CHANGING_EFFECTS);

const ROWS = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)$/;
const TO_SAVEPOINT =
  /^\s*rollback\s+(?:work\s+|transaction\s+)?to\s+(?:savepoint\s+)?("(?:[^"]|"")+"|[^\s;]+)/i;
const SAVEPOINT = /^\s*savepoint\s+("(?:[^"]|"")+"|[^\s;]+)/i;

export class ChangedRows {
  readonly #kept = new Map<string, Mutable<TableChange>>();
  /** Null outside of a transaction. */
  #open: Change[] | null = null;
  #savepoints: Savepoint[] = [];
  #takenBack = 0;
  #omitted = 0;

  /** One text that was answered. @param of.tags one for each of its statements that completed, in order */
  take(of: {
    readonly analysis: readonly StatementAnalysis[];
    readonly tags: readonly string[];
    readonly failed: boolean;
  }): void {
    const { analysis, tags, failed } = of;
    // Several statements in one text are one transaction, unless they say otherwise.
    const isImplicit = this.#open === null && failed && analysis.length > 1;
    if (isImplicit) this.#open = [];
    for (const [index, statement] of analysis.entries()) {
      const tag = tags[index];
      if (tag !== undefined) this.#statement(statement, tag);
    }
    if (isImplicit && this.#open !== null) this.#takeBack(0, null);
  }

  /** After the last one: what was not committed is lost with the connection. */
  finish(): ChangedTables {
    if (this.#open !== null) this.#takeBack(0, null);
    return { changes: [...this.#kept.values()], takenBack: this.#takenBack, omitted: this.#omitted };
  }

  #statement(statement: StatementAnalysis, tag: string): void {
    switch (tag) {
      case 'BEGIN':
      case 'START TRANSACTION':
        this.#open ??= [];
        return;
      case 'COMMIT':
      case 'PREPARE TRANSACTION':
        this.#commit();
        return;
      case 'SAVEPOINT':
        this.#savepoints.push({ name: nameIn(SAVEPOINT, statement.text), at: this.#open?.length ?? 0 });
        return;
      case 'ROLLBACK':
        this.#rollBack(statement.text);
        return;
      default: {
        const change = changeOf(statement, tag);
        if (change !== null) this.#note(change);
      }
    }
  }

  #note(change: Change): void {
    if (this.#open !== null && this.#open.length < OPEN_MAX) this.#open.push(change);
    else this.#keep(change);
  }

  #commit(): void {
    for (const change of this.#open ?? []) this.#keep(change);
    this.#open = null;
    this.#savepoints = [];
  }

  #rollBack(text: string): void {
    if (!TO_SAVEPOINT.test(text)) {
      this.#takeBack(0, null);
      return;
    }
    const name = nameIn(TO_SAVEPOINT, text);
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    this.#takeBack(this.#savepoints[index]?.at ?? 0, this.#savepoints.slice(0, index + 1));
  }

  /** @param savepoints those that stay; null when the transaction is over */
  #takeBack(from: number, savepoints: Savepoint[] | null): void {
    const lost = this.#open?.splice(from) ?? [];
    this.#takenBack += lost.length;
    this.#savepoints = savepoints ?? [];
    if (savepoints === null) this.#open = null;
  }

  #keep({ table, operation, rows }: Change): void {
    const key = `${operation} ${table}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      known.statements += 1;
      if (rows !== null) known.rows = (known.rows ?? 0) + rows;
    } else if (this.#kept.size < TABLES_MAX) {
      this.#kept.set(key, { table, operation, statements: 1, rows });
    } else {
      this.#omitted += 1;
    }
  }
}

/** Null for what changes nothing. */
function changeOf(statement: StatementAnalysis, tag: string): Change | null {
  const { effects, flags, relations, functions } = statement;
  const changing = effects.filter((effect) => CHANGING.has(effect));
  if (changing.length === 0 || flags.includes('explain-only')) return null;
  const rows = ROWS.exec(tag)?.[1];
  const written = relations.filter(({ access }) => access === 'write');
  const names = written.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`));
  const named = [...new Set(names.length > 0 ? names : functions)].join(', ');
  return {
    table: named.slice(0, NAME_CHARACTERS_MAX),
    operation: operationOf(changing),
    rows: rows === undefined ? null : Number(rows),
  };
}

/** As PostgreSQL compares them: folded to lower case unless quoted. */
function nameIn(pattern: RegExp, text: string): string {
  const name = pattern.exec(text)?.[1] ?? '';
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}
