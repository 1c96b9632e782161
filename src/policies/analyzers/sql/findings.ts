/** What a walk over one statement collects. */
import type { Effect, Relation, StatementAnalysis, StatementFlag } from '../../../core/statement.ts';
import { EFFECTS } from '../../../core/statement.ts';
import type { UserFunction } from './database-facts.ts';

/** A statement with more relations than this is not one that a person wrote; it is refused. */
const RELATIONS_MAX = 1_000;

/** A call of code that PostgreSQL does not ship. */
export interface UserCall {
  /** As it is written. */
  readonly name: string;
  /** Every function that may be meant, as far as the catalog is known; null when that cannot be told. */
  readonly candidates: readonly UserFunction[] | null;
}

export class Findings {
  readonly #effects = new Set<Effect>();
  readonly #relations = new Map<string, Relation>();
  readonly #functions = new Set<string>();
  readonly #flags = new Set<StatementFlag>();
  readonly #calls = new Map<string, UserCall>();
  /** True when a login that may be a grant's own would get another password, deadline or name. */
  changesGrantLogin = false;

  addEffects(effects: Iterable<Effect>): void {
    for (const effect of effects) this.#effects.add(effect);
  }

  addRelation(relation: Relation): void {
    if (this.#relations.size >= RELATIONS_MAX) {
      this.#effects.add('unknown');
      return;
    }
    this.#relations.set(JSON.stringify([relation.schema, relation.name, relation.access]), relation);
  }

  addFunction(name: string): void {
    this.#functions.add(name.toLowerCase());
  }

  addCall(call: UserCall): void {
    this.#effects.add('call');
    this.#calls.set(call.name, call);
  }

  addFlag(flag: StatementFlag): void {
    this.#flags.add(flag);
  }

  get calls(): readonly UserCall[] {
    return [...this.#calls.values()];
  }

  /** Effects come in the order of their consequence, whatever the order in the text. */
  analysis(text: string): StatementAnalysis {
    return {
      text,
      effects: EFFECTS.filter((effect) => this.#effects.has(effect)),
      relations: [...this.#relations.values()],
      functions: [...this.#functions],
      flags: [...this.#flags],
    };
  }
}
