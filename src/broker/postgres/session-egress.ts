/**
 * Which limits count for a statement of one session. A cursor or a prepared statement of SQL is run by its name,
 * which says nothing about what it reads: its limits are those of the statement that defined the name.
 */
import { type TreeNode, textOf } from '../../policies/analyzers/sql/tree.ts';
import type { EgressLimit } from '../../policies/rules/egress.ts';
import type { EgressMeter, StatementEgress } from '../egress.ts';
import { NAMES_MAX, type RunByName } from './client-names.ts';
import type { Portal } from './exchange.ts';
import type { SqlInspection } from './sql-judge.ts';

interface Named {
  readonly limits: Set<EgressLimit>;
  /** What the counts of a cursor hang on, from its declaration to the next. */
  going: object;
}

export class SessionEgress {
  readonly #meter: EgressMeter;
  readonly #named = new Map<string, Named>();

  constructor(meter: EgressMeter) {
    this.#meter = meter;
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

  /** A definition that fails leaves the name what it was, so the limits of both stay. */
  #define(tree: TreeNode | null, limits: ReadonlySet<EgressLimit>): void {
    const name = definedName(tree);
    if (name === null) return;
    const known = this.#named.get(keyOf(name));
    if (known === undefined && this.#named.size >= NAMES_MAX) return;
    this.#named.set(keyOf(name), { limits: new Set([...(known?.limits ?? []), ...limits]), going: {} });
  }
}

function definedName(tree: TreeNode | null): RunByName | null {
  if (tree?.kind === 'DeclareCursorStmt') return { kind: 'portal', name: textOf(tree, 'portalname') ?? '' };
  if (tree?.kind === 'PrepareStmt') return { kind: 'statement', name: textOf(tree, 'name') ?? '' };
  return null;
}

function keyOf({ kind, name }: RunByName): string {
  return `${kind} ${name}`;
}
