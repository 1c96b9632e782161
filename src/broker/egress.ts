/**
 * Limits on what leaves a target: rows and bytes, per statement, session or grant. Nothing that would exceed a
 * limit is let through; what is, has been counted before. Knows no protocol.
 *
 * A session counts for itself. What a grant may still return is shared by its sessions on all replicas, so it is
 * taken from the store in parts, ahead of what passes, and what was not used goes back.
 */
import type { StatementAnalysis } from '../core/statement.ts';
import { type EgressLimit, limitsOf } from '../policies/rules/egress.ts';
import type { Flow, GrantBudget } from './grant-budget.ts';

interface Tally {
  rows: number;
  bytes: number;
}

/** Why a session was cut, and how much of what the limit counts had passed by then. */
export interface EgressStop {
  readonly limit: EgressLimit;
  readonly rows: number;
  readonly bytes: number;
}

export type EgressAnswer =
  | { readonly pass: true }
  | { readonly pass: false; readonly stop: EgressStop }
  /** Ask again when `ready` has resolved: the store is asked for more. */
  | { readonly pass: false; readonly stop: null; readonly ready: Promise<void> };

/** What is counted by; one budget for each limit per grant. */
export interface Counting {
  readonly limits: readonly EgressLimit[];
  readonly budgets: ReadonlyMap<EgressLimit, GrantBudget>;
}

/** By the names of rules, which outlive a change of the policy. */
type Tallies = Map<string, Tally>;

const PASSED: EgressAnswer = { pass: true };

export class EgressMeter {
  #limits: readonly EgressLimit[];
  #budgets: ReadonlyMap<EgressLimit, GrantBudget>;
  /** Of limits that count no more but for what runs. */
  readonly #formerBudgets: GrantBudget[] = [];
  readonly #ofSession: Tallies = new Map();
  /** By what a statement goes on with: a portal or a cursor is read in several goes. */
  readonly #ofObject = new WeakMap<object, Tallies>();

  constructor(counting: Counting) {
    this.#limits = counting.limits;
    this.#budgets = counting.budgets;
  }

  /** Counts by other limits from now on. What rules of the same name have counted goes on; what runs keeps its limits. */
  replace(counting: Counting): void {
    this.#formerBudgets.push(...this.#budgets.values());
    this.#limits = counting.limits;
    this.#budgets = counting.budgets;
  }

  /** The limits that count for a text; all of them when it cannot be told what it does. */
  limitsOf(statements: readonly StatementAnalysis[] | null): readonly EgressLimit[] {
    return statements === null ? this.#limits : limitsOf(this.#limits, statements);
  }

  /**
   * What counts for one execution; null when nothing does.
   * @param going what this execution goes on with, so that its counts go on as well; asked when something wants to
   *   pass first; null begins anew
   */
  begin(limits: readonly EgressLimit[], going: (() => object) | null): StatementEgress | null {
    if (limits.length === 0) return null;
    const budgets = this.#budgets;
    return new StatementEgress(() => {
      const tallies = this.#talliesOf(going?.() ?? {});
      return limits.map((limit) => ({
        limit,
        tally: tallyOf(limit.per === 'statement' ? tallies : this.#ofSession, limit),
        budget: budgets.get(limit) ?? null,
      }));
    });
  }

  #talliesOf(going: object): Tallies {
    const known = this.#ofObject.get(going);
    if (known !== undefined) return known;
    const made: Tallies = new Map();
    this.#ofObject.set(going, made);
    return made;
  }

  /** Gives back what the grant's other sessions can use. */
  async close(): Promise<void> {
    const budgets = [...this.#budgets.values(), ...this.#formerBudgets];
    await Promise.all(budgets.map((budget) => budget.close()));
  }
}

interface Counted {
  readonly limit: EgressLimit;
  readonly tally: Tally;
  /** Set for a limit per grant, whose tally is this session's part only. */
  readonly budget: GrantBudget | null;
}

export class StatementEgress {
  readonly #begin: () => readonly Counted[];
  #counted: readonly Counted[] | null = null;

  constructor(begin: () => readonly Counted[]) {
    this.#begin = begin;
  }

  /** True once something has wanted to pass. */
  get begun(): boolean {
    return this.#counted !== null;
  }

  /** Counts what wants to pass, if it may; otherwise nothing is counted. */
  take(flow: Flow): EgressAnswer {
    this.#counted ??= this.#begin();
    for (const { limit, tally, budget } of this.#counted) {
      if (exceeds(limit, { rows: tally.rows + flow.rows, bytes: tally.bytes + flow.bytes }))
        return { pass: false, stop: { limit, rows: tally.rows, bytes: tally.bytes } };
      if (budget === null || budget.covers(flow)) continue;
      if (budget.exhausted !== null) return { pass: false, stop: { limit, ...budget.exhausted } };
      return { pass: false, stop: null, ready: budget.refill(flow) };
    }
    for (const { tally, budget } of this.#counted) {
      tally.rows += flow.rows;
      tally.bytes += flow.bytes;
      budget?.spend(flow);
    }
    return PASSED;
  }
}

function exceeds({ rowsMax, bytesMax }: EgressLimit, { rows, bytes }: Flow): boolean {
  return (rowsMax !== null && rows > rowsMax) || (bytesMax !== null && bytes > bytesMax);
}

function tallyOf(tallies: Tallies, limit: EgressLimit): Tally {
  const known = tallies.get(limit.rule);
  if (known !== undefined) return known;
  const made: Tally = { rows: 0, bytes: 0 };
  tallies.set(limit.rule, made);
  return made;
}
