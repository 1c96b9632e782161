/** Looks for a statement whose sender could tell the two databases apart. */
import { seededRandom } from '../../../src/demo/shop/seeded-random.ts';
import { analyzeSql } from '../../../src/policies/analyzers/sql/analyze.ts';
import { decideStatement } from '../../../src/policies/rules/decide.ts';
import { writeStatement } from './random-statement.ts';
import { type Outcome, type Protections, runStatement } from './run-statement.ts';
import type { TwoShops } from './two-shops.ts';

export interface Leak {
  readonly statement: string;
  readonly outcomes: readonly [Outcome, Outcome];
}

export interface Findings {
  statements: number;
  denied: number;
  /** Ran in both databases to the end. */
  completed: number;
  /** Of those, with a masked column in the result. */
  masked: number;
  failed: number;
  timedOut: number;
  readonly leaks: Leak[];
}

export interface SearchOptions {
  readonly seed: number;
  readonly protections: Protections;
  readonly statementsMax: number;
  readonly timeMsMax: number;
  readonly leaksMax: number;
}

/** Ends at the first limit that is reached. */
export async function searchForLeaks({ shops }: TwoShops, options: SearchOptions): Promise<Findings> {
  const { protections } = options;
  const random = seededRandom(options.seed);
  const found: Findings = {
    statements: 0,
    denied: 0,
    completed: 0,
    masked: 0,
    failed: 0,
    timedOut: 0,
    leaks: [],
  };
  const endsAtMs = performance.now() + options.timeMsMax;
  while (
    found.statements < options.statementsMax &&
    found.leaks.length < options.leaksMax &&
    performance.now() < endsAtMs
  ) {
    const statement = writeStatement(random);
    found.statements += 1;
    const { statements, parseError } = analyzeSql(statement, { userFunctions: new Map() });
    const verdict = decideStatement({
      analyses: statements,
      parseError,
      roleName: 'owner',
      role: { allow: 'all' },
      rules: [],
      masks: protections.verdicts ? shops[0].plan : null,
    });
    if (verdict.action === 'deny') {
      found.denied += 1;
      continue;
    }
    const [one, two] = await Promise.all(
      shops.map((shop) => runStatement(shop, statement, { statements, protections })),
    );
    if (one === undefined || two === undefined) throw new RangeError('There are two shops.');
    note(found, { statement, outcomes: [one, two] });
  }
  return found;
}

function note(found: Findings, run: Leak): void {
  const [one, two] = run.outcomes;
  // How far a statement gets in its time says nothing about values.
  if (one.kind === 'timeout' || two.kind === 'timeout') {
    found.timedOut += 1;
    return;
  }
  if (one.kind === 'error' && two.kind === 'error') found.failed += 1;
  if (one.kind === 'result' && two.kind === 'result') {
    found.completed += 1;
    if (one.maskedColumns > 0) found.masked += 1;
  }
  if (JSON.stringify(one) !== JSON.stringify(two)) found.leaks.push(run);
}
