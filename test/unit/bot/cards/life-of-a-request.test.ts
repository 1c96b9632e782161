import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { grantCard } from '../../../../src/bot/cards/grant-card.ts';
import { onCallCard } from '../../../../src/bot/cards/on-call-card.ts';
import { requestCard } from '../../../../src/bot/cards/request-card.ts';
import { escalationCard, reminderCard } from '../../../../src/bot/cards/thread-cards.ts';
import { groupSeat, personClaim } from '../../../../src/core/claim.ts';
import { ALICE, BOB, DANA, grantView, requestView, voteView } from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] };
const AT = new Date('2026-11-21T12:10:00Z');
const MIGRATOR = { id: 'w-1', kind: 'workload', name: 'orders-migrator', email: 'dana@example.com' } as const;

function fieldOf(card: Card, label: string): string | undefined {
  return card.fields.find((field) => field.label === label)?.value;
}

function labelsOf(card: Card): readonly string[] {
  return card.actions.map((action) => action.label);
}

describe('a request for somebody else', () => {
  const waiting = {
    beneficiary: MIGRATOR,
    consent: { from: 'dana@example.com', given: false, by: null, at: null },
  } as const;

  test('says for whom, whose consent is missing, and offers both answers', () => {
    const card = requestCard(requestView(waiting), PAGES);
    expect(card.title).toBe('Alice asks for read on orders-db for orders-migrator');
    expect(card.status).toBe(
      'Pending: still needs the consent of dana@example.com, and 1 of sre and 1 of dba.',
    );
    expect(fieldOf(card, 'For')).toBe('orders-migrator (workload of dana@example.com)');
    expect(fieldOf(card, 'Consent')).toBe('needed from dana@example.com');
    expect(labelsOf(card)).toEqual([
      'Approve',
      'Approve for less',
      'Deny',
      'Consent',
      'Refuse consent',
      'Comment',
      'Details',
    ]);
  });

  test('offers no votes where nobody votes', () => {
    const card = requestCard(requestView({ ...waiting, automatic: true, seats: [] }), PAGES);
    expect(card.status).toBe('Pending: still needs the consent of dana@example.com.');
    expect(labelsOf(card)).toEqual(['Consent', 'Refuse consent', 'Comment', 'Details']);
  });

  test('says who consented, and asks no more', () => {
    const consent = { from: 'dana@example.com', given: true, by: DANA, at: AT };
    const card = requestCard(requestView({ ...waiting, consent }), PAGES);
    expect(fieldOf(card, 'Consent')).toBe('given by Dana at 2026-11-21 12:10 UTC');
    expect(card.status).toBe('Pending: still needs 1 of sre and 1 of dba.');
    expect(labelsOf(card)).not.toContain('Consent');
  });
});

describe('a request that waits', () => {
  test('names one person as they are, a group by number, and owners by what they are', () => {
    const card = requestCard(
      requestView({
        seats: [
          { name: 'dana@example.com', count: 1, anyOf: [personClaim('dana@example.com')], filledBy: [] },
          { ...groupSeat('sre', 2), filledBy: [BOB] },
          { name: 'an owner of orders-db', count: 1, anyOf: [personClaim('eve@example.com')], filledBy: [] },
        ],
      }),
      PAGES,
    );
    expect(card.status).toBe('Pending: still needs dana@example.com, 1 of sre and an owner of orders-db.');
  });

  test('says that a vote opens a sign-in before it is pressed', () => {
    const card = requestCard(requestView({ stepUp: true }), PAGES);
    expect(labelsOf(card)[0]).toBe('Approve (opens a sign-in)');
    expect(fieldOf(card, 'Approval')).toBe('Needs 1 of sre and 1 of dba; deciding opens a sign-in');
  });

  test('counts down to when it lapses', () => {
    const card = requestCard(requestView(), PAGES);
    expect(card.fields.find((field) => field.label === 'Lapses')?.countdownTo).toBe(
      '2026-11-21T12:30:00.000Z',
    );
  });

  test('says when more people are asked, and that they were', () => {
    const escalation = { group: 'sre-leads', at: AT };
    const before = requestCard(requestView({ escalation }), PAGES);
    expect(fieldOf(before, 'Escalation')).toBe('from 2026-11-21 12:10 UTC on sre-leads may decide, too');
    const after = requestCard(requestView({ escalation, escalatedAt: AT, remindedAt: AT }), PAGES);
    expect(fieldOf(after, 'Escalation')).toBe('since 2026-11-21 12:10 UTC sre-leads may decide, too');
    expect(fieldOf(after, 'Reminded')).toBe('2026-11-21 12:10 UTC');
    expect(after.status).toMatch(/^Escalated\. Pending/);
  });

  test('says during a freeze that nothing is approved', () => {
    const freeze = { id: 'freeze-1', frozen: true, since: AT, by: BOB, reason: 'stolen laptop' };
    const card = requestCard(requestView(), { ...PAGES, freeze });
    expect(card.tone).toBe('warning');
    expect(card.status).toContain(
      'Frozen by Bob at 2026-11-21 12:10 UTC: nothing can be granted until that is lifted.',
    );
    expect(card.status).toContain('Reason: stolen laptop');
  });

  test('says who stands in while nobody knows who is on call', () => {
    const onCall = [
      { schedule: 'payments', level: 1, people: [], asOf: null, fallback: 'sre' },
      {
        schedule: 'platform',
        level: 2,
        people: [{ name: 'Bob', email: BOB.email }],
        asOf: AT,
        fallback: null,
      },
    ];
    const card = requestCard(requestView(), { ...PAGES, onCall });
    expect(card.fields.filter(({ label }) => label === 'On call').map(({ value }) => value)).toEqual([
      'payments, level 1: not known; members of sre stand in',
      'platform, level 2: Bob',
    ]);
  });

  test('shows the last comments, and how many there were before', () => {
    const comments = Array.from({ length: 7 }, (_, index) => ({
      author: BOB,
      text: `question ${index}\n@channel <b>`,
      platform: 'web',
      at: AT,
    }));
    const [list] = requestCard(requestView({ comments }), PAGES).lists;
    expect(list?.title).toBe('Comments (2 earlier on the request’s page)');
    expect(list?.items.map(({ text }) => text)).toEqual(
      [2, 3, 4, 5, 6].map((index) => `Bob: question ${index} @channel <b>`),
    );
  });
});

describe('decisions', () => {
  test('say in whose place somebody decided, and that they signed in for it', () => {
    const votes = [voteView({ onBehalfOf: DANA, steppedUp: true })];
    const card = requestCard(requestView({ state: 'approved', votes, decidedAt: AT }), PAGES);
    expect(card.status).toBe('Approved by Bob for Dana at 2026-11-21 12:10 UTC.');
    expect(card.lists[0]?.items[0]).toMatchObject({
      text: 'Bob for Dana approved',
      detail: '2026-11-21 12:00 UTC, in web, after a fresh sign-in',
    });
  });
});

describe('an extension', () => {
  test('asks for more time and shows the new deadline once it is approved', () => {
    const asked = { kind: 'extension', extends: 'g-abcd2345', durationMs: 1_800_000 } as const;
    const before = requestCard(requestView({ ...asked, grant: grantView() }), PAGES);
    expect(before.title).toBe('Alice asks for 30m more of read on orders-db');
    expect(fieldOf(before, 'More time')).toBe('30m');
    const grant = grantView({ expiresAt: new Date('2026-11-21T13:30:00Z'), durationMs: 5_400_000 });
    const after = requestCard(
      requestView({ ...asked, state: 'approved', votes: [voteView()], decidedAt: AT, grant }),
      PAGES,
    );
    expect(after.status).toContain('Access is active until 2026-11-21 13:30 UTC.');
    expect(fieldOf(grantCard(grant), 'Time')).toBe(
      '1h30m, from 2026-11-21 12:00 UTC to 2026-11-21 13:30 UTC',
    );
  });
});

describe('break-glass', () => {
  const review = { id: 'v-abcd2345', state: 'pending' } as const;
  const grant = grantView({ kind: 'break-glass', approvers: [], review });

  test('is loud, says that nobody was asked, and stays so until it is reviewed', () => {
    const taken = { kind: 'break-glass', state: 'approved', seats: [], decidedAt: AT, grant } as const;
    const card = requestCard(requestView(taken), PAGES);
    expect(card.title).toBe('Break-glass: Alice took read on orders-db');
    expect(card.tone).toBe('bad');
    expect(card.status).toContain('Taken without approval at 2026-11-21 12:10 UTC.');
    expect(card.status).toContain('It has to be reviewed.');
    const reviewed = grantView({ ...grant, review: { ...review, state: 'justified' }, state: 'expired' });
    expect(requestCard(requestView({ ...taken, grant: reviewed }), PAGES).tone).toBe('neutral');
  });

  test('is not extended from its card, and says that a review follows', () => {
    const card = grantCard(grant);
    expect(labelsOf(card)).toEqual(['Reveal connection', 'I’m done']);
    expect(fieldOf(card, 'Approved by')).toBe('nobody: it was taken in an emergency');
    expect(fieldOf(card, 'Review')).toContain('it follows');
  });
});

describe('the card of a grant', () => {
  test('offers more time and counts down', () => {
    const card = grantCard(grantView());
    expect(labelsOf(card)).toEqual(['Reveal connection', 'Extend', 'I’m done']);
    expect(card.fields.find((field) => field.label === 'Time')?.countdownTo).toBe('2026-11-21T13:00:00.000Z');
  });

  test('tells its holder why the connection is not there yet, and that it never came', () => {
    const problem = 'The target does not answer.';
    const waiting = grantCard(grantView({ state: 'issuing', problem }));
    expect(waiting).toMatchObject({ tone: 'warning', actions: [] });
    expect(waiting.status).toContain('cannot be prepared yet: The target does not answer.');
    expect(grantCard(grantView({ state: 'expired', problem })).status).toContain('before the connection');
  });
});

describe('what is said in the thread', () => {
  test('stays the same whatever is decided after it', () => {
    const reminded = requestView({ remindedAt: AT, escalation: { group: 'sre-leads', at: AT } });
    const decided = requestView({ ...reminded, state: 'approved', decidedAt: AT, votes: [voteView()] });
    expect(reminderCard(decided, PAGES)).toEqual(reminderCard(reminded, PAGES));
    expect(escalationCard(decided, PAGES)).toEqual(escalationCard(reminded, PAGES));
    expect(escalationCard(reminded, PAGES).title).toBe(
      'Escalated to sre-leads: Alice waits for read on orders-db',
    );
  });

  test('cannot be made to ping or mislead by a name', () => {
    const requester = { ...ALICE, name: 'Alice\u202e\n@channel' };
    expect(reminderCard(requestView({ requester }), PAGES).title).toBe(
      'Reminder: Alice\ufffd @channel waits for read on orders-db',
    );
  });
});

describe('who is on call', () => {
  test('says that nobody on call is asked', () => {
    expect(onCallCard('orders-db', []).status).toContain('asks anybody on call');
  });

  test('says that it is not known, and that nobody stands in', () => {
    const card = onCallCard('orders-db', [
      { schedule: 'payments', level: 1, people: [], asOf: null, fallback: null },
    ]);
    expect(card.lists[0]?.items[0]?.text).toBe('payments, level 1: not known, and nobody stands in');
  });
});
