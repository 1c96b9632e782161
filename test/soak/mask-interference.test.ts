/**
 * Masks against noninterference: of two databases that differ in masked values only, no statement that the
 * policy allows may show a difference, in rows, in their order, in what is written, or in an error.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSqlParser } from '../../src/policies/analyzers/sql/analyze.ts';
import { printFigures } from './figures.ts';
import type { Protections } from './mask-interference/run-statement.ts';
import { type Leak, searchForLeaks } from './mask-interference/search.ts';
import { openTwoShops, type TwoShops } from './mask-interference/two-shops.ts';

const ALL: Protections = { verdicts: true, values: true, errors: true };
/** Always the same statements, and each time some that nobody has tried. */
const SEEDS = [1, 2, 3, 4_711, randomInt(2 ** 32)];
const STATEMENTS_PER_SEED = 6_000;
const TIME_PER_SEED_MS = 9_000;
/** The statements are always the same here; only a busy machine needs so long to get to the first leak. */
const CONTROL_TIME_MS = 60_000;
/** Also when a database no longer answers, this ends. */
const TEST_TIMEOUT_MS = 90_000;
const LEAKS_SHOWN = 5;
const LEAK_CHARACTERS_SHOWN = 600;

let shops: TwoShops;
const total = { statements: 0, denied: 0, completed: 0, masked: 0, failed: 0, timedOut: 0 };

beforeAll(async () => {
  // At once, so that they are known whatever becomes of the run.
  printFigures('mask interference', { seeds: SEEDS.join(',') });
  await loadSqlParser();
  shops = await openTwoShops();
});
afterAll(async () => {
  await shops?.close();
  printFigures('mask interference', total);
});

it.each(SEEDS)(
  'seed %i: no allowed statement tells the two databases apart',
  { timeout: TEST_TIMEOUT_MS },
  async (seed) => {
    const found = await searchForLeaks(shops, {
      seed,
      protections: ALL,
      statementsMax: STATEMENTS_PER_SEED,
      timeMsMax: TIME_PER_SEED_MS,
      leaksMax: LEAKS_SHOWN,
    });
    expect(found.leaks.map(describeLeak)).toEqual([]);
    // A generator of nothing but refused or failing statements would find nothing either.
    expect(found.completed).toBeGreaterThan(found.statements / 20);
    expect(found.masked).toBeGreaterThan(10);
    for (const figure of ['statements', 'denied', 'completed', 'masked', 'failed', 'timedOut'] as const)
      total[figure] += found[figure];
  },
);

it.each([
  ['verdicts', { ...ALL, verdicts: false }],
  ['masked values', { ...ALL, values: false }],
  ['withheld errors', { ...ALL, errors: false }],
])(
  'control: without %s the same search finds leaks',
  { timeout: TEST_TIMEOUT_MS },
  async (_, protections) => {
    const found = await searchForLeaks(shops, {
      seed: 1,
      protections,
      statementsMax: STATEMENTS_PER_SEED,
      timeMsMax: CONTROL_TIME_MS,
      leaksMax: 1,
    });
    expect(found.leaks.length).toBeGreaterThan(0);
  },
);

function describeLeak({ statement, outcomes }: Leak): string {
  const shown = outcomes.map((outcome) => JSON.stringify(outcome).slice(0, LEAK_CHARACTERS_SHOWN));
  return [statement, ...shown].join('\n  ');
}
