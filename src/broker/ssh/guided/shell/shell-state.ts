/** What a guided shell keeps between commands. The target keeps nothing. */
import type { TargetFacts } from '../../host-session.ts';

/** Of one kind: variables, aliases. */
const ENTRIES_MAX = 200;
const VALUE_CHARACTERS_MAX = 4_096;

/** Names and their values, few and short enough to be kept. */
export class Names {
  readonly #values = new Map<string, string>();

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** @returns why it is not kept, a clause; null when it is */
  set(name: string, value: string): string | null {
    if (value.length > VALUE_CHARACTERS_MAX) return `longer than ${VALUE_CHARACTERS_MAX} characters`;
    if (!this.#values.has(name) && this.#values.size >= ENTRIES_MAX)
      return `more than ${ENTRIES_MAX} of them`;
    this.#values.set(name, value);
    return null;
  }

  delete(name: string): boolean {
    return this.#values.delete(name);
  }

  entries(): readonly (readonly [string, string])[] {
    return [...this.#values].sort(([one], [other]) => (one < other ? -1 : 1));
  }
}

export interface ShellState {
  /** From `/`, without links where the target could tell. */
  directory: string;
  /** For `cd -`. */
  directoryBefore: string | null;
  /** For `$NAME` in what is typed. */
  readonly variables: Names;
  /** Those of the variables that programs get. */
  readonly exported: Set<string>;
  readonly aliases: Names;
  /** Of the last command, for the prompt and the end. */
  status: number;
}

/** @param environment what the client set, as far as the role lets it */
export function newShellState(facts: TargetFacts, environment: ReadonlyMap<string, string>): ShellState {
  const variables = new Names();
  const exported = new Set<string>();
  const known = { HOME: facts.home, USER: facts.account, LOGNAME: facts.account, HOSTNAME: facts.hostname };
  for (const [name, value] of Object.entries(known)) variables.set(name, value);
  for (const [name, value] of environment) {
    if (variables.set(name, value) === null) exported.add(name);
  }
  return {
    directory: facts.directory,
    directoryBefore: null,
    variables,
    exported,
    aliases: new Names(),
    status: 0,
  };
}
