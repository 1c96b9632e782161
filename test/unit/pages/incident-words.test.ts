import { describe, expect, it } from 'vitest';
import { byDay, pathOfSubject } from '../../../src/pages/incidents/incident-words.ts';

const entry = (at: string) => ({
  at,
  kind: 'request' as const,
  subject: 'r-abcd2345',
  who: null,
  text: 'is denied',
  code: null,
});

describe('the timeline of an incident', () => {
  it('is read by the days of whoever reads it', () => {
    const [noon, nextNoon] = ['2026-11-22T12:00:00', '2026-11-23T12:00:00'].map((local) =>
      new Date(local).toISOString(),
    );
    const days = byDay([entry(noon ?? ''), entry(noon ?? ''), entry(nextNoon ?? '')]);
    expect(days.map(({ day, its }) => [day, its.length])).toEqual([
      ['2026-11-22', 2],
      ['2026-11-23', 1],
    ]);
  });

  it.each([
    ['r-abcd2345', '/requests/r-abcd2345'],
    ['s-abcd2345', '/sessions/s-abcd2345'],
    ['h-abcd2345', '/holds/h-abcd2345'],
    ['g-abcd2345', null],
    ['constructor', null],
  ])('links %s to %s', (subject, path) => {
    expect(pathOfSubject({ subject })).toBe(path);
  });
});
