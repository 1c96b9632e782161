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
  /** Null for all of them: it was defined when there were others, or by nothing that was seen. */
  limits: ReadonlySet<EgressLimit> | null;
  /** What the counts of a cursor hang on, until the target has declared or closed it. */
  going: object;
}

/** What opens a cursor, or closes it; a function can open one of any name, and only CLOSE tells of those. */
const CURSOR_TAGS: ReadonlySet<string> = new Set(['DECLARE CURSOR', 'CLOSE CURSOR', 'CLOSE CURSOR ALL']);

export class SessionEgress {
  readonly #meter: EgressMeter;
  readonly #named = new Map<string, Named>();
  /** Stands for all names past the limit. */
  readonly #others: Named = { limits: null, going: {} };

  constructor(meter: EgressMeter) {
    this.#meter = meter;
  }

  /** Counts by other limits from now on; a name that is known already counts by all of them. */
  replace(counting: Counting): void {
    this.#meter.replace(counting);
    for (const named of this.#named.values()) named.limits = null;
  }

  /** @param portal the protocol's, which may be executed in several goes */
  begin(found: SqlInspection | null, portal: Portal | null): StatementEgress | null {
    const limits = new Set(this.#meter.limitsOf(found?.analysis ?? null));
    let going = portal === null ? null : (): object => portal;
    for (const { tree } of found?.statements ?? []) this.#define(tree, limits);
    for (const run of found?.runs ?? []) {
      const named = this.#namedBy(run);
      for (const limit of named.limits ?? this.#meter.limitsOf(null)) limits.add(limit);
      // What the name stands for when the rows arrive: a declaration before may be under way, and may fail.
      if (run.kind === 'portal') going = () => named.going;
    }
    return this.#meter.begin([...limits], going);
  }

  /**
   * Call it with each tag of the target: a cursor that was declared or closed is another from then on.
   * @param run what the tag is of; a text that has read a cursor already is counted as one
   */
  noteTag(
    tag: string,
    run: { readonly cursors: (string | null)[]; readonly egress: StatementEgress | null },
  ): void {
    if (!CURSOR_TAGS.has(tag)) return;
    const moved = run.cursors.shift();
    if (moved === undefined || run.egress?.begun === true) return;
    for (const [key, named] of this.#named)
      if (moved === null || key === keyOf({ kind: 'portal', name: moved })) named.going = {};
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
    if (known !== undefined) known.limits &&= new Set([...known.limits, ...limits]);
    else this.#remember(name, limits);
  }

  #namedBy(run: RunByName): Named {
    return this.#named.get(keyOf(run)) ?? this.#remember(run, null);
  }

  #remember(name: RunByName, limits: ReadonlySet<EgressLimit> | null): Named {
    if (this.#named.size >= NAMES_MAX) return this.#others;
    const named = { limits, going: {} };
    this.#named.set(keyOf(name), named);
    return named;
  }
}

function keyOf({ kind, name }: RunByName): string {
  return `${kind} ${name}`;
}
