import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeSql, loadSqlParser, type SqlStatement } from '../../../src/policies/analyzers/sql/analyze.ts';
import { skeletonOf } from '../../../src/policies/analyzers/sql/skeleton.ts';

beforeAll(loadSqlParser);

/** Everything of an analysis but its texts, the numbers in its tree, and where in the text a node stands. */
function essence(statements: readonly SqlStatement[]): unknown {
  return statements.map(({ effects, relations, functions, flags, tree }) => {
    const nodes = JSON.stringify(tree, (key, value: unknown) =>
      key === 'location' || key === 'ival' || key.startsWith('stmt_') ? 'any' : value,
    );
    return { effects, relations, functions, flags, nodes };
  });
}

function expectSameEssence(text: string, skeleton: string): void {
  const own = analyzeSql(text);
  const shared = analyzeSql(skeleton);
  expect(own.parseError === null).toBe(shared.parseError === null);
  if (own.parseError === null) expect(essence(own.statements)).toEqual(essence(shared.statements));
}

describe('skeletonOf', () => {
  it.each([
    ['select a from t where id = 17', 'select a from t where id = 0'],
    ['select a from t where id>=17 and x<>5;', 'select a from t where id>=0 and x<>0;'],
    [
      'select a from t where (id =\n17) order by 2 limit 3',
      'select a from t where (id =\n0) order by 2 limit 3',
    ],
  ])('replaces what something is compared with: %j', (text, skeleton) => {
    expect(skeletonOf(text)).toBe(skeleton);
  });

  it.each([
    "select a from t where id = 17 and name = 'x'",
    'select a from t where "id" = 17',
    'select a from t where id = 17 -- = 18',
    'select a from t where id = 17 /* = 18 */',
    'select a from t where id = $1',
    'select f(limit_to => 17)',
    'select a from t where id = 1234567890',
    'select a from t where id = 1.5',
    'select a from t where id = 1e5',
    'select a from t where id = 0x1F',
    'select a from t where id = 1_000',
    'select a from t where id = 17abc',
    'select a from t where id == 17',
    'select a from t where naïve = 17',
    'select a from t1 order by 1',
  ])('has none where a number is not plainly one: %j', (text) => {
    expect(skeletonOf(text)).toBeNull();
  });

  it('has none of a long text', () => {
    expect(skeletonOf(`select a from t where ${'b and '.repeat(400)} id = 17`)).toBeNull();
  });

  it('has the analysis of every text that it stands for', () => {
    for (const file of ['attacks', 'innocents']) {
      const lines = readFileSync(new URL(`../../corpus/sql/${file}.jsonl`, import.meta.url), 'utf8');
      for (const line of lines.trim().split('\n')) {
        const { statement = '' }: { statement?: string } = JSON.parse(line);
        const skeleton = skeletonOf(statement);
        if (skeleton !== null) expectSameEssence(statement, skeleton);
      }
    }
    const piece = fc.constantFrom(
      ...['=', '<', '>', '<=', '>=', '<>', '=>', '-', '+', ' ', '\n', '(', ')', ',', ';', '.', '*', '/', '%'],
      ...[
        'select',
        'from',
        'where',
        'and',
        'order by',
        'limit',
        'a',
        't1',
        'f(',
        'in',
        '1',
        '23',
        '0',
        '999999999',
      ],
    );
    const text = fc
      .array(piece, { maxLength: 14 })
      .map((pieces) => `select a from t where a ${pieces.join('')}`);
    fc.assert(
      fc.property(text, (given) => {
        const skeleton = skeletonOf(given);
        if (skeleton !== null) expectSameEssence(given, skeleton);
      }),
      { numRuns: 5_000 },
    );
  });
});
