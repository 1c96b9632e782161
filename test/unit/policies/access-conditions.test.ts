import { describe, expect, test } from 'vitest';
import { type ConditionOutcome, compileCondition } from '../../../src/policies/access/condition.ts';
import { conditionFacts } from '../../../src/policies/access/question.ts';
import { questionTo } from './access-question.ts';

const ANYBODY = '  - { name: a, who: { groups: [g] }, to: {}, roles: [read], approval: auto }\n';

function outcome(text: string, asked: Parameters<typeof questionTo>[1] = {}): ConditionOutcome['kind'] {
  return compileCondition(text)(conditionFacts(questionTo(ANYBODY, asked).question)).kind;
}

describe('a condition', () => {
  test('knows the request, the person and the resource', () => {
    const facts = [
      "request.duration == duration('1h')",
      "request.reason.contains('4711')",
      "request.role == 'read' && request.ticket == '' && request.incident == ''",
      "request.time == timestamp('2026-06-10T10:00:00Z')",
      "'engineering' in user.groups && user.email.endsWith('@example.com')",
      "resource.labels.env == 'prod' && resource.kind == 'postgres' && resource.name == 'orders-db'",
      "'dana@example.com' in resource.owners",
    ];
    expect(facts.map((text) => outcome(text))).toEqual(facts.map(() => 'true'));
  });

  test('that cannot be worked out has failed, which is neither true nor false', () => {
    expect(outcome("resource.labels.team == 'payments'")).toBe('failed');
    expect(outcome('int(request.reason) > 1')).toBe('failed');
    expect(outcome("has(resource.labels.team) && resource.labels.team == 'payments'")).toBe('false');
  });

  test('is refused when the file is read for a field, a type, a pattern or a time zone that is none', () => {
    const refused: [text: string, message: RegExp][] = [
      ['request.durations', /No such key: durations/],
      ['request.duration', /must be true or false/],
      ['request.role == 1', /not a valid condition/],
      ['request.role ==', /not a CEL expression/],
      ["request.reason.matches('(')", /not a pattern of RE2/],
      ["hour(request.time, 'Europe/Berln') < 9", /no time zone Europe\/Berln/],
      ["request.time.getHours('Mars/Base') < 9", /no time zone Mars\/Base/],
    ];
    for (const [text, message] of refused) expect(() => compileCondition(text)).toThrow(message);
  });

  test('looks at every element of a list in every other one, and no deeper', () => {
    const list = `[${Array.from({ length: 50 }, (_, index) => index).join(', ')}]`;
    const nested = (levels: number): string =>
      Array.from({ length: levels }).reduce<string>(
        (inner, _, at) => `${list}.all(v${at}, ${inner})`,
        'true',
      );
    expect(outcome(nested(2))).toBe('true');
    expect(() => compileCondition(nested(3))).toThrow(/nested deeper than 2/);
    expect(outcome(`${nested(2)} && ${nested(2)}`)).toBe('true');
    expect(outcome('[1, 2].filter(a, a > 1).exists(a, a == 2)')).toBe('true');
    expect(() => compileCondition('[[1]].map(a, a + a).map(a, a + a).map(a, a + a).size() == 1')).toThrow(
      /nested/,
    );
    expect(() => compileCondition('cel.bind(a, [1, 2], a.size() == 2)')).toThrow(
      /cel\.bind is not available/,
    );
  });

  test('looks for patterns in time that is linear in the text', () => {
    const text = "request.reason.matches('^(a+)+$')";
    const startedAt = performance.now();
    expect(outcome(text, { reason: `${'a'.repeat(2_000)}!` })).toBe('false');
    expect(outcome(text, { reason: 'a'.repeat(2_000) })).toBe('true');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(outcome("request.reason.matches('order [0-9]{4}')")).toBe('true');
  });

  test('finds patterns inside macros as well', () => {
    expect(outcome("user.groups.exists(group, group.matches('^eng'))")).toBe('true');
    expect(outcome("user.groups.all(group, group.matches('^sre'))")).toBe('false');
  });
});

describe('the time', () => {
  const at = new Date('2026-03-28T23:30:00Z');
  const facts = [
    "hour(request.time, 'Europe/Berlin') == 0",
    "minute(request.time, 'Asia/Kolkata') == 0 && hour(request.time, 'Asia/Kolkata') == 5",
    "weekday(request.time, 'Europe/Berlin') == 'sun' && weekday(request.time, 'UTC') == 'sat'",
    "date(request.time, 'Europe/Berlin') == '2026-03-29'",
    "date(request.time, 'Europe/Berlin') in ['2026-03-29', '2026-12-25']",
    "request.time.getDayOfWeek('Europe/Berlin') == 0 && request.time.getDayOfWeek() == 6",
    "request.time.getFullYear('UTC') == 2026 && request.time.getMonth('UTC') == 2 && request.time.getDate('UTC') == 28",
    "request.time.getDayOfMonth('UTC') == 27 && request.time.getDayOfYear('UTC') == 86",
    "request.time.getHours('America/New_York') == 19 && request.time.getMinutes('UTC') == 30",
  ];
  test.each(facts)('is told in a time zone: %s', (text) => {
    expect(outcome(text, { at })).toBe('true');
  });

  test('in a time zone does not depend on the clock of the server', () => {
    // In Berlin clocks skip from two to three on this day: a server there has no half past two.
    const before = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    try {
      const inNewYork = new Date('2026-03-29T06:30:00Z');
      expect(outcome("request.time.getHours('America/New_York') == 2", { at: inNewYork })).toBe('true');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});
