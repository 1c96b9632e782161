/**
 * The names that a session gives to cursors and prepared statements in SQL, across changes of its policy. FETCH and
 * EXECUTE show only a name, and what is behind it was judged when the name was given. So once the policy has changed,
 * only names count that were given since and never before: a definition that failed leaves the name what it was.
 */
import { NAMES_MAX, type RunByName } from './client-names.ts';
import type { SqlInspection } from './sql-inspection.ts';

export class SqlNames {
  readonly #given = new Set<string>();
  /** Null until the policy has changed. */
  #before: ReadonlySet<string> | null = null;
  /** Code that nobody has looked into may have given any name. */
  #unclear = false;
  #unclearBefore = false;

  /** Call it for what will run. */
  note({ defines, definesUnseen }: SqlInspection): void {
    if (definesUnseen || this.#given.size >= NAMES_MAX) this.#unclear = true;
    else for (const name of defines) this.#given.add(keyOf(name));
  }

  policyChanged(): void {
    this.#before = new Set([...(this.#before ?? []), ...this.#given]);
    this.#given.clear();
    this.#unclearBefore = this.#unclear;
  }

  /** The first that may stand for what another policy has allowed. */
  outdatedAmong(runs: readonly RunByName[]): RunByName | null {
    if (this.#before === null) return null;
    return runs.find((run) => this.#isOutdated(keyOf(run))) ?? null;
  }

  #isOutdated(key: string): boolean {
    return this.#unclearBefore || this.#before?.has(key) === true || !this.#given.has(key);
  }
}

function keyOf({ kind, name }: RunByName): string {
  return `${kind} ${name}`;
}
