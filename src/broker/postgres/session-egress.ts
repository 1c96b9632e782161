/**
 * Which limits count for a statement of one session. A cursor or a prepared statement of SQL is run by its name,
 * which says nothing about what it reads: its limits are those of the statement that defined the name.
 */
import type { TreeNode } from '../../policies/analyzers/sql/tree.ts';
import type { EgressLimit } from '../../policies/rules/egress.ts';
import type { Counting, EgressMeter, StatementEgress } from '../egress.ts';
import { definesByName, NAMES_MAX, type RunByName } from './client-names.ts';
import type { Portal } from './exchange.ts';
import type { SqlInspection } from './sql-judge.ts';

interface Named {
  /** Null for all of them: it was defined when there were others. */
  readonly limits: ReadonlySet<EgressLimit> | null;
  /** What the counts of a cursor hang on, from its declaration to the next. */
  going: object;
}

export class SessionEgress {
  readonly #meter: EgressMeter;
  readonly #named = new Map<string, Named>();

  constructor(meter: EgressMeter) {
    this.#meter = meter;
  }

  /** Counts by other limits from now on; a name that is known already counts by all of them. */
  replace(counting: Counting): void {
    this.#meter.replace(counting);
    for (const [key, { going }] of this.#named) this.#named.set(key, { limits: null, going });
  }

  /** @param portal the protocol's, which may be executed in several goes */
  begin(found: SqlInspection | null, portal: Portal | null): StatementEgress | null {
    const limits = new Set(this.#meter.limitsOf(found?.analysis ?? null));
    let going: object | null = portal;
    for (const { tree } of found?.statements ?? []) this.#define(tree, limits);
    for (const run of found?.runs ?? []) {
      const named = this.#named.get(keyOf(run));
      for (const limit of named?.limits ?? this.#meter.limitsOf(null)) limits.add(limit);
      if (run.kind === 'portal' && named !== undefined) going = named.going;
    }
    return this.#meter.begin([...limits], going);
  }

  /** Gives back what the grant's other sessions can use. */
  async close(): Promise<void> {
    await this.#meter.close();
  }

  /** A definition that fails leaves the name what it was, so the limits of both stay. */
  #define(tree: TreeNode | null, limits: ReadonlySet<EgressLimit>): void {
    const name = definesByName(tree);
    if (name === null) return;
    const known = this.#named.get(keyOf(name));
    if (known === undefined && this.#named.size >= NAMES_MAX) return;
    const both = known?.limits === null ? null : new Set([...(known?.limits ?? []), ...limits]);
    this.#named.set(keyOf(name), { limits: both, going: {} });
  }
}

function keyOf({ kind, name }: RunByName): string {
  return `${kind} ${name}`;
}
