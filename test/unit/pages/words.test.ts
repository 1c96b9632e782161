import { describe, expect, it } from 'vitest';
import { groupSeat } from '../../../src/core/claim.ts';
import { checkFields } from '../../../src/pages/parts/check-fields.ts';
import { decidedAfter, pendingFirst, seatsText } from '../../../src/pages/requests/request-words.ts';
import {
  count,
  matchesFilter,
  matchesSearch,
  outcomeOf,
  parseFilter,
  plainOutput,
  sizeText,
} from '../../../src/pages/sessions/session-words.ts';
import type { TimelineEntry, TimelineHold, WireRequest } from '../../../src/web/wire.ts';

const ENTRY: TimelineEntry = {
  statement: 1,
  at: '2026-11-21T14:00:00Z',
  atMs: 0,
  text: 'select 1',
  protocol: 'simple',
  parameters: [],
  action: 'allow',
  rule: null,
  reason: 'the role read allows select',
  hold: null,
  operation: 'select',
  effects: ['select'],
  relations: [],
  durationMs: 3,
  tags: ['SELECT 1'],
  rows: 1,
  maskedCells: 0,
  error: null,
  columns: [],
  firstRows: [],
  firstOutput: '',
};

const HOLD: TimelineHold = {
  id: 'h-abcd2345',
  state: 'held',
  scope: null,
  by: [],
  note: null,
  waitedMs: null,
};

describe('a statement in words', () => {
  it.each([
    [{ action: 'deny', durationMs: null }, 'Denied'],
    [{ error: { sqlState: '42P01', message: 'no such table' } }, 'Allowed, failed'],
    [{}, 'Allowed'],
    [{ action: 'review', durationMs: null, hold: HOLD }, 'Held, never decided'],
    [{ action: 'review', hold: { ...HOLD, state: 'approved' } }, 'Approved'],
    [{ action: 'review', durationMs: null, hold: { ...HOLD, state: 'denied' } }, 'Held, then denied'],
    [{ action: 'review', durationMs: null, hold: { ...HOLD, state: 'expired' } }, 'Held, nobody decided'],
    [{ action: 'review', durationMs: null, hold: { ...HOLD, state: 'withdrawn' } }, 'Held, then withdrawn'],
    // A hold that was never written down was never approved.
    [{ action: 'review' }, 'Held, never decided'],
  ] as const)('%o is %s', (fields, words) => {
    expect(outcomeOf({ ...ENTRY, ...fields }, true).words).toBe(words);
  });

  it('without an outcome runs while the session lives, and is unanswered once it ended', () => {
    expect(outcomeOf({ ...ENTRY, durationMs: null }, false).words).toBe('Allowed, running');
    expect(outcomeOf({ ...ENTRY, durationMs: null }, true).words).toBe('Allowed, no answer recorded');
  });

  it('is found by the filter it belongs to, and an unknown filter hides nothing', () => {
    const denied: TimelineEntry = { ...ENTRY, action: 'deny' };
    const masked: TimelineEntry = { ...ENTRY, maskedCells: 2 };
    const held: TimelineEntry = { ...ENTRY, action: 'review', hold: HOLD };
    const shownBy = (filter: string | null): TimelineEntry[] =>
      [ENTRY, denied, masked, held].filter((entry) => matchesFilter(entry, parseFilter(filter)));
    expect(shownBy('denied')).toEqual([denied]);
    expect(shownBy('masked')).toEqual([masked]);
    expect(shownBy('held')).toEqual([held]);
    expect(shownBy('<script>')).toHaveLength(4);
    expect(shownBy(null)).toHaveLength(4);
  });

  it('counts in the singular and in thousands', () => {
    expect([count(1, 'row'), count(0, 'row'), count(3204, 'masked cell')]).toEqual([
      '1 row',
      '0 rows',
      '3,204 masked cells',
    ]);
  });
});

const BOB = { id: 'p-bob', kind: 'person', name: 'Bob', email: 'bob@example.com' } as const;
const DANA = { ...BOB, id: 'p-dana', name: 'Dana' };

function request(id: string, fields: Partial<WireRequest>): WireRequest {
  return {
    id,
    kind: 'access',
    state: 'pending',
    requester: BOB,
    beneficiary: BOB,
    consent: null,
    extends: null,
    againOf: null,
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    durationMs: 3_600_000,
    reason: 'because',
    ticket: null,
    incident: null,
    origin: null,
    policy: 'prod',
    policyVersion: 'v1',
    explanation: '',
    automatic: false,
    seats: [],
    votes: [],
    comments: [],
    stepUp: false,
    remindedAt: null,
    escalation: null,
    escalatedAt: null,
    tightened: null,
    closed: null,
    createdAt: '2026-11-21T14:00:00Z',
    lapsesAt: '2026-11-21T15:00:00Z',
    decidedAt: null,
    grant: null,
    ...fields,
  };
}

describe('requests in words', () => {
  it('counts the seats that are filled, a full group never more than it has', () => {
    const seats = [
      { ...groupSeat('sre', 1), filledBy: [BOB, DANA] },
      { ...groupSeat('dba', 2), filledBy: [] },
    ];
    expect(seatsText({ seats, automatic: false })).toBe('1 of 3 votes');
    expect(seatsText({ seats: [], automatic: true })).toBe('no vote needed');
  });

  it('says how long the decision took, where somebody decided', () => {
    const decided = {
      kind: 'access',
      state: 'denied',
      automatic: false,
      createdAt: '2026-11-22T12:00:00.000Z',
      decidedAt: '2026-11-22T12:03:05.000Z',
    } as const;
    expect(decidedAfter(decided)).toBe('after 3 m 05 s');
    expect(decidedAfter({ ...decided, state: 'pending', decidedAt: null })).toBeNull();
    expect(decidedAfter({ ...decided, state: 'expired' })).toBeNull();
    expect(decidedAfter({ ...decided, automatic: true })).toBeNull();
    expect(decidedAfter({ ...decided, kind: 'break-glass' })).toBeNull();
  });

  it('puts what lapses soonest first, then what was asked last', () => {
    const order = pendingFirst([
      request('old', { state: 'denied', createdAt: '2026-11-20T10:00:00Z' }),
      request('new', { state: 'approved', createdAt: '2026-11-21T10:00:00Z' }),
      request('later', { lapsesAt: '2026-11-21T16:00:00Z' }),
      request('sooner', { lapsesAt: '2026-11-21T14:30:00Z' }),
    ]);
    expect(order.map(({ id }) => id)).toEqual(['sooner', 'later', 'new', 'old']);
  });
});

describe('a form before it is sent', () => {
  const field = { name: 'reason', label: 'Because', kind: 'text', required: true, charactersMax: 5 } as const;

  it('says what is missing and what is too long, by field', () => {
    expect(checkFields([field], {})).toEqual({ reason: 'Because is needed.' });
    expect(checkFields([field], { reason: '   ' })).toEqual({ reason: 'Because is needed.' });
    expect(checkFields([field], { reason: '123456' })).toEqual({ reason: 'At most 5 characters.' });
    expect(checkFields([field, { ...field, name: 'note', required: false }], { reason: 'short' })).toEqual(
      {},
    );
  });
});

describe('a search within a session', () => {
  const entry = { ...ENTRY, text: 'tail /var/log/shop.log', firstOutput: 'order 4711 paid', rule: 'reads' };

  it.each([
    ['TAIL shop', true],
    ['4711', true],
    ['reads select', true],
    ['tail nowhere', false],
  ])('for %s: %s', (search, found) => {
    expect(matchesSearch(entry, search)).toBe(found);
  });
});

describe('output of a command', () => {
  it('loses its colours and nothing else: what is no text stays written out', () => {
    expect(plainOutput('\\u{1b}[1;32mok\\u{1b}[0m\r\n')).toBe('ok');
    expect(plainOutput('a\\u{1b}[2Kb\\u{7}')).toBe('a\\u{1b}[2Kb\\u{7}');
  });
});

it.each([
  [1, '1 byte'],
  [1_023, '1,023 bytes'],
  [1_024, '1.0 KiB'],
  [3_565_158, '3.4 MiB'],
  [107_374_182_400, '100 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
