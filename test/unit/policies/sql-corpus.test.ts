import { beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/verdict.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import { decideStatement } from '../../../src/policies/rules/decide.ts';
import { type CorpusRow, NO_UNBOUNDED_WRITES, readCorpus, roleOf, SAMPLE_PLAN } from './sql-sample.ts';

const ATTACKS = readCorpus('attacks');
const INNOCENTS = readCorpus('innocents');

function decide(row: CorpusRow, options: { masked: boolean }): Verdict {
  const userFunctions = new Map(
    (row.userFunctions ?? []).map((name) => [
      name,
      [{ schema: 'public', name, volatility: 'volatile' as const }],
    ]),
  );
  const { statements, parseError } = analyzeSql(row.statement, { userFunctions });
  return decideStatement({
    analyses: statements,
    parseError,
    roleName: 'test',
    role: roleOf(row),
    rules: [NO_UNBOUNDED_WRITES],
    masks: options.masked ? SAMPLE_PLAN : null,
  });
}

describe('the corpus of SQL', () => {
  beforeAll(loadSqlParser);

  it('holds distinct rows and enough of them', () => {
    expect(ATTACKS.length).toBeGreaterThan(200);
    expect(INNOCENTS.length).toBeGreaterThan(150);
    for (const rows of [ATTACKS, INNOCENTS])
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  });

  it.each(ATTACKS)('refuses $id', (row) => {
    const verdict = decide(row, { masked: row.masks === true });
    expect(verdict.action).toBe('deny');
    expect(verdict.reason.length).toBeGreaterThan(10);
  });

  it.each(ATTACKS.filter((row) => row.masks === true))('refuses $id only because of masks', (row) => {
    // Without masks a role that allows everything may do it, so the row shows what masks add.
    expect(decide(row, { masked: true }).rule).toBe('masks');
    expect(decide(row, { masked: false }).action).toBe('allow');
  });

  it.each(INNOCENTS)('lets $id through', (row) => {
    const without = decide(row, { masked: false });
    expect(without, without.reason).toMatchObject({ action: 'allow' });
    if (row.masks === false) return;
    const masked = decide(row, { masked: true });
    expect(masked, masked.reason).toMatchObject({ action: 'allow' });
  });
});
