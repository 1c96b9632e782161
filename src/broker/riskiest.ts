/** The few statements of a session that its summary shows: the most consequential, denied ones first. */
import type { RiskyStatement } from '../access/views.ts';
import { EFFECTS, type Effect, operationOf, type StatementAnalysis } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';

const STATEMENTS_MAX = 5;
/** Of a statement's text without its literals. */
export const SUMMARY_CHARACTERS_MAX = 500;
/** Statements with nothing beyond these are everyday work, and only shown when they were denied. */
const EVERYDAY: ReadonlySet<Effect> = new Set(EFFECTS.slice(0, EFFECTS.indexOf('set') + 1));

interface Ranked {
  readonly statement: RiskyStatement;
  readonly rank: number;
}

export class RiskiestStatements {
  #ranked: readonly Ranked[] = [];

  /** @param judged.normalize called only when the statement makes the list; literals must not survive it */
  consider(judged: {
    readonly now: () => Date;
    readonly text: string;
    readonly analysis: readonly StatementAnalysis[];
    readonly verdict: Verdict;
    readonly normalize: (text: string) => string;
  }): void {
    const denied = judged.verdict.action === 'deny';
    if (!denied && isEverydayWork(judged.analysis)) return;
    const operation = operationOf(judged.analysis.flatMap((statement) => statement.effects));
    const effectRank = EFFECTS.indexOf(operation);
    // Twice the effect, plus one for a denial: a denied DROP leads an allowed one, which leads a DELETE.
    const rank = effectRank * 2 + (denied ? 1 : 0);
    const last = this.#ranked.at(STATEMENTS_MAX - 1);
    if (last !== undefined && last.rank >= rank) return;
    const text = shorten(judged.normalize(judged.text));
    const { action, rule } = judged.verdict;
    if (this.#ranked.some(({ statement }) => statement.text === text && statement.action === action)) return;
    const statement: RiskyStatement = { at: judged.now(), text, operation, action, rule };
    this.#ranked = [...this.#ranked, { statement, rank }]
      .sort((left, right) => right.rank - left.rank)
      .slice(0, STATEMENTS_MAX);
  }

  list(): readonly RiskyStatement[] {
    return this.#ranked.map(({ statement }) => statement);
  }

  /** Of the statements on the list. */
  rulesThatDenied(): readonly string[] {
    const denied = this.#ranked.filter(({ statement }) => statement.action === 'deny');
    return [...new Set(denied.flatMap(({ statement }) => statement.rule ?? []))];
  }
}

/** True for what a summary shows only when it was denied. */
export function isEverydayWork(analysis: readonly StatementAnalysis[]): boolean {
  return analysis.every(({ effects }) => effects.every((effect) => EVERYDAY.has(effect)));
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= SUMMARY_CHARACTERS_MAX
    ? text
    : `${characters.slice(0, SUMMARY_CHARACTERS_MAX - 1).join('')}…`;
}
