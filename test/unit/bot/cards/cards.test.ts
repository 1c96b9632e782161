import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { grantCard } from '../../../../src/bot/cards/grant-card.ts';
import { mineCard, pendingCard, sessionsCard } from '../../../../src/bot/cards/list-cards.ts';
import { requestCard } from '../../../../src/bot/cards/request-card.ts';
import { sessionCard } from '../../../../src/bot/cards/session-card.ts';
import { groupSeat } from '../../../../src/core/claim.ts';
import { END_REASONS } from '../../../../src/core/session.ts';
import { tries } from '../../../support/thoroughness.ts';
import {
  ALICE,
  BOB,
  DANA,
  grantView,
  holdView,
  policyChangeView,
  requestView,
  reviewView,
  sessionView,
  voteView,
} from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] };

const NOTHING = { requests: [], holds: [], changes: [], reviews: [] };

function fieldOf(card: Card, label: string): string | undefined {
  return card.fields.find((field) => field.label === label)?.value;
}

function labelsOf(card: Card): readonly string[] {
  return card.actions.map((action) => action.label);
}

describe('the card of a request', () => {
  test('shows everything that is needed to decide', () => {
    const card = requestCard(requestView({ ticket: 'OPS-12', incident: 'inc-42' }), PAGES);
    expect(card.title).toBe('Alice asks for read on orders-db');
    expect(card.status).toBe('Pending: still needs 1 of sre and 1 of dba.');
    expect(Object.fromEntries(card.fields.map(({ label, value }) => [label, value]))).toEqual({
      Who: 'Alice (alice@example.com)',
      Resource: 'orders-db (postgres)',
      Role: 'read',
      Duration: '1h',
      Reason: 'payouts hang',
      Ticket: 'OPS-12',
      Incident: '#inc-42',
      Policy: 'prod-databases: members of engineering may read prod',
      Approval: 'Needs 1 of sre and 1 of dba',
      'Still needed': '1 of sre and 1 of dba',
      Lapses: '2026-11-21 12:30 UTC',
      ID: 'r-abcd2345',
    });
    expect(labelsOf(card)).toEqual(['Approve', 'Approve for less', 'Deny', 'Comment', 'Details']);
  });

  test('names who is still needed after the first vote, and who voted', () => {
    const card = requestCard(
      requestView({
        seats: [
          { ...groupSeat('sre', 1), filledBy: [BOB] },
          { ...groupSeat('dba', 1), filledBy: [] },
        ],
        votes: [voteView({ durationMs: 1_800_000, note: 'only refunds' })],
      }),
      PAGES,
    );
    expect(card.status).toBe('Pending: still needs 1 of dba.');
    expect(card.lists[0]?.items).toEqual([
      { text: 'Bob approved for 30m', detail: '2026-11-21 12:00 UTC, in web: only refunds', tone: 'good' },
    ]);
  });

  test.each([
    [
      'approved',
      { votes: [voteView(), voteView({ person: DANA })], grant: grantView() },
      'Approved by Bob and Dana at 2026-11-21 12:05 UTC. Access is active until 2026-11-21 13:00 UTC.',
      ['Revoke', 'Details'],
    ],
    [
      'approved',
      {
        votes: [voteView()],
        grant: grantView({ state: 'revoked', endedBy: DANA, endedAt: new Date('2026-11-21T12:10:00Z') }),
      },
      'Approved by Bob at 2026-11-21 12:05 UTC. Access was revoked by Dana at 2026-11-21 12:10 UTC.',
      ['Ask again', 'Details'],
    ],
    [
      'approved',
      { automatic: true, seats: [] },
      'Approved automatically by policy prod-databases at 2026-11-21 12:05 UTC.',
      ['Ask again', 'Details'],
    ],
    [
      'denied',
      { votes: [voteView({ verdict: 'deny', note: 'use the replica' })] },
      'Denied by Bob at 2026-11-21 12:05 UTC: use the replica',
      ['Ask again', 'Details'],
    ],
    ['cancelled', {}, 'Cancelled by Alice at 2026-11-21 12:05 UTC.', ['Ask again', 'Details']],
    [
      'expired',
      {},
      'Lapsed at 2026-11-21 12:05 UTC: it still needed 1 of sre and 1 of dba.',
      ['Ask again', 'Details'],
    ],
  ] as const)(
    'once %s it says who decided what and when, and takes no more votes',
    (state, changes, status, labels) => {
      const card = requestCard(
        requestView({ state, decidedAt: new Date('2026-11-21T12:05:00Z'), ...changes }),
        PAGES,
      );
      expect(card.status).toBe(status);
      expect(labelsOf(card)).toEqual(labels);
    },
  );

  test('shows that less was granted than was asked for', () => {
    const card = requestCard(
      requestView({
        state: 'approved',
        votes: [voteView({ durationMs: 900_000 }), voteView({ person: DANA })],
        grant: grantView({ durationMs: 900_000 }),
      }),
      PAGES,
    );
    expect(fieldOf(card, 'Duration')).toBe('15m (asked for 1h)');
  });

  test('cannot be made to say something else by what the requester typed', () => {
    const card = requestCard(
      requestView({
        reason: 'routine\u202e\nApproved by: everyone\u0007',
        ticket: 'OPS\u200b-1\nRole: owner',
        requester: { ...ALICE, name: 'Alice\u2066\nBob' },
      }),
      PAGES,
    );
    expect(fieldOf(card, 'Reason')).toBe('routine\ufffd\nApproved by: everyone\ufffd');
    expect(fieldOf(card, 'Ticket')).toBe('OPS\ufffd-1 Role: owner');
    expect(card.title).toBe('Alice\ufffd Bob asks for read on orders-db');
  });

  test('keeps every text within its limit, whatever was typed', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4_000 });
    fc.assert(
      fc.property(text, text, text, (reason, name, note) => {
        const card = requestCard(
          requestView({
            state: 'denied',
            reason,
            explanation: reason,
            ticket: note,
            requester: { ...ALICE, name },
            votes: [voteView({ verdict: 'deny', note, person: { ...BOB, name } })],
          }),
          PAGES,
        );
        expect(card.title.length).toBeLessThanOrEqual(150);
        expect(card.status.length).toBeLessThanOrEqual(500);
        for (const field of card.fields) expect(field.value.length).toBeLessThanOrEqual(1_900);
        for (const item of card.lists.flatMap((list) => list.items)) {
          expect(item.text.length + (item.detail?.length ?? 0)).toBeLessThanOrEqual(700);
        }
      }),
      { numRuns: tries({ byDay: 15, byNight: 300 }) },
    );
  });
});

describe('the private card of a grant', () => {
  test.each([
    [{ state: 'issuing' }, 'waiting', []],
    [{}, 'good', ['Reveal connection', 'Extend', 'I’m done']],
    [{ revealed: true }, 'good', ['Reveal again', 'Extend', 'I’m done']],
    [{ state: 'expired', revealed: true }, 'neutral', []],
    [{ state: 'revoked', endedBy: BOB }, 'bad', []],
    [{ state: 'done' }, 'neutral', []],
  ] as const)('%o', (changes, tone, labels) => {
    const card = grantCard(grantView(changes));
    expect(card.tone).toBe(tone);
    expect(labelsOf(card)).toEqual(labels);
  });

  test('says that the connection was revealed, and later why it ended', () => {
    expect(grantCard(grantView({ revealed: true })).status).toContain('Connection revealed.');
    const endedAt = new Date('2026-11-21T12:20:00Z');
    expect(grantCard(grantView({ state: 'revoked', endedBy: BOB, endedAt })).status).toBe(
      'Ended at 2026-11-21 12:20 UTC: revoked by Bob.',
    );
    expect(grantCard(grantView({ state: 'done', endedAt })).status).toBe(
      'Ended at 2026-11-21 12:20 UTC: you were done.',
    );
    expect(grantCard(grantView({ state: 'expired' })).status).toBe(
      'Ended at 2026-11-21 13:00 UTC: the time was up.',
    );
  });
});

describe('the card of a session', () => {
  const ended = {
    endedAt: new Date('2026-11-21T12:03:20Z'),
    endReason: 'client-closed',
    counts: { commands: 5, denied: 2, held: 0, rows: 120, bytes: 4_096, maskedCells: 60 },
    recordingHead: 'ab'.repeat(32),
    riskiest: [
      {
        at: new Date('2026-11-21T12:01:05Z'),
        text: 'DELETE FROM customers',
        operation: 'delete',
        action: 'deny',
        rule: 'no-unbounded-writes',
      },
      {
        at: new Date('2026-11-21T12:02:06Z'),
        text: 'SELECT $1',
        operation: 'select',
        action: 'allow',
        rule: null,
      },
    ],
  } as const;

  test('is live with a button that ends it, and nothing that goes stale', () => {
    const card = sessionCard(sessionView(), PAGES);
    expect(card.status).toBe('Live since 2026-11-21 12:00 UTC, from 10.0.0.1 with psql.');
    expect(card.actions).toEqual([
      { kind: 'link', label: 'Watch', url: 'https://sallyport.example/sessions/s-abcd2345' },
      { kind: 'button', action: 'terminate', subject: 's-abcd2345', label: 'Terminate', style: 'danger' },
    ]);
    expect(fieldOf(card, 'Duration')).toBeUndefined();
  });

  test('of a host speaks of no rows and no cells', () => {
    const card = sessionCard(sessionView({ ...ended, resourceKind: 'ssh' }), PAGES);
    expect(fieldOf(card, 'Masked')).toBe('60');
    expect(fieldOf(card, 'Rows')).toBeUndefined();
    expect(fieldOf(card, 'Masked cells')).toBeUndefined();
  });

  test('turns into the summary', () => {
    const card = sessionCard(sessionView(ended), PAGES);
    expect(card.status).toBe('Ended at 2026-11-21 12:03 UTC after 3m20s: the client closed it.');
    expect(card.tone).toBe('warning');
    expect(Object.fromEntries(card.fields.map(({ label, value }) => [label, value]))).toMatchObject({
      Who: 'Alice (alice@example.com)',
      'Approved by': 'Bob and Dana',
      Duration: '3m20s',
      Commands: '5',
      Denied: '2',
      Held: '0',
      Rows: '120',
      'Masked cells': '60',
      'SHA-256 of the recording': 'ab'.repeat(32),
    });
    expect(card.lists[0]?.items).toEqual([
      {
        text: 'DELETE FROM customers',
        code: true,
        detail: '12:01:05 UTC, delete, denied by no-unbounded-writes',
        tone: 'bad',
      },
      { text: 'SELECT $1', code: true, detail: '12:02:06 UTC, select, allowed', tone: 'neutral' },
    ]);
    expect(labelsOf(card)).toEqual(['Replay', 'Transcript', 'Recording']);
  });

  test('has words for every way a session ends', () => {
    for (const endReason of END_REASONS) {
      const { status } = sessionCard(sessionView({ ...ended, endReason }), PAGES);
      expect(status).toMatch(/: [a-z ]{8,}\.$/);
    }
  });
});

describe('lists', () => {
  test('offer a button for each thing that can be ended, by name when there are several', () => {
    const card = mineCard({
      requests: [requestView(), requestView({ id: 'r-old', state: 'denied' })],
      grants: [grantView(), grantView({ id: 'g-bcde3456' })],
    });
    expect(labelsOf(card)).toEqual(['Done with g-abcd2345', 'Done with g-bcde3456', 'Cancel r-abcd2345']);
    expect(card.status).toBe('2 live, 1 pending.');
  });

  test('that are empty say so', () => {
    expect(mineCard({ requests: [], grants: [] }).status).toContain('Nothing yet');
    expect(pendingCard(NOTHING, PAGES).status).toBe('Nothing waits for you.');
    expect(sessionsCard([], { ...PAGES, search: 'orders' }).status).toBe(
      'No session matching "orders" that you may see.',
    );
  });

  test('link to what they list', () => {
    const waiting = {
      requests: [requestView()],
      holds: [holdView()],
      changes: [policyChangeView()],
      reviews: [reviewView()],
    };
    expect(pendingCard(waiting, PAGES).actions).toEqual([
      { kind: 'link', label: 'Open h-abcd2345', url: 'https://sallyport.example/holds/h-abcd2345' },
      { kind: 'link', label: 'Open r-abcd2345', url: 'https://sallyport.example/requests/r-abcd2345' },
      { kind: 'link', label: 'Open p-abcd2345', url: 'https://sallyport.example/policy/changes/p-abcd2345' },
      { kind: 'link', label: 'Open v-abcd2345', url: 'https://sallyport.example/reviews/v-abcd2345' },
    ]);
    expect(sessionsCard([sessionView()], { ...PAGES, search: null }).actions).toEqual([
      { kind: 'link', label: 'Replay s-abcd2345', url: 'https://sallyport.example/sessions/s-abcd2345' },
    ]);
  });
});
