/** What the analysis alone says of the corpus; the integration test sends it through a broker. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/verdict.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import type { DatabaseFacts, UserFunction } from '../../../src/policies/analyzers/sql/database-facts.ts';
import type { DatabaseRole } from '../../../src/policies/document/schema.ts';
import { decideStatement } from '../../../src/policies/rules/decide.ts';
import { readAttacks, readInnocents, readMasked } from '../../support/sql-corpus.ts';
import { NO_UNBOUNDED_WRITES, SAMPLE_PLAN } from './sql-sample.ts';

const ATTACKS = readAttacks();
const INNOCENTS = readInnocents();
const MASKED = readMasked();

function volatileFunction(name: string): UserFunction {
  return { schema: 'public', name, volatility: 'volatile' };
}

/** As in the sample database, where names of built-ins matter. */
const FACTS: DatabaseFacts = {
  userFunctions: new Map(
    ['purge_order', 'initcap', 'pg_ls_dir', 'shout'].map((name) => [name, [volatileFunction(name)]]),
  ),
  userOperators: new Map([['<->', [volatileFunction('plus')]]]),
};

function decide(
  row: { readonly statement: string; readonly allow: DatabaseRole['allow'] },
  options: { masked: boolean },
): Verdict {
  const { statements, parseError } = analyzeSql(row.statement, FACTS);
  return decideStatement({
    analyses: statements,
    parseError,
    roleName: 'test',
    role: { allow: row.allow },
    rules: [NO_UNBOUNDED_WRITES],
    masks: options.masked ? SAMPLE_PLAN : null,
  });
}

describe('the corpus of SQL', () => {
  beforeAll(loadSqlParser);

  it('holds enough rows, each with a name and a mechanism of its own', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(200);
    expect(INNOCENTS.length).toBeGreaterThanOrEqual(200);
    for (const rows of [ATTACKS, INNOCENTS, MASKED])
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(new Set(ATTACKS.map((row) => row.why)).size).toBe(ATTACKS.length);
  });

  it.each(ATTACKS.filter((row) => row.statement !== undefined))('refuses $id', (row) => {
    const verdict = decide({ ...row, statement: row.statement ?? '' }, { masked: false });
    expect(verdict.action).toBe('deny');
    expect(verdict.reason.length).toBeGreaterThan(10);
  });

  it.each(MASKED)('refuses $id, and only because of masks', (row) => {
    expect(decide(row, { masked: true })).toMatchObject({ action: 'deny', rule: 'masks' });
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
