/**
 * Which answer belongs to which question. PostgreSQL answers in order, so every forwarded message that
 * will be answered leaves an entry here, and the answers use the entries up. Masking, counting and
 * recording hang on this: an answer that does not fit its entry ends the session.
 *
 * A denied message is replaced by a stand-in that the target is certain to refuse. The target's error
 * is then answered with ours, so that order, transaction status, the abort of a transaction and the skip
 * to the next Sync are the target's own and always right.
 *
 * Statement and portal names are kept twice: as the client will have them once everything in flight has
 * succeeded (`asked`), and as the target has confirmed them (`confirmed`).
 */
import type { Judged } from '../gate.ts';
import { ClientNames, type Release } from './client-names.ts';
import type { Format } from './codec/frontend-extended.ts';
import type { Column } from './codec/rows.ts';
import type { TransactionStatus } from './codec/status.ts';
import type { Exposure } from './exposure.ts';
import type { Denial } from './problems.ts';
import type { SqlInspection } from './sql-judge.ts';
import { SqlNames } from './sql-names.ts';
import type { StatementRun } from './statement-run.ts';

export interface Prepared {
  readonly name: string;
  readonly text: string;
  /** As Parse named them; the same text can mean something else with other types. */
  readonly parameterTypes: readonly number[];
  /** Last, which was under this version of the policy. */
  judged: Judged<SqlInspection>;
  policyVersion: string;
  readonly exposure: Exposure;
  /** True once the client or we asked what its result looks like. */
  described: boolean;
  columns: readonly Column[] | null;
}

export interface Portal {
  readonly name: string;
  readonly prepared: Prepared;
  readonly parameters: readonly (string | null)[];
  readonly resultFormats: readonly Format[];
  /** The hold that people approved, and the statement as it was judged then; null where nobody was asked. */
  readonly approved: {
    readonly hold: string;
    readonly judged: Judged<SqlInspection>;
    readonly policyVersion: string;
  } | null;
  described: boolean;
  /** True once it was asked to run; what it returns is settled then. */
  executed: boolean;
  columns: readonly Column[] | null;
}

export type Expected =
  | { readonly kind: 'query'; readonly run: StatementRun | null; readonly denial: Denial | null }
  | { readonly kind: 'function-call'; readonly run: StatementRun }
  | { readonly kind: 'parse'; readonly prepared: Prepared }
  /** The stand-in of something denied in the extended protocol. */
  | { readonly kind: 'refused'; readonly denial: Denial }
  | { readonly kind: 'bind'; readonly portal: Portal }
  | {
      readonly kind: 'describe';
      readonly target: 'statement' | 'portal';
      readonly name: string;
      readonly hidden: boolean;
    }
  | { readonly kind: 'execute'; readonly portal: Portal; readonly run: StatementRun }
  | { readonly kind: 'close'; readonly target: 'statement' | 'portal'; readonly name: string }
  | { readonly kind: 'sync' };

class Names {
  readonly statements = new Map<string, Prepared>();
  readonly portals = new Map<string, Portal>();

  /** A Query message destroys the unnamed ones. */
  forgetUnnamed(): void {
    if (this.statements.size > 0) this.statements.delete('');
    if (this.portals.size > 0) this.portals.delete('');
  }

  forgetPortals(): void {
    // Clearing costs a new table, and this is asked for after every statement.
    if (this.portals.size > 0) this.portals.clear();
  }

  /** The unnamed ones stay: SQL cannot give them another meaning. */
  release({ kind, name }: Release): void {
    const names = kind === 'statement' ? this.statements : this.portals;
    if (name !== null) names.delete(name);
    else for (const known of names.keys()) if (known !== '') names.delete(known);
  }
}

export class Exchange {
  readonly asked = new Names();
  readonly confirmed = new Names();
  readonly clientNames = new ClientNames();
  readonly sqlNames = new SqlNames();
  readonly #expected: Expected[] = [];
  #first = 0;
  /** As the target last said. */
  status: TransactionStatus = 'I';
  /** After an error in the extended protocol the target skips everything up to the next Sync. */
  discarding = false;
  /** What the client writes in, where it may choose; null while it is pinned to UTF8. */
  clientEncoding: string | null = null;
  /** The target has said that it ends the connection, and why. */
  targetLeft = false;
  /** The target is in copy-in: it reads CopyData and ignores Sync and Flush. */
  copyIn = false;
  /** A name was given to another statement while it was taken: the target refuses that, unless it was freed before. */
  nameRetaken = false;
  /** SQL took a prepared statement's name away; a later PREPARE may have given it another meaning. */
  #deallocated = false;
  /** What was sent since the last Sync or Query that the end of an implicit transaction would undo. */
  sinceSync: 'nothing' | 'bound' | 'executed' = 'nothing';
  /** Bound last, and nothing that could change what its names mean was sent since. */
  #fresh: Portal | null = null;

  get pending(): number {
    return this.#expected.length - this.#first;
  }

  get head(): Expected | null {
    return this.#expected[this.#first] ?? null;
  }

  /** What the target has not answered, in order. */
  get owed(): readonly Expected[] {
    return this.#expected.slice(this.#first);
  }

  /** True while the target owes nothing but the refusals of stand-ins. */
  get owesRefusalsOnly(): boolean {
    return this.pending > 0 && this.#expected.slice(this.#first).every(isRefusal);
  }

  expect(entry: Expected): void {
    this.#expected.push(entry);
    if (entry.kind === 'bind') {
      this.#fresh = entry.portal;
      if (this.sinceSync === 'nothing') this.sinceSync = 'bound';
      return;
    }
    if (entry.kind === 'describe') return;
    if (entry.kind === 'execute') this.sinceSync = 'executed';
    else if (entry.kind === 'sync' || entry.kind === 'query' || entry.kind === 'function-call') {
      this.sinceSync = 'nothing';
    }
    if (entry.kind !== 'sync') this.#fresh = null;
  }

  /** True while the names that a portal's statement runs mean what they meant when it was bound. */
  isFresh(portal: Portal): boolean {
    return this.#fresh === portal;
  }

  /** Takes the head off. */
  shift(): void {
    this.#first += 1;
    if (this.#first === this.#expected.length) this.#expected.length = 0;
    else if (this.#first < 1_024) return;
    else this.#expected.splice(0, this.#first);
    this.#first = 0;
  }

  /**
   * An error in the extended protocol: everything up to the next Sync will not be answered.
   * @returns the entries that were given up, the failed one first
   */
  skipToSync(): Expected[] {
    const skipped: Expected[] = [];
    for (let head = this.head; head !== null && head.kind !== 'sync'; head = this.head) {
      skipped.push(head);
      this.shift();
    }
    if (this.head === null) this.discarding = true;
    for (const entry of skipped) this.#takeBack(entry);
    return skipped;
  }

  /** Everything still unanswered, for the record when the session is cut. */
  giveUp(): Expected[] {
    return this.#expected.splice(0).slice(this.#first);
  }

  /** SQL statements move names as well; only their tags say so. */
  noteTag(tag: string): void {
    if (tag === 'DEALLOCATE') this.#deallocated = true;
    else if (tag === 'DEALLOCATE ALL') this.#forgetStatements();
    else if (tag === 'DISCARD ALL') {
      this.#forgetStatements();
      this.#forgetPortals();
    } else if (tag === 'PREPARE' && this.#deallocated) this.#forgetStatements();
    else if (tag === 'DECLARE CURSOR') this.#forgetPortals();
  }

  /** Outside a transaction no portal survives. */
  noteStatus(status: TransactionStatus): void {
    this.status = status;
    if (status !== 'I') return;
    this.confirmed.forgetPortals();
    if (this.pending > 0) return;
    this.asked.forgetPortals();
    this.clientNames.forgetPortals();
  }

  /** What failed or was skipped does not name anything; the name means again what it meant before. */
  #takeBack(entry: Expected): void {
    if (entry.kind === 'parse') {
      const { name } = entry.prepared;
      if (this.asked.statements.get(name) !== entry.prepared) return;
      restore(this.asked.statements, name, this.confirmed.statements.get(name));
    } else if (entry.kind === 'bind') {
      const { name } = entry.portal;
      if (this.asked.portals.get(name) !== entry.portal) return;
      restore(this.asked.portals, name, this.confirmed.portals.get(name));
    }
  }

  #forgetStatements(): void {
    for (const names of [this.asked, this.confirmed]) names.release({ kind: 'statement', name: null });
  }

  #forgetPortals(): void {
    for (const names of [this.asked, this.confirmed]) names.release({ kind: 'portal', name: null });
  }
}

function isRefusal(entry: Expected): boolean {
  return (
    entry.kind === 'refused' || entry.kind === 'sync' || (entry.kind === 'query' && entry.denial !== null)
  );
}

function restore<Value>(map: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}
