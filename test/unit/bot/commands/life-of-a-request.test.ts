import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../../src/bot/commands/parse-command.ts';
import { momentOf, parseUntil } from '../../../../src/bot/commands/until.ts';
import { AppError } from '../../../../src/core/errors.ts';

const MINUTE_MS = 60_000;
/** A Sunday. */
const NOW = new Date('2026-11-22T10:30:00Z');

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_input') return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('extend', () => {
  test.each([
    ['extend', { id: null, byMs: null, reason: null }],
    ['extend by 30m', { id: null, byMs: 30 * MINUTE_MS, reason: null }],
    [
      'extend g-abcd2345 by 1h because the backfill is not through',
      { id: 'g-abcd2345', byMs: 60 * MINUTE_MS, reason: 'the backfill is not through' },
    ],
  ])('"%s"', (text, expected) => {
    expect(parseCommand(text)).toEqual({ name: 'extend', ...expected });
  });

  test.each([
    ['extend g-1 for 30m', 'did not expect "for"'],
    ['extend g-1 by', 'has to follow "by"'],
    ['extend g-1 by soon', 'not a duration'],
    ['extend g-1 bye 30m', 'Did you mean "by"?'],
    ['extnd g-1', 'Did you mean "/access extend"?'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(() => parseCommand(text))).toContain(message);
  });
});

describe('breakglass', () => {
  test('reads what a request reads, without somebody else', () => {
    expect(
      parseCommand('breakglass orders-db as owner for 30m because checkout is down ticket OPS-1'),
    ).toEqual({
      name: 'breakglass',
      resource: 'orders-db',
      role: 'owner',
      durationMs: 30 * MINUTE_MS,
      reason: 'checkout is down',
      ticket: 'OPS-1',
    });
    expect(parseCommand('breakglass')).toMatchObject({ resource: null, reason: null });
    expect(problemOf(() => parseCommand('breakglass orders-db for-user @bob'))).toContain(
      'did not expect "for-user"',
    );
  });

  test.each(['break-glass orders-db', 'breakglas orders-db', 'braekglass orders-db'])(
    '"%s" is told the name',
    (text) => {
      expect(problemOf(() => parseCommand(text))).toContain('Did you mean "/access breakglass"?');
    },
  );
});

describe('comment and ask', () => {
  test.each([
    ['comment r-1 the backup ran for 1h', 'the backup ran for 1h'],
    ['ask r-1 which table, "orders" or "refunds"?', 'which table, "orders" or "refunds"?'],
    ['comment r-1 "only this"', 'only this'],
    ['comment r-1', null],
    ['ask r-1 ""', null],
  ])('"%s"', (line, text) => {
    expect(parseCommand(line)).toEqual({ name: 'comment', id: 'r-1', text });
  });

  test('the longest comment passes, one character more does not', () => {
    expect(parseCommand(`comment r-1 ${'x'.repeat(2_000)}`)).toMatchObject({ text: 'x'.repeat(2_000) });
    expect(problemOf(() => parseCommand(`comment r-1 ${'x'.repeat(2_001)}`))).toContain(
      'at most 2000 characters',
    );
    expect(problemOf(() => parseCommand('comment'))).toContain('An ID is missing');
  });
});

describe('delegate', () => {
  test('names somebody and a date; alone it lists', () => {
    expect(parseCommand('delegate @dana@example.com until 2026-12-24 18:00')).toEqual({
      name: 'delegate',
      account: 'dana@example.com',
      until: { kind: 'date', date: '2026-12-24', time: '18:00' },
    });
    expect(parseCommand('delegate dana until friday')).toMatchObject({ account: 'dana' });
    expect(parseCommand('delegate')).toEqual({ name: 'delegations' });
    expect(parseCommand('delegate accept d-k3q7mzra')).toEqual({
      name: 'answer-delegation',
      id: 'd-k3q7mzra',
      accepts: true,
    });
    expect(parseCommand('delegate decline d-k3q7mzra.')).toMatchObject({ id: 'd-k3q7mzra', accepts: false });
  });

  test.each([
    ['delegate @dana', 'A date is missing'],
    ['delegate accept', 'An ID is missing'],
    ['delegate @dana friday', 'I did not expect "friday" here'],
    ['delegate until friday', 'A person is missing'],
    ['delegate @dana untill friday', 'Did you mean "until"?'],
    ['delegate @dana until someday', '"someday" is not a date'],
    ['delegate @ until friday', 'names nobody'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(() => parseCommand(text))).toContain(message);
  });
});

describe('a date', () => {
  test.each([
    ['2026-12-24', '2026-12-25T00:00:00.000Z'],
    ['2026-12-24 18:00', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24 18:00 UTC', '2026-12-24T18:00:00.000Z'],
    ['today', '2026-11-23T00:00:00.000Z'],
    ['Tomorrow', '2026-11-24T00:00:00.000Z'],
    ['monday', '2026-11-24T00:00:00.000Z'],
    ['Fri', '2026-11-28T00:00:00.000Z'],
    ['sunday', '2026-11-30T00:00:00.000Z'],
    ['3d', '2026-11-25T10:30:00.000Z'],
  ])('"%s" ends at %s', (text, at) => {
    expect(momentOf(parseUntil(text), NOW).toISOString()).toBe(at);
  });

  test.each(['2026-02-30', '2026-13-01', '2026-12-24 25:00', 'fr', 'next week', '24.12.2026', ''])(
    '"%s" is none',
    (text) => {
      expect(problemOf(() => parseUntil(text))).toContain('is not a date');
    },
  );
});

describe('the others', () => {
  test.each([
    ['consent r-1', { name: 'consent', id: 'r-1' }],
    ['again r-1', { name: 'again', id: 'r-1' }],
    ['oncall orders-db', { name: 'oncall', resource: 'orders-db' }],
  ])('"%s"', (text, expected) => {
    expect(parseCommand(text)).toEqual(expected);
  });

  test.each([
    ['consent', 'An ID is missing'],
    ['again', 'An ID is missing'],
    ['oncall', 'A name is missing'],
    ['onecall orders-db', 'Did you mean "/access oncall"?'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(() => parseCommand(text))).toContain(message);
  });
});
