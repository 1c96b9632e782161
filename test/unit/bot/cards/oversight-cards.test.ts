import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { delegationCard, delegationsCard } from '../../../../src/bot/cards/delegations-card.ts';
import { freezeCard } from '../../../../src/bot/cards/freeze-card.ts';
import { VERBATIM_CHARACTERS_MAX } from '../../../../src/bot/cards/limits.ts';
import {
  policyChangeCard,
  policyChangeSubject,
  readPolicyChangeSubject,
} from '../../../../src/bot/cards/policy-change-card.ts';
import { reviewCard } from '../../../../src/bot/cards/review-card.ts';
import { reviewReminderCard } from '../../../../src/bot/cards/thread-cards.ts';
import type { PolicyImpact } from '../../../../src/core/policy-impact.ts';
import { ALICE, BOB, DANA, policyChangeView, reviewView } from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example' };
const AT = new Date('2026-11-21T12:10:00Z');

function fieldOf(card: Card, label: string): string | undefined {
  return card.fields.find((field) => field.label === label)?.value;
}

function labelsOf(card: Card): readonly string[] {
  return card.actions.map((action) => action.label);
}

describe('the card of a review', () => {
  test('while the access is open it cannot be decided, but the access can be ended', () => {
    const card = reviewCard(reviewView({ endedAt: null, grantState: 'active' }), PAGES);
    expect(card.tone).toBe('bad');
    expect(labelsOf(card)).toEqual(['Revoke', 'Review', 'Sessions']);
    expect(fieldOf(card, 'Due')).toBeUndefined();
  });

  test('afterwards it says until when, by whom, and what was done', () => {
    const card = reviewCard(reviewView({ reminders: 2 }), PAGES);
    expect(card.status).toBe('To be reviewed until 2026-11-22 13:00 UTC: still needs 1 of sre.');
    expect(fieldOf(card, 'Open')).toBe('1h, until 2026-11-21 13:00 UTC');
    expect(fieldOf(card, 'Sessions')).toBe('2');
    expect(fieldOf(card, 'Reminders')).toBe('2');
    expect(labelsOf(card)).toEqual(['Justified', 'Not justified', 'Review', 'Sessions']);
  });

  test('shows who found what', () => {
    const vote = {
      person: BOB,
      onBehalfOf: DANA,
      note: 'a request would have done',
      platform: 'web',
      at: AT,
    };
    const card = reviewCard(
      reviewView({
        state: 'unjustified',
        votes: [{ ...vote, verdict: 'unjustified' }],
        decidedAt: AT,
        decidedBy: BOB,
        note: 'a request would have done',
      }),
      PAGES,
    );
    expect(card.status).toBe('Found unjustified by Bob at 2026-11-21 12:10 UTC: a request would have done');
    expect(card.lists[0]?.items[0]?.text).toBe('Bob for Dana: unjustified');
    expect(labelsOf(card)).toEqual(['Review', 'Sessions']);
  });

  test('its reminders are told apart', () => {
    const first = reviewReminderCard({ review: reviewView(), number: 1 }, PAGES);
    expect(first.title).toContain('Reminder 1: the break-glass access of Alice to orders-db');
    expect(fieldOf(first, 'Reminder of')).toBe('v-abcd2345.1');
  });
});

describe('the card of a change of the policy', () => {
  const impact: PolicyImpact = {
    version: 'f00d5',
    baseVersion: 'b4d0',
    sinceMs: 30 * 86_400_000,
    requests: { compared: 40, changed: 3, skipped: 1 },
    statements: { compared: 1_200, changed: 0, skipped: 0 },
    groups: [
      { subject: 'request', from: 'votes', to: 'automatic', because: 'prod', count: 3, example: 'r-1' },
    ],
    notes: ['Recordings of one session are elsewhere.'],
  };

  test('shows the whole difference, the impact and who must agree', () => {
    const card = policyChangeCard(policyChangeView({ impact }), PAGES);
    expect(card.verbatim?.[0]?.text).toContain('+    maxDuration: 4h');
    expect(card.verbatim?.[0]?.omits).toBeNull();
    expect(fieldOf(card, 'Impact')).toBe(
      'Of the last 30d: 3 of 40 requests (1 could not be compared) and 0 of 1200 statements would be decided differently. Recordings of one session are elsewhere.',
    );
    expect(card.lists[0]?.items[0]).toMatchObject({
      text: '3 requests: votes → automatic',
      tone: 'warning',
    });
    expect(labelsOf(card)).toEqual(['Approve', 'Deny', 'Details']);
  });

  test('a difference that is cut cannot be approved from the card', () => {
    const fits = policyChangeView({ difference: 'x'.repeat(VERBATIM_CHARACTERS_MAX) });
    expect(labelsOf(policyChangeCard(fits, PAGES))).toContain('Approve');
    const tooLong = policyChangeView({ difference: 'x'.repeat(VERBATIM_CHARACTERS_MAX + 1) });
    const card = policyChangeCard(tooLong, PAGES);
    expect(labelsOf(card)).toEqual(['Read all of it to approve', 'Deny']);
    expect(card.verbatim?.[0]?.omits).toContain('20001 characters');
  });

  test('what hides in the difference is seen', () => {
    const card = policyChangeCard(policyChangeView({ difference: '+ group: sr\u202ee\u200b' }), PAGES);
    expect(card.verbatim?.[0]?.text).not.toMatch(/[\u202e\u200b]/);
  });

  test('says that the impact is still being worked out', () => {
    expect(fieldOf(policyChangeCard(policyChangeView(), PAGES), 'Impact')).toContain('being worked out');
  });

  test.each([
    ['applied', { inForce: true }, 'In force since 2026-11-21 12:10 UTC, approved by Bob.'],
    ['applied', { inForce: false }, 'Was put into force at 2026-11-21 12:10 UTC, approved by Bob.'],
    ['cancelled', {}, 'Cancelled at 2026-11-21 12:10 UTC.'],
    ['superseded', {}, 'Replaced by another change at 2026-11-21 12:10 UTC.'],
  ] as const)('once %s it says so and takes no more votes', (state, changes, status) => {
    const vote = { person: BOB, onBehalfOf: null, note: null, platform: 'web', at: AT };
    const votes = [{ ...vote, verdict: 'approve' as const }];
    const card = policyChangeCard(policyChangeView({ state, votes, decidedAt: AT, ...changes }), PAGES);
    expect(card.status).toBe(status);
    expect(labelsOf(card)).toEqual(['Details']);
  });

  test('a click carries the version that was shown', () => {
    const subject = policyChangeSubject(policyChangeView());
    expect(readPolicyChangeSubject(subject)).toEqual({ changeId: 'p-abcd2345', version: 'f00d5' });
    expect(readPolicyChangeSubject('p-abcd2345')).toBeNull();
  });
});

describe('the card of a freeze', () => {
  const freeze = { id: 'freeze-1', since: AT, by: BOB, reason: 'stolen laptop', lifted: null };

  test('is loud while it lasts, with the way out', () => {
    const card = freezeCard(freeze);
    expect(card).toMatchObject({ tone: 'bad', title: 'Access is frozen: nothing is granted' });
    expect(labelsOf(card)).toEqual(['Lift the freeze']);
    expect(fieldOf(freezeCard({ ...freeze, by: null }), 'Frozen by')).toContain('an alert');
  });

  test('says who lifted it and why', () => {
    const lifted = { at: AT, by: DANA, reason: 'laptop found' };
    const card = freezeCard({ ...freeze, lifted });
    expect(card.status).toBe('Lifted by Dana at 2026-11-21 12:10 UTC.');
    expect(fieldOf(card, 'Lifted because')).toBe('laptop found');
    expect(card.actions).toEqual([]);
  });
});

describe('delegations', () => {
  test('are told apart by who decides for whom, with a way to end each', () => {
    const until = new Date('2026-11-30T00:00:00Z');
    const base = { createdAt: AT, acceptedAt: AT, until, endedAt: null };
    const card = delegationsCard(
      [
        { ...base, id: 'd-1', from: ALICE, to: BOB },
        { ...base, id: 'd-2', from: DANA, to: ALICE },
      ],
      { viewerId: ALICE.id },
    );
    expect(card.lists.map(({ title, items }) => [title, items[0]?.text])).toEqual([
      ['They decide in your place', 'Bob'],
      ['You decide in their place', 'Dana'],
    ]);
    expect(labelsOf(card)).toEqual(['End: Bob for Alice', 'End: Alice for Dana']);
  });

  test('wait for the one who is asked, who accepts or declines', () => {
    const until = new Date('2026-11-30T00:00:00Z');
    const asked = { id: 'd-1', from: DANA, to: ALICE, createdAt: AT, acceptedAt: null, until, endedAt: null };
    expect(labelsOf(delegationsCard([asked], { viewerId: ALICE.id }))).toContain('Accept: for Dana');
    expect(labelsOf(delegationsCard([asked], { viewerId: DANA.id }))).toEqual(['End: Alice for Dana']);
    const card = delegationCard(asked);
    expect(labelsOf(card)).toEqual(['Accept', 'Decline']);
    expect(card.status).toContain('Not in effect');
    expect(labelsOf(delegationCard({ ...asked, acceptedAt: AT }))).toEqual(['End']);
    expect(delegationCard({ ...asked, endedAt: AT }).status).toBe('It was not accepted.');
  });
});
