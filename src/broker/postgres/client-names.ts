/**
 * The names that a client gives to statements and portals in the protocol. SQL shares them: `FETCH` runs a
 * portal that was only bound and `EXECUTE` a statement that was only parsed, and the recording would show
 * neither the statement that ran nor its parameters. So SQL may not use the protocol's names, as the
 * protocol may not use SQL's.
 *
 * A name stays taken when it was closed, because the target may have skipped the message that closed it.
 */
import { childOf, type TreeNode, textOf } from '../../policies/analyzers/sql/tree.ts';

/** Something that a statement runs by its name. */
export interface RunByName {
  readonly kind: 'portal' | 'statement';
  readonly name: string;
}

/** What a statement takes the meaning from, or gives another: one name, or all of a kind. */
export interface Release {
  readonly kind: 'portal' | 'statement';
  /** Null for all. */
  readonly name: string | null;
}

/** Statements, and portals, that a session may have at once, and how many names of each are told apart here. */
export const NAMES_MAX = 10_000;

/** EXPLAIN and CREATE TABLE AS take an EXECUTE; nothing else nests one. */
export function runsByName(tree: TreeNode | null): RunByName | null {
  if (tree === null) return null;
  if (tree.kind === 'FetchStmt') return { kind: 'portal', name: textOf(tree, 'portalname') ?? '' };
  if (tree.kind === 'ExecuteStmt') return { kind: 'statement', name: textOf(tree, 'name') ?? '' };
  const wraps = tree.kind === 'ExplainStmt' || tree.kind === 'CreateTableAsStmt';
  return wraps ? runsByName(childOf(tree, 'query')) : null;
}

/** The name that a statement gives to another, if it does. */
export function definesByName(tree: TreeNode | null): RunByName | null {
  if (tree?.kind === 'DeclareCursorStmt') return { kind: 'portal', name: textOf(tree, 'portalname') ?? '' };
  if (tree?.kind === 'PrepareStmt') return { kind: 'statement', name: textOf(tree, 'name') ?? '' };
  return null;
}

/** The names that mean nothing, or something else, once the statement has run. */
export function releasesByName(tree: TreeNode | null): readonly Release[] {
  switch (tree?.kind) {
    case 'DeallocateStmt':
      return [{ kind: 'statement', name: textOf(tree, 'name') }];
    case 'ClosePortalStmt':
    case 'DeclareCursorStmt':
      return [{ kind: 'portal', name: textOf(tree, 'portalname') }];
    case 'DiscardStmt':
      return textOf(tree, 'target') === 'DISCARD_ALL' ? EVERY_NAME : [];
    default:
      return [];
  }
}

const EVERY_NAME: readonly Release[] = [
  { kind: 'statement', name: null },
  { kind: 'portal', name: null },
];

export class ClientNames {
  readonly #taken = { portal: new Set<string>(), statement: new Set<string>() };

  /** The unnamed statement and portal are out of SQL's reach. */
  take(kind: RunByName['kind'], name: string): void {
    const names = this.#taken[kind];
    if (name !== '' && names.size < NAMES_MAX) names.add(name);
  }

  /** Call it only when no transaction and no message is in flight: then no portal is left on the target. */
  forgetPortals(): void {
    if (this.#taken.portal.size > 0) this.#taken.portal.clear();
  }

  /** The first that would run something of the protocol's. Past the limit, every name counts as the protocol's. */
  hiddenAmong(runs: readonly RunByName[]): RunByName | null {
    return runs.find(({ kind, name }) => this.#isTaken(kind, name)) ?? null;
  }

  #isTaken(kind: RunByName['kind'], name: string): boolean {
    const names = this.#taken[kind];
    return names.has(name) || names.size >= NAMES_MAX;
  }
}
