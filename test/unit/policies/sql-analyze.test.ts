import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EFFECTS, operationOf } from '../../../src/core/statement.ts';
import { SqlAnalysisCache } from '../../../src/policies/analyzers/sql/analysis-cache.ts';
import {
  analyzeSql,
  loadSqlParser,
  normalizeSql,
  type SqlStatement,
} from '../../../src/policies/analyzers/sql/analyze.ts';
import { VOLATILE_FUNCTIONS } from '../../../src/policies/analyzers/sql/builtin-names.ts';
import { JUDGED_FUNCTIONS } from '../../../src/policies/analyzers/sql/function-effects.ts';
import { nestingOf } from '../../../src/policies/analyzers/sql/nesting.ts';
import { tries } from '../../support/thoroughness.ts';

beforeAll(loadSqlParser);

function only(text: string): SqlStatement {
  const { statements, parseError } = analyzeSql(text);
  expect(parseError).toBeNull();
  const [statement] = statements;
  if (statement === undefined || statements.length !== 1) throw new Error(`not one statement: ${text}`);
  return statement;
}

describe('analyzeSql', () => {
  it('orders effects by their consequence, so that the last one is the operation', () => {
    const { effects } = only(
      'WITH d AS (DELETE FROM a WHERE id = 1 RETURNING *) INSERT INTO b SELECT * FROM d',
    );
    expect(effects).toEqual(['select', 'insert', 'delete']);
    expect(operationOf(effects)).toBe('delete');
  });

  it('tells which relations are read and which are written', () => {
    expect(only('UPDATE public.a SET x = 1 FROM b WHERE a.id = b.id').relations).toEqual([
      { schema: 'public', name: 'a', access: 'write' },
      { schema: null, name: 'b', access: 'read' },
    ]);
  });

  it('does not take a common table expression for a relation, nor a relation for one', () => {
    expect(only('WITH c AS (SELECT 1) SELECT * FROM c').relations).toEqual([]);
    const shadowed = only('WITH orders AS (SELECT * FROM orders) SELECT * FROM orders');
    expect(shadowed.relations).toEqual([{ schema: null, name: 'orders', access: 'read' }]);
    const qualified = only('WITH orders AS (SELECT 1) SELECT * FROM public.orders');
    expect(qualified.relations).toEqual([{ schema: 'public', name: 'orders', access: 'read' }]);
    const inner = only('SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) s, c');
    expect(inner.relations).toEqual([{ schema: null, name: 'c', access: 'read' }]);
    const written = only('WITH orders AS (SELECT 1) DELETE FROM orders WHERE id = 1');
    expect(written.relations).toEqual([{ schema: null, name: 'orders', access: 'write' }]);
  });

  it('names the functions as they are written', () => {
    expect(only('SELECT Lower(a), app.audit(b), extract(year FROM c) FROM t').functions).toEqual([
      'lower',
      'app.audit',
      'extract',
    ]);
  });

  it('says of EXPLAIN what it reads, and of EXPLAIN ANALYZE what it does', () => {
    const plain = only('EXPLAIN UPDATE a SET x = 1');
    expect(plain).toMatchObject({ effects: ['select'], flags: ['explain-only'] });
    expect(plain.relations).toEqual([{ schema: null, name: 'a', access: 'read' }]);
    const running = only('EXPLAIN ANALYZE UPDATE a SET x = 1');
    expect(running).toMatchObject({ effects: ['update'], flags: ['missing-where'] });
  });

  it('cuts a text into its statements, by bytes as the server counts', () => {
    const { statements } = analyzeSql("SELECT 'größe ☃'; /* and */ SELECT 2 ;; SELECT '😀'");
    expect(statements.map((statement) => statement.text)).toEqual([
      "SELECT 'größe ☃'",
      'SELECT 2',
      "SELECT '😀'",
    ]);
    expect(statements.every((statement) => statement.flags.includes('several-statements'))).toBe(true);
  });

  it('takes the empty text for no statement', () => {
    for (const text of ['', '  ', ';', '-- nothing', '/* */']) {
      expect(analyzeSql(text)).toEqual({ statements: [], parseError: null });
    }
  });

  it('keeps the parse tree, with its literals, out of what is serialised', () => {
    const statement = only("SELECT 'secret' FROM a");
    expect(statement.tree?.kind).toBe('SelectStmt');
    const { text, ...rest } = JSON.parse(JSON.stringify(statement));
    expect(text).toBe("SELECT 'secret' FROM a");
    expect(JSON.stringify(rest)).not.toContain('secret');
  });

  it('judges every volatile function that PostgreSQL ships', () => {
    expect(VOLATILE_FUNCTIONS.size).toBeGreaterThan(150);
    const unjudged = [...VOLATILE_FUNCTIONS].filter((name) => !JUDGED_FUNCTIONS.has(name));
    expect(unjudged).toEqual([]);
  });
});

describe('text that is made to break the parser', () => {
  const HOSTILE = [
    `SELECT ${'('.repeat(9_000)}1${')'.repeat(9_000)}`,
    `SELECT 1${' + 1'.repeat(20_000)}`,
    `SELECT 1${" + ','::int".repeat(20_000)}`,
    `SELECT 1${' + /* , */ 1'.repeat(20_000)}`,
    `SELECT 1${" + E'\\',' ::int".repeat(20_000)}`,
    `SELECT 1${' + $a$,$a$::int'.repeat(20_000)}`,
    `SELECT 1${' + "," '.repeat(20_000)}`,
    `SELECT 1${' UNION SELECT 1'.repeat(20_000)}`,
    `SELECT ${'NOT '.repeat(20_000)}true`,
    `SELECT 1, 1${' UNION SELECT 1, 1'.repeat(20_000)}`,
    `SELECT * FROM a${' JOIN b ON c AND d'.repeat(20_000)}`,
    `SELECT a${' BETWEEN 1 AND 2 IS NULL'.repeat(9_000)}`,
    `SELECT 1${' + a.and'.repeat(20_000)}`,
    `SELECT ${'CASE WHEN a.end AND '.repeat(9_000)}1${' THEN 1 END'.repeat(9_000)}`,
    `DO $$ ${'BEGIN '.repeat(3_000)}${'END;'.repeat(3_000)} $$`,
    `SELECT ${'a['.repeat(9_000)}1${']'.repeat(9_000)}`,
    `SELECT ${'CASE WHEN true THEN '.repeat(9_000)}1${' END'.repeat(9_000)}`,
    `SELECT '${'x'.repeat(1_100_000)}'`,
    'SELECT 1;'.repeat(2_000),
  ];

  it('is refused, and what follows is still read', async () => {
    for (const text of HOSTILE) {
      const { statements, parseError } = analyzeSql(text);
      const unknown = parseError !== null || statements.some((one) => one.effects.includes('unknown'));
      expect(unknown, text.slice(0, 40)).toBe(true);
      expect(normalizeSql(text)).toBeTypeOf('string');
      await loadSqlParser();
      expect(only('SELECT 1').effects).toEqual(['select']);
    }
  });

  it('is refused again and again without harm to others', async () => {
    for (let round = 0; round < tries({ byDay: 30, byNight: 100 }); round += 1) {
      const { statements } = analyzeSql(HOSTILE[round % HOSTILE.length] ?? '');
      expect(statements.length).toBeGreaterThan(0);
    }
    await loadSqlParser();
    expect(only('DELETE FROM a WHERE id = 1').effects).toEqual(['delete']);
  });

  it('does not make long but flat text suspect', () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => `(${index}, 'it''s; (', $x$ ( $x$, -1)`).join(
      ', ',
    );
    expect(only(`INSERT INTO a VALUES ${rows}`).effects).toEqual(['insert']);
    expect(nestingOf(`VALUES ${rows}`)).toBeLessThan(50);
    const conditions = Array.from({ length: 3_000 }, (_, index) => `t.column_${index} = 'x'`);
    for (const word of ['AND', 'OR'])
      expect(only(`SELECT * FROM t WHERE ${conditions.join(` ${word} `)}`).effects).toEqual(['select']);
    expect(only(`SELECT CASE WHEN ${conditions.join(' THEN 1 WHEN ')} THEN 2 END FROM t`).effects).toEqual([
      'select',
    ]);
  });
});

describe('a limit on length', () => {
  it('is a megabyte, or what the caller says', () => {
    const long = `SELECT '${'x'.repeat(1_100_000)}'`;
    expect(analyzeSql(long).parseError).toContain('longer than 1048576');
    const facts = { userFunctions: new Map() };
    expect(analyzeSql(long, facts, { charactersMax: 2_000_000 }).statements[0]?.effects).toEqual(['select']);
    expect(analyzeSql('SELECT 1', facts, { charactersMax: 5 }).parseError).toContain('longer than 5');
  });
});

describe('any text at all', () => {
  const WORDS =
    `SELECT INSERT UPDATE DELETE FROM WHERE WITH AS RECURSIVE MERGE INTO USING ON WHEN MATCHED THEN VALUES
    SET COPY TO STDOUT PROGRAM EXPLAIN ANALYZE PREPARE EXECUTE DO CREATE TABLE VIEW DROP GRANT ROLE TRUNCATE UNION ALL
    ORDER BY GROUP HAVING LIMIT RETURNING JOIN LATERAL EXISTS NOT NULL IN ANY CASE END ( ) , ; . * = + || :: [ ] ' " $$
    $1 -- /* */ a b customers email id 1 'x' "Q" E'\\'' \u0000 é ☃`.split(/\s+/);
  const sqlish = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join(' '));

  it('is analysed without throwing, and every statement gets known effects', () => {
    fc.assert(
      fc.property(fc.oneof(sqlish, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        const { statements, parseError } = analyzeSql(text);
        if (parseError !== null) expect(statements.map((one) => one.effects)).toEqual([['unknown']]);
        for (const { effects } of statements) {
          expect(effects.length).toBeGreaterThan(0);
          expect(effects.every((effect) => EFFECTS.includes(effect))).toBe(true);
        }
        expect(normalizeSql(text)).toBeTypeOf('string');
      }),
      { numRuns: tries({ byDay: 500, byNight: 15_000 }) },
    );
  });

  it('keeps the effects of a statement when it is wrapped in whatever runs it', () => {
    const inner = fc.constantFrom(
      'DELETE FROM a WHERE id = 1 RETURNING id',
      'UPDATE a SET x = 1 RETURNING id',
      'INSERT INTO a VALUES (1) RETURNING id',
      "SELECT pg_read_file('/x')",
      'SELECT app.f(1)',
      'SELECT * FROM pg_authid',
    );
    const wrap = fc.constantFrom<(text: string) => string>(
      (text) => `WITH w AS (${text}) SELECT * FROM w`,
      (text) => `EXPLAIN (ANALYZE, VERBOSE) ${text}`,
      (text) => `PREPARE p AS ${text}`,
      (text) => `COPY (${text}) TO STDOUT`,
      (text) => `SELECT 1; ${text}`,
    );
    fc.assert(
      fc.property(inner, wrap, (text, wrapped) => {
        const found = analyzeSql(wrapped(text)).statements.flatMap((statement) => statement.effects);
        for (const effect of only(text).effects) expect(found).toContain(effect);
      }),
    );
  });
});

describe('normalizeSql', () => {
  it('takes literals out, also passwords and code', () => {
    expect(normalizeSql("SELECT * FROM a WHERE b = 'secret' AND c = 5")).toBe(
      'SELECT * FROM a WHERE b = $1 AND c = $2',
    );
    expect(normalizeSql("ALTER ROLE me PASSWORD 'secret'")).not.toContain('secret');
    expect(normalizeSql("DO $$ PERFORM 'secret' $$")).not.toContain('secret');
  });

  it('says so when a text cannot be read', () => {
    expect(normalizeSql("SELECT 'secret")).toBe('(unparsable statement)');
  });
});

describe('SqlAnalysisCache', () => {
  it('returns the same analysis for the same text', () => {
    const cache = new SqlAnalysisCache();
    expect(cache.analyze('SELECT 1')).toBe(cache.analyze('SELECT 1'));
  });

  it('forgets what was used longest ago, by number and by length', () => {
    const cache = new SqlAnalysisCache({ entriesMax: 2, charactersMax: 1_000 });
    const first = cache.analyze('SELECT 1');
    cache.analyze('SELECT 2');
    cache.analyze('SELECT 1');
    cache.analyze('SELECT 3');
    expect(cache.size).toBe(2);
    expect(cache.analyze('SELECT 1')).toBe(first);
    const long = new SqlAnalysisCache({ entriesMax: 100, charactersMax: 100 });
    for (let index = 10; index < 40; index += 1) long.analyze(`SELECT  ${index}`);
    expect(long.size).toBe(10);
  });

  it('does not keep a text that would push everything else out', () => {
    const cache = new SqlAnalysisCache({ entriesMax: 10, charactersMax: 100 });
    cache.analyze(`SELECT '${'x'.repeat(50)}'`);
    expect(cache.size).toBe(0);
  });

  it('forgets everything when the facts about the database change', () => {
    const cache = new SqlAnalysisCache();
    const before = { userFunctions: new Map() };
    expect(cache.analyze("SELECT lower('X')", before).statements[0]?.effects).toEqual(['select']);
    const after = {
      userFunctions: new Map([
        ['lower', [{ schema: 'public', name: 'lower', volatility: 'stable' as const }]],
      ]),
    };
    expect(cache.analyze("SELECT lower('X')", after).statements[0]?.effects).toEqual(['select', 'call']);
  });
});
