import { describe, expect, it } from 'vitest';
import {
  byDay,
  incidentQueryText,
  pathOfEntry,
  readIncidentQuery,
} from '../../../src/pages/incidents/incident-words.ts';

const entry = (at: string) => ({
  at,
  kind: 'request' as const,
  subject: 'r-abcd2345',
  who: null,
  text: 'is denied',
  code: null,
  resource: null,
  moment: null,
  marks: [],
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
    ['v-abcd2345', '/reviews/v-abcd2345'],
    ['g-abcd2345', null],
    ['constructor', null],
  ])('links %s to %s', (subject, path) => {
    expect(pathOfEntry({ subject, moment: null, kind: 'request' })).toBe(path);
  });

  it.each([
    [3, 9_100.5, 'statement', '/sessions/s-abcd2345#s-3'],
    [null, 9_100.5, 'termination', '/sessions/s-abcd2345?at=9100'],
    [null, 0, 'session', '/sessions/s-abcd2345'],
  ] as const)('links statement %s at %s to its moment', (statement, atMs, kind, path) => {
    const moment = { sessionId: 's-abcd2345', statement, atMs };
    expect(pathOfEntry({ subject: 's-abcd2345', moment, kind })).toBe(path);
    expect(pathOfEntry({ subject: 'h-abcd2345', moment, kind: 'hold' })).toBe('/holds/h-abcd2345');
  });

  it.each([
    ['', ''],
    [
      '?show=masked,denied,constructor&who=p-1&resource=orders-db',
      '?show=denied%2Cmasked&who=p-1&resource=orders-db',
    ],
    ['?show=&other=1', ''],
  ])('reads %s as %s', (search, text) => {
    expect(incidentQueryText(readIncidentQuery(search))).toBe(text);
  });
});
