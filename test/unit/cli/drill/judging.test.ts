/** How a drill judges: what passes for masked, what a step comes to, and what may be dropped. */
import { describe, expect, test } from 'vitest';
import { judgeCells } from '../../../../src/cli/drill/masked-cells.ts';
import {
  countVerdicts,
  type DrillReport,
  failedCheck,
  timedCheck,
  unknownCheck,
  worstOf,
} from '../../../../src/cli/drill/model.ts';
import { canaryStatements, parseCanary, parseColumn, parseTable } from '../../../../src/cli/drill/plan.ts';
import { conclusionOf, markdownOf, renderReport } from '../../../../src/cli/drill/report.ts';
import { EVASIONS } from '../../../../src/cli/drill/steps/evasions.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { applyMask } from '../../../../src/policies/masks/apply.ts';

const EMAIL = 'alice.moreau@example.com';
const HASHING = { hashKey: new Secret(Buffer.alloc(32, 7)) };

describe('cells', () => {
  test.each([
    ['redacted', applyMask('redact', EMAIL)],
    ['hashed', applyMask(HASHING, EMAIL)],
    ['the end kept', applyMask({ keepLast: 4 }, '4111111111111111')],
    ['the beginning kept', applyMask({ keepFirst: 4 }, '4111111111111111')],
    ['half of a short one kept', applyMask({ keepLast: 4 }, 'abcd')],
    ['one character', applyMask({ keepFirst: 4 }, 'a')],
  ])('%s are masked', (_how, cell) => {
    expect(judgeCells([cell, null], [EMAIL, '4111111111111111'])).toBe('masked');
  });

  test.each([
    ['as it is', EMAIL, []],
    ['one among masked ones', EMAIL, []],
    ['with a star that is its own', '*alice@example.com', []],
    ['backwards, which looks like nothing', '***moc', ['com***']],
    ['in a row', `(***,${EMAIL})***`, [EMAIL]],
    ['in base64, behind stars', Buffer.from('***x').toString('base64'), ['***x']],
  ])('%s are shown', (_how, cell, known) => {
    expect(judgeCells(['***', cell], known)).toBe('shown');
  });

  test('without a value there is nothing to judge', () => {
    expect([judgeCells([], []), judgeCells([null, null], [EMAIL])]).toEqual(['empty', 'empty']);
  });
});

test('a step is as bad as its worst check, and what is unknown is no pass', () => {
  const passed = timedCheck('stopped', { text: 'x', afterMs: 2_000, withinMs: 2_000 });
  const late = timedCheck('stopped', { text: 'x', afterMs: 2_001, withinMs: 2_000 });
  expect([passed.verdict, late.verdict]).toEqual(['passed', 'failed']);
  const unknown = unknownCheck('alerted', 'x');
  expect(worstOf([passed])).toBe('passed');
  expect(worstOf([passed, unknown])).toBe('unknown');
  expect(worstOf([unknown, late, passed])).toBe('failed');
  expect(worstOf([])).toBe('skipped');
});

test.each([
  'customers',
  'sallyport_drill',
  'sallyport_drill_',
  'sallyport_drill_x cascade',
  'a.b.sallyport_drill_x',
  'sallyport_drill_x"',
])('a drill may not lose %s', (name) => {
  expect(() => parseCanary(name)).toThrow();
});

test('what it is to do with names is quoted', () => {
  expect(parseCanary('public.sallyport_drill_x').sql).toBe('"public"."sallyport_drill_x"');
  expect(parseColumn('public.customers.email')).toMatchObject({
    sql: '"email"',
    table: { sql: '"public"."customers"' },
  });
  for (const text of ['customers;', 'a.b.c', '', '.a', '"a"']) expect(() => parseTable(text)).toThrow();
  for (const text of ['email', 'a.b.c.d', 'customers.', 'customers.e mail'])
    expect(() => parseColumn(text)).toThrow();
  expect(canaryStatements(parseCanary('sallyport_drill_x')).join(' ')).not.toContain('undefined');
});

test('ways around a mask only read, but for one that is taken back', () => {
  const names = { column: '"email"', table: '"customers"', canary: '"sallyport_drill_x"' };
  for (const evasion of EVASIONS) {
    const { before, text, after } = evasion.statements(names);
    if (evasion.isWrite !== true) expect(text).toMatch(/^(?:select|with|copy \(select|\(select)/);
    else expect([before, after]).toEqual([['begin'], ['rollback']]);
  }
});

const REPORT: DrillReport = {
  drill: 'drill-aaaaaaaa',
  server: 'https://sallyport.example.com',
  resource: 'orders-db',
  workload: 'migrator',
  startedAt: '2026-11-22T10:00:00.000Z',
  tookMs: 1_234,
  limitsMs: { stoppedMs: 2_000, recordedMs: 20_000, alertedMs: 60_000 },
  outcome: 'failed',
  counts: { passed: 0, noted: 0, skipped: 0, unknown: 0, failed: 0 },
  steps: [
    {
      name: 'drop',
      title: 'Dropping a table',
      expected: 'refused',
      verdict: 'failed',
      checks: [failedCheck('stopped', 'NOT STOPPED: a | b\u001b[2J `x`')],
      sessions: ['s-aaaaaaaa'],
    },
  ],
};

test('a report is understood without colour, and what others wrote in it stays text', () => {
  const plain = { style: (_style: string, text: string) => text };
  const report = { ...REPORT, counts: countVerdicts(REPORT.steps) };
  const text = renderReport(plain, report);
  expect(text).toContain('✗ FAILED     drop: Dropping a table  [s-aaaaaaaa]');
  expect(text).toContain('FAILED: NOT STOPPED: a | b\\u{1b}[2J');
  expect(conclusionOf(report)).toBe('FAILED in 1.2 s: 0 of 1 steps held; DID NOT HOLD: drop.');
  const markdown = markdownOf(report);
  expect(markdown).toContain('| ✗ FAILED | stopped |  | NOT STOPPED: a \\| b');
  expect(markdown).toContain('[s-aaaaaaaa](https://sallyport.example.com/sessions/s-aaaaaaaa)');
  expect(text + markdown).not.toContain('\u001b');
});
