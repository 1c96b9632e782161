import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInWindow } from '../../../src/policies/access/windows.ts';
import { DAYS } from '../../../src/policies/document/access-policy.ts';
import type { Window } from '../../../src/policies/document/schema.ts';
import { tries } from '../../support/thoroughness.ts';
import { ask } from './access-question.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const window = (text: Partial<Window>): Window => ({
  from: '22:00',
  to: '06:00',
  timezone: 'UTC',
  ...text,
});

describe('a window', () => {
  test('begins with its first minute and ends before its last', () => {
    const office = window({ from: '09:00', to: '17:30' });
    const at = (time: string): boolean => isInWindow(office, new Date(`2026-06-10T${time}Z`));
    expect(['08:59:59', '09:00:00', '17:29:59', '17:30:00'].map(at)).toEqual([false, true, true, false]);
  });

  test('may last until midnight', () => {
    const evening = window({ from: '00:00', to: '24:00', days: ['wed'] });
    const at = (time: string): boolean => isInWindow(evening, new Date(time));
    expect(
      ['2026-06-09T23:59:59Z', '2026-06-10T00:00:00Z', '2026-06-10T23:59:59Z', '2026-06-11T00:00:00Z'].map(
        at,
      ),
    ).toEqual([false, true, true, false]);
  });

  test('past midnight belongs to the day on which it begins', () => {
    const friday = window({ days: ['fri'] });
    const at = (time: string): boolean => isInWindow(friday, new Date(time));
    // 2026-06-12 is a Friday.
    expect(at('2026-06-12T21:59:59Z')).toBe(false);
    expect(at('2026-06-12T22:00:00Z')).toBe(true);
    expect(at('2026-06-13T05:59:59Z')).toBe(true);
    expect(at('2026-06-13T06:00:00Z')).toBe(false);
    expect(at('2026-06-12T03:00:00Z'), 'the night from Thursday').toBe(false);
    expect(at('2026-06-13T23:00:00Z'), 'Saturday night').toBe(false);
  });

  test('from Sunday lasts into Monday', () => {
    const sunday = window({ days: ['sun'] });
    expect(isInWindow(sunday, new Date('2026-06-15T02:00:00Z'))).toBe(true);
  });
});

describe('hours and quiet hours', () => {
  const policy = (times: string): string =>
    `  - { name: a, who: { groups: [engineering] }, to: {}, roles: [read], ${times}, approval: auto }\n`;
  const office = '{ days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", timezone: Europe/Berlin }';
  const night = '{ from: "22:00", to: "06:00", timezone: Europe/Berlin }';

  test('say when a policy holds and when it does not', () => {
    const inHours = (at: string): boolean => ask(policy(`hours: [${office}]`), { at: new Date(at) }).allowed;
    expect(inHours('2026-06-10T07:00:00Z')).toBe(true);
    expect(inHours('2026-06-10T06:59:00Z')).toBe(false);
    expect(inHours('2026-01-07T07:00:00Z'), 'in winter it is eight').toBe(false);
    expect(inHours('2026-06-13T10:00:00Z'), 'on Saturday').toBe(false);
    const outsideQuiet = (at: string): boolean =>
      ask(policy(`quietHours: [${night}]`), { at: new Date(at) }).allowed;
    expect(outsideQuiet('2026-06-10T19:59:00Z')).toBe(true);
    expect(outsideQuiet('2026-06-10T20:00:00Z')).toBe(false);
    expect(outsideQuiet('2026-06-11T03:59:00Z')).toBe(false);
    expect(outsideQuiet('2026-06-11T04:00:00Z')).toBe(true);
  });

  test('are said to whoever asks at another time', () => {
    expect(ask(policy(`hours: [${office}]`), { at: new Date('2026-06-13T10:00:00Z') })).toMatchObject({
      obstacle: 'hours',
      explanation:
        'read on orders-db is not given like this. a: it holds Mon, Tue, Wed, Thu, Fri 09:00 to 17:00 (Europe/Berlin).',
    });
  });

  test('of a policy that denies say when it denies', () => {
    const text = `  - { name: a, who: { groups: [engineering] }, to: {}, roles: [read], approval: auto }
  - { name: nights, effect: deny, who: {}, to: {}, hours: [${night}] }
`;
    expect(ask(text, { at: new Date('2026-06-10T21:00:00Z') })).toMatchObject({ deniedBy: 'nights' });
    expect(ask(text, { at: new Date('2026-06-10T10:00:00Z') })).toMatchObject({ allowed: true });
  });
});

/**
 * How far local time is ahead, in minutes, by the rules as the countries publish them: written down here once more,
 * so that the runtime's own tables are checked by something else.
 */
const ZONES: Readonly<Record<string, (at: number) => number>> = {
  UTC: () => 0,
  'Asia/Kolkata': () => 330,
  'Asia/Kathmandu': () => 345,
  'Europe/Berlin': (at) => (isEuropeanSummer(at) ? 120 : 60),
  'America/New_York': (at) => (isAmericanSummer(at) ? -240 : -300),
  // Summer time moves this clock by half an hour.
  'Australia/Lord_Howe': (at) => (isLordHoweSummer(at) ? 660 : 630),
};

/** The day of the month of the first, second … or last (-1) Sunday. */
function sunday(year: number, month: number, which: number): number {
  if (which > 0) return 1 + ((7 - new Date(Date.UTC(year, month, 1)).getUTCDay()) % 7) + (which - 1) * 7;
  const last = new Date(Date.UTC(year, month + 1, 0));
  return last.getUTCDate() - last.getUTCDay();
}

function isEuropeanSummer(at: number): boolean {
  const year = new Date(at).getUTCFullYear();
  return at >= Date.UTC(year, 2, sunday(year, 2, -1), 1) && at < Date.UTC(year, 9, sunday(year, 9, -1), 1);
}

function isAmericanSummer(at: number): boolean {
  const year = new Date(at).getUTCFullYear();
  return at >= Date.UTC(year, 2, sunday(year, 2, 2), 7) && at < Date.UTC(year, 10, sunday(year, 10, 1), 6);
}

function isLordHoweSummer(at: number): boolean {
  const year = new Date(at).getUTCFullYear();
  const begins = Date.UTC(year, 9, sunday(year, 9, 1), 2) - 630 * MINUTE_MS;
  const ends = Date.UTC(year, 3, sunday(year, 3, 1), 2) - 660 * MINUTE_MS;
  return at >= begins || at < ends;
}

/** Every minute of the local clock that is in the window, as text, for so many days around a date. */
function minutesOf({ days, from, to }: Window, around: number): Set<string> {
  const labels = new Set<string>();
  const minuteOfDay = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const end = minuteOfDay(to) > minuteOfDay(from) ? minuteOfDay(to) : minuteOfDay(to) + 1_440;
  for (let day = -4; day <= 4; day += 1) {
    const midnight = Math.floor(around / DAY_MS) * DAY_MS + day * DAY_MS;
    const name = DAYS[(new Date(midnight).getUTCDay() + 6) % 7];
    if (name === undefined || (days !== undefined && !days.includes(name))) continue;
    for (let minute = minuteOfDay(from); minute < end; minute += 1) {
      labels.add(new Date(midnight + minute * MINUTE_MS).toISOString().slice(0, 16));
    }
  }
  return labels;
}

describe('any window in any time zone', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const zone = fc.constantFrom(...Object.keys(ZONES));
  /** Around the days on which clocks change, and any other. */
  const moment = fc.oneof(
    fc
      .constantFrom(
        '2026-03-29T01:00:00Z',
        '2026-10-25T01:00:00Z',
        '2026-03-08T07:00:00Z',
        '2026-11-01T06:00:00Z',
        '2026-04-04T15:00:00Z',
        '2026-10-03T15:30:00Z',
        '2026-12-31T23:30:00Z',
        '2028-02-29T12:00:00Z',
      )
      .map((text) => Date.parse(text)),
    fc
      .integer({
        min: Date.parse('2025-01-01T00:00:00Z') / MINUTE_MS,
        max: Date.parse('2035-01-01T00:00:00Z') / MINUTE_MS,
      })
      .map((minutes) => minutes * MINUTE_MS),
  );
  const arbitraryWindow = fc.record({
    days: fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: undefined }),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
    timezone: zone,
  });

  test('agrees, minute by minute, with a list of its minutes', () => {
    fc.assert(
      fc.property(
        arbitraryWindow.filter(({ from, to }) => from !== to),
        moment,
        ({ days, ...rest }, around) => {
          const given: Window = days === undefined ? rest : { ...rest, days };
          const offset = ZONES[given.timezone];
          if (offset === undefined) throw new Error('a zone without rules');
          const expected = minutesOf(given, around);
          for (let at = around - 13 * HOUR_MS; at <= around + 13 * HOUR_MS; at += MINUTE_MS) {
            const local = new Date(at + offset(at) * MINUTE_MS).toISOString().slice(0, 16);
            if (isInWindow(given, new Date(at)) !== expected.has(local)) {
              throw new Error(`${JSON.stringify(given)} at ${new Date(at).toISOString()}, local ${local}`);
            }
          }
        },
      ),
      { numRuns: tries({ byDay: 20, byNight: 600 }) },
    );
  }, 60_000);
});
