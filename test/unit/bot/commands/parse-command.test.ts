import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_CHARACTERS_MAX } from '../../../../src/bot/commands/command.ts';
import { parseCommand } from '../../../../src/bot/commands/parse-command.ts';
import { COMMANDS } from '../../../../src/bot/commands/table.ts';
import { AppError } from '../../../../src/core/errors.ts';

const HOUR_MS = 3_600_000;

/** The message a person sees for text that is no command. */
function problemOf(text: string): string {
  try {
    parseCommand(text);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error(`"${text}" was read as a command`);
}

describe('request', () => {
  const nothing = {
    name: 'request',
    resource: null,
    role: null,
    durationMs: null,
    reason: null,
    ticket: null,
    beneficiary: null,
  };

  test('reads every part in the order of the design', () => {
    expect(
      parseCommand('/access request orders-db as write for 1h30m because payouts hang ticket OPS-12'),
    ).toEqual({
      name: 'request',
      resource: 'orders-db',
      role: 'write',
      durationMs: 1.5 * HOUR_MS,
      reason: 'payouts hang',
      ticket: 'OPS-12',
      beneficiary: null,
    });
  });

  test('takes the parts in any order as long as free text comes last or stands in quotes', () => {
    const expected = {
      ...nothing,
      resource: 'orders-db',
      role: 'read',
      durationMs: HOUR_MS,
      reason: 'it hangs',
    };
    expect(parseCommand('request orders-db for 1h as read because it hangs')).toEqual(expected);
    expect(
      parseCommand('request because "it hangs" as read for 1h'.replace('request', 'request orders-db')),
    ).toEqual(expected);
  });

  test('leaves out what was left out', () => {
    expect(parseCommand('request')).toEqual(nothing);
    expect(parseCommand('request orders-db')).toEqual({ ...nothing, resource: 'orders-db' });
    expect(parseCommand('request because it hangs')).toEqual({ ...nothing, reason: 'it hangs' });
  });

  test('keywords are read in any case, names as they are typed', () => {
    expect(parseCommand('REQUEST Orders-DB AS Read For 2H')).toEqual({
      ...nothing,
      resource: 'Orders-DB',
      role: 'Read',
      durationMs: 2 * HOUR_MS,
    });
  });

  test.each([
    ['a keyword inside a sentence stays in it', 'the as-of view is wrong as of today', null],
    ['a duration inside a sentence is no clause', 'it has been stuck for 1h', null],
    ['a word after "ticket" that has no digit is part of the sentence', 'of the ticket queue', null],
    ['text after the ticket keeps both in the sentence', 'ticket OPS-12 is urgent', null],
  ])('%s', (_name, reason, ticket) => {
    expect(parseCommand(`request orders-db because ${reason}`)).toMatchObject({
      reason,
      ticket,
      durationMs: null,
    });
  });

  test.each([
    ['OPS-12', 'ticket OPS-12'],
    ['#4711', 'ticket #4711'],
    ['https://tracker.example/7', 'TICKET https://tracker.example/7'],
    ['the big one', 'ticket "the big one"'],
  ])('a ticket at the end of the reason is taken off it: %s', (ticket, clause) => {
    expect(parseCommand(`request orders-db because rows are missing ${clause}`)).toMatchObject({
      reason: 'rows are missing',
      ticket,
    });
  });

  test('a reason is never emptied by the ticket that follows it', () => {
    expect(parseCommand('request orders-db because ticket OPS-12')).toMatchObject({
      reason: 'ticket OPS-12',
      ticket: null,
    });
  });

  test('a quoted keyword is text', () => {
    expect(parseCommand('request "for" as "as"')).toMatchObject({ resource: 'for', role: 'as' });
  });

  test('keeps the reason exactly as it was typed, line breaks and inner quotes included', () => {
    expect(parseCommand('request orders-db because  it says "no  rows"\nsince  noon ')).toMatchObject({
      reason: 'it says "no  rows"\nsince  noon',
    });
  });

  test('curly quotes quote, apostrophes do not', () => {
    expect(parseCommand('request orders-db because “it’s down” for 1h')).toMatchObject({
      reason: 'it’s down',
      durationMs: HOUR_MS,
    });
    expect(parseCommand("request orders-db because it's down and won't start")).toMatchObject({
      reason: "it's down and won't start",
    });
    expect(parseCommand('request orders-db because "unclosed')).toMatchObject({ reason: '"unclosed' });
  });

  test('asking for somebody else names them, after the reason too, and a plain word stays in the reason', () => {
    expect(parseCommand('request orders-db for-user @bob')).toMatchObject({ beneficiary: 'bob' });
    expect(parseCommand('request orders-db because it hangs ticket OPS-1 for-user @bob')).toMatchObject({
      reason: 'it hangs',
      ticket: 'OPS-1',
      beneficiary: 'bob',
    });
    expect(parseCommand('request orders-db because it is for-user testing')).toMatchObject({
      reason: 'it is for-user testing',
      beneficiary: null,
    });
    expect(problemOf('request orders-db for-user @')).toContain('names nobody');
  });

  test.each([
    ['request orders-db for soon', 'not a duration'],
    ['request orders-db for', 'has to follow "for"'],
    ['request orders-db for 1h for 2h', 'given twice'],
    ['request orders-db becuase it hangs', 'Did you mean "because"?'],
    ['request orders-db please', 'did not expect "please"'],
    [`request ${'x'.repeat(64)}`, 'at most 63 characters'],
    [`request orders-db because ${'x'.repeat(2_001)}`, 'longer than 2000 characters'],
    [`request orders-db ticket ${'1'.repeat(101)}`, 'longer than 100 characters'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(text)).toContain(message);
  });
});

describe('decisions', () => {
  test('approve takes a duration and a note', () => {
    expect(parseCommand('approve r-abcd2345 for 30m note only the refunds, for now')).toEqual({
      name: 'approve',
      id: 'r-abcd2345',
      durationMs: HOUR_MS / 2,
      note: 'only the refunds, for now',
    });
    expect(parseCommand('approve r-abcd2345')).toEqual({
      name: 'approve',
      id: 'r-abcd2345',
      durationMs: null,
      note: null,
    });
  });

  test('deny takes a reason to the end of the line', () => {
    expect(parseCommand('deny r-abcd2345 because use the replica for 1h ticket OPS-1')).toEqual({
      name: 'deny',
      id: 'r-abcd2345',
      reason: 'use the replica for 1h ticket OPS-1',
    });
    expect(parseCommand('deny r-abcd2345')).toEqual({ name: 'deny', id: 'r-abcd2345', reason: null });
  });

  test('an ID pasted with its punctuation is still the ID', () => {
    expect(parseCommand('approve <r-abcd2345>,')).toMatchObject({ id: 'r-abcd2345' });
    expect(parseCommand('show `r-abcd2345`')).toEqual({ name: 'show', id: 'r-abcd2345' });
  });

  test.each([
    ['approve', 'An ID is missing'],
    ['approve ../etc', 'is not an ID'],
    ['deny r-1 but why', 'did not expect "but"'],
    ['deny r-1 because', 'has to follow "because"'],
    [`show ${'x'.repeat(65)}`, 'is not an ID'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(text)).toContain(message);
  });
});

describe('the other commands', () => {
  test.each([
    ['mine', { name: 'mine' }],
    ['  Pending ', { name: 'pending' }],
    ['cancel r-1', { name: 'cancel', id: 'r-1' }],
    ['done', { name: 'done', id: null }],
    ['done g-abcd2345', { name: 'done', id: 'g-abcd2345' }],
    ['revoke g-abcd2345', { name: 'revoke', target: { kind: 'grant', id: 'g-abcd2345' }, reason: null }],
    [
      'revoke @dana@example.com because the laptop is lost',
      {
        name: 'revoke',
        target: { kind: 'person', account: 'dana@example.com' },
        reason: 'the laptop is lost',
      },
    ],
    ['sessions', { name: 'sessions', search: null }],
    ['sessions alice  orders-db', { name: 'sessions', search: 'alice  orders-db' }],
    ['sessions "drop table"', { name: 'sessions', search: 'drop table' }],
    ['replay s-1', { name: 'replay', id: 's-1' }],
    ['help', { name: 'help', topic: null }],
    ['help Request', { name: 'help', topic: 'request' }],
    ['', { name: 'help', topic: null }],
    ['/access', { name: 'help', topic: null }],
  ])('"%s"', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each([
    ['link', { name: 'link', what: 'page' }],
    ['link CODE', { name: 'link', what: 'code' }],
    ['timeline', { name: 'timeline', incident: null }],
    ['timeline #inc-42', { name: 'timeline', incident: 'inc-42' }],
    ['incident', { name: 'incident', what: 'show' }],
    ['incident open checkout is down', { name: 'incident', what: 'open', title: 'checkout is down' }],
    ['incident OPEN "checkout is down"', { name: 'incident', what: 'open', title: 'checkout is down' }],
    ['incident open it\'s "odd" now', { name: 'incident', what: 'open', title: 'it\'s "odd" now' }],
    [`incident open ${'x'.repeat(150)}`, { name: 'incident', what: 'open', title: 'x'.repeat(150) }],
    ['incident link', { name: 'incident', what: 'link', title: '' }],
    ['incident link the old one', { name: 'incident', what: 'link', title: 'the old one' }],
    ['incident close', { name: 'incident', what: 'close', id: null }],
    ['incident report', { name: 'incident', what: 'report', incident: null }],
    ['incident report #inc-42', { name: 'incident', what: 'report', incident: 'inc-42' }],
    ['incident close i-abcd2345', { name: 'incident', what: 'close', id: 'i-abcd2345' }],
  ])('"%s" is about accounts or incidents', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each([
    ['link everything', 'did not expect "everything"'],
    ['incident open', 'A title is missing'],
    ['incident opne it', 'Did you mean "open"?'],
    ['incident close this one', 'is not an ID'],
    [`incident open ${'x'.repeat(151)}`, 'at most 150 characters'],
    [`timeline ${'x'.repeat(101)}`, 'at most 100 characters'],
  ])('"%s" is answered with what to write', (text, message) => {
    expect(() => parseCommand(text)).toThrow(message);
  });

  test.each([
    ['reqest orders-db', 'Did you mean "/access request"?'],
    ['aprove r-1', 'Did you mean "/access approve"?'],
    ['sesions', 'Did you mean "/access sessions"?'],
    ['frobnicate', '/access help'],
    ['/acces request', 'begin with /access'],
    ['mine please', 'did not expect "please"'],
    [`sessions ${'x'.repeat(201)}`, 'at most 200 characters'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(problemOf(text)).toContain(message);
  });
});

describe('the grammar as a whole', () => {
  test('knows every command of the design', () => {
    const design =
      'request mine pending show cancel done extend revoke approve deny breakglass sessions replay timeline incident delegate oncall link help again ask comment consent';
    expect(COMMANDS.map((spec) => spec.name).sort()).toEqual(design.split(' ').sort());
  });

  test('can read its own examples', () => {
    for (const example of COMMANDS.flatMap((spec) => spec.examples)) {
      expect(parseCommand(example), example).not.toMatchObject({ name: 'help', topic: null });
    }
  });

  test('refuses a line that is too long before it looks at it', () => {
    expect(problemOf(`show ${'x'.repeat(COMMAND_CHARACTERS_MAX)}`)).toContain('at most 4000 characters');
  });

  test('any text is a command or a problem that a person can read', () => {
    const words = fc.constantFrom(
      ...COMMANDS.map((spec) => spec.name),
      ...[
        'as',
        'for',
        'because',
        'ticket',
        'note',
        'for-user',
        '@a',
        '1h',
        'r-1',
        '"',
        "'",
        '“',
        '/access',
        '\n',
        '\t',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(fc.oneof(words, fc.string({ maxLength: 8 })), { maxLength: 12 })
        .map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(text, (typed) => {
        try {
          expect(parseCommand(typed).name).toBeTypeOf('string');
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(['invalid_input', 'not_available_yet']).toContain(error.code);
          expect(error.message.length).toBeGreaterThan(10);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('whatever reason is quoted comes back as it was', () => {
    const reason = fc
      .string({ minLength: 1, maxLength: 100 })
      .filter((text) => !text.includes('"') && text.trim() === text && text !== '');
    fc.assert(
      fc.property(reason, (text) => {
        expect(parseCommand(`request orders-db because "${text}" for 1h`)).toMatchObject({
          reason: text,
          durationMs: HOUR_MS,
        });
      }),
    );
  });
});
