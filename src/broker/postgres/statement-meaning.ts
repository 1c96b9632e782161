/**
 * What gives the bytes of a held statement their meaning on the target: who runs it, where names are looked
 * up, and what those in the statement stand for. It is read on the session's own connection, because only
 * there does it look as the statement will find it (temporary tables, SET, a transaction's own changes), and
 * compared before the statement runs: between that answer and the statement nothing but a moment passes.
 *
 * The question goes out in messages of the extended protocol under names of its own, so that the client's
 * unnamed statement and portal stay. It ends with Sync where that undoes nothing of the client's, and with
 * Flush where an implicit transaction is open.
 */
import type { Relation } from '../../core/statement.ts';
import { bodyOf, Framer } from './codec/framer.ts';
import { encodeBind, encodeClose, encodeExecute, encodeParse } from './codec/frontend-extended.ts';
import { encodeFlush, encodeSync } from './codec/frontend-simple.ts';
import { BACKEND_MESSAGE_BYTES_MAX } from './codec/limits.ts';
import { BACKEND, typeName } from './codec/message-types.ts';
import { parseDataRow } from './codec/rows.ts';
import { parseReadyForQuery, type TransactionStatus } from './codec/status.ts';
import { violation } from './codec/violation.ts';

export interface StatementMeaning {
  readonly searchPath: string;
  readonly database: string;
  /** Whose rights count. */
  readonly account: string;
  /** What the statement's relations are: changes when one is another, or has other columns or rules. */
  readonly relations: string;
}

export function sameMeaning(left: StatementMeaning, right: StatementMeaning): boolean {
  return (
    left.searchPath === right.searchPath &&
    left.database === right.database &&
    left.account === right.account &&
    left.relations === right.relations
  );
}

/**
 * Nothing in it depends on the search_path, which is the client's. `regclass` and `pg_table_is_visible` see
 * the catalog of now, the scans that of the transaction's snapshot.
 */
const MEANING_QUERY = `
select pg_catalog.current_setting('search_path'), pg_catalog.current_database()::pg_catalog.text,
  current_user::pg_catalog.text,
  (select pg_catalog.json_agg(found)::pg_catalog.text from (
    select named.schema, named.name, relation.oid, relation.oid::pg_catalog.regclass::pg_catalog.text as now,
      pg_catalog.pg_table_is_visible(relation.oid) as visible, relation.relkind,
      (select pg_catalog.md5(pg_catalog.string_agg(
          pg_catalog.concat_ws(' ', attnum, attname, atttypid, attgenerated), ',' order by attnum))
        from pg_catalog.pg_attribute
        where attrelid operator(pg_catalog.=) relation.oid and attnum operator(pg_catalog.>) 0) as columns,
      (select pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', ev_type, ev_enabled, ev_action::pg_catalog.text),
          ',' order by oid))
        from pg_catalog.pg_rewrite where ev_class operator(pg_catalog.=) relation.oid) as rules
    from pg_catalog.json_to_recordset($1::pg_catalog.json) as named(schema pg_catalog.text, name pg_catalog.text)
    left join (select c.oid, c.relkind, c.relname, n.nspname
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace) as relation
      on relation.relname::pg_catalog.text operator(pg_catalog.=) named.name
        and case when named.schema is null then pg_catalog.pg_table_is_visible(relation.oid)
          else relation.nspname::pg_catalog.text operator(pg_catalog.=) named.schema end
    order by named.schema, named.name, relation.oid) as found)`;

const TEXT_OID = 25;

/** Answers that belong to no question and go to the client whenever they come. */
const UNASKED: ReadonlySet<number> = new Set([BACKEND.notice, BACKEND.notification, BACKEND.parameterStatus]);

/** One question; it takes the target's bytes until `over`. */
export class MeaningQuestion {
  readonly messages: readonly Buffer[];
  readonly #name: string;
  readonly #pass: (message: Buffer) => void;
  readonly #framer: Framer;
  readonly #synced: boolean;
  #row: readonly (Buffer | null)[] | null = null;
  #closed = 0;
  #answered = false;
  #failed = false;
  #status: TransactionStatus | null = null;

  /**
   * @param options.name of a statement and a portal that the session does not have
   * @param options.synced whether the question is one of its own, or part of the client's open pipeline
   * @param options.pass what takes the target's messages that are no answers
   */
  constructor(options: {
    readonly name: string;
    readonly relations: readonly Relation[];
    readonly synced: boolean;
    readonly pass: (message: Buffer) => void;
  }) {
    const { name, relations, synced } = options;
    this.#name = name;
    this.#synced = synced;
    this.#pass = options.pass;
    this.#framer = new Framer({
      treat: (type, bodyBytes) => {
        if (bodyBytes > BACKEND_MESSAGE_BYTES_MAX)
          throw violation(`The target sent message ${typeName(type)} of ${bodyBytes} bytes`);
        return 'whole';
      },
      whole: (type, message) => this.#take(type, message),
      piece: () => undefined,
      skipped: () => undefined,
    });
    const named = JSON.stringify(relations.map(({ schema, name: relation }) => ({ schema, name: relation })));
    this.messages = [
      encodeParse({ name: this.#name, text: MEANING_QUERY, parameterTypes: [TEXT_OID] }),
      encodeBind({
        portal: name,
        statement: name,
        parameterFormats: [],
        parameters: [Buffer.from(named)],
        resultFormats: [],
      }),
      encodeExecute({ portal: name, rowsMax: 0 }),
      encodeClose({ target: 'portal', name }),
      encodeClose({ target: 'statement', name }),
      synced ? encodeSync() : encodeFlush(),
    ];
  }

  /** True when all of the answer is in, and the target is between two messages. */
  get over(): boolean {
    return this.#answered && !this.#framer.midMessage;
  }

  /** Null when the target could not say. */
  get meaning(): StatementMeaning | null {
    if (this.#failed || this.#row === null) return null;
    const [searchPath, database, account, relations] = this.#row.map(
      (value) => value?.toString('utf8') ?? '',
    );
    if (searchPath === undefined || database === undefined || account === undefined) return null;
    return { searchPath, database, account, relations: relations ?? '' };
  }

  /** True when it failed within the client's pipeline: the target now skips everything up to the next Sync. */
  get targetSkips(): boolean {
    return this.#failed && !this.#synced;
  }

  /** After Sync, as the target said. */
  get status(): TransactionStatus | null {
    return this.#status;
  }

  /** @throws AppError `invalid_input` when the target breaks the protocol */
  push(chunk: Buffer): void {
    this.#framer.push(chunk);
  }

  #take(type: number, message: Buffer): void {
    if (this.#answered || UNASKED.has(type)) this.#pass(message);
    else if (type === BACKEND.dataRow) this.#row = parseDataRow(bodyOf(message));
    else if (type === BACKEND.error) this.#fail();
    else if (type === BACKEND.closeComplete) this.#close();
    else if (type === BACKEND.readyForQuery) this.#end(message);
  }

  #fail(): void {
    this.#failed = true;
    if (!this.#synced) this.#answered = true;
  }

  #close(): void {
    this.#closed += 1;
    if (this.#closed === 2 && !this.#synced) this.#answered = true;
  }

  #end(message: Buffer): void {
    this.#status = parseReadyForQuery(bodyOf(message));
    this.#answered = true;
  }
}
