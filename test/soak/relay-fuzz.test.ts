/** The relays under random and garbled streams for as long as FUZZ_SECONDS says, or a minute. */
import { beforeAll, expect, it } from 'vitest';
import { loadSqlParser } from '../../src/policies/analyzers/sql/analyze.ts';
import { fuzzRelays } from '../support/relay-fuzz.ts';
import { printFigures } from './figures.ts';

const DURATION_MS = 1_000 * Number(process.env['FUZZ_SECONDS'] ?? 60);

beforeAll(() => loadSqlParser());

it('survives, and brings no statement past its judge', () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2_147_483_647);
  printFigures('relay fuzz, before', { seed });
  const figures = fuzzRelays({ durationMs: DURATION_MS, seed });
  printFigures('relay fuzz', { ...figures });
  expect(figures.runs).toBeGreaterThan(100);
});
