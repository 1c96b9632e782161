/** Access at once, and the review that follows it. */
import { describe, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { decideReview } from '../../../src/access/decide-review.ts';
import { finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { readGrant } from '../../../src/access/read-access.ts';
import {
  listReviewers,
  listReviews,
  readReview,
  readReviewReminder,
  remindReview,
} from '../../../src/access/reviews.ts';
import { reviewsToRemind } from '../../../src/access/sweep.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import type { ReviewVerdict } from '../../../src/core/review.ts';
import { useTestAccess } from '../../support/access.ts';
import {
  ask,
  castOf,
  EMERGENCY_POLICY,
  eventsOf,
  HOUR,
  issue,
  jobsFor,
  MINUTE,
  query,
  takeInEmergency,
} from './emergencies.ts';
import { formerly } from './votes.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });

interface Taken {
  readonly grantId: string;
  readonly reviewId: string;
  readonly alice: Person;
  readonly sam: Person;
  readonly sue: Person;
}

/** Alice breaks the glass; sam and sue of security review it. Alice is in security, too. */
async function taken(): Promise<Taken> {
  const { person } = access.current;
  const alice = await person('alice', ['engineering', 'security']);
  const [sam, sue] = [await person('sam', ['security']), await person('sue', ['security'])];
  const { grant } = await takeInEmergency(access.current, alice);
  const grantId = grant?.id ?? '';
  await issue(access.current, grantId);
  const { review } = await readGrant(access.current.context, { id: grantId });
  return { grantId, reviewId: review?.id ?? '', alice, sam, sue };
}

const decide = (reviewId: string, by: Identity, verdict: ReviewVerdict, note: string | null = 'seen') =>
  decideReview(access.current.context, { reviewId, by, verdict, note, platform: 'web' });

describe('breaking the glass', () => {
  test('grants at once what the policy has for it, for as long as it says, and opens a review', async () => {
    const { context } = access.current;
    const { alice } = await castOf(access.current);
    const request = await takeInEmergency(access.current, alice);
    expect(request).toMatchObject({ kind: 'break-glass', state: 'approved', policy: 'emergency' });
    expect(request.grant).toMatchObject({ kind: 'break-glass', review: { state: 'pending' } });
    const reviewId = request.grant?.review?.id ?? '';
    expect(await eventsOf(access.current, request.grant?.id ?? '')).toContain('break-glass.taken');
    expect(await jobsFor(access.current, 'sync-card', reviewId)).toBe(1);
    expect(await jobsFor(access.current, 'sync-card', request.id)).toBe(1);
    const review = await readReview(context, { id: reviewId, viewer: null });
    expect(review.dueAt.getTime() - review.expiresAt.getTime()).toBe(24 * HOUR);
    expect(review.remindAt.getTime() - review.expiresAt.getTime()).toBe(4 * HOUR);
  });

  test('is for those whom such a policy names, and its policy is for nothing else', async () => {
    const { bob, alice } = await castOf(access.current);
    await expect(takeInEmergency(access.current, bob)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await query(access.current, `select from event where type = 'break-glass.refused'`)).toHaveLength(
      1,
    );
    expect(await ask(access.current, alice)).toMatchObject({ policy: 'prod-databases', state: 'pending' });
  });

  test('without a review is refused by the database', async () => {
    const { alice } = await castOf(access.current);
    const { id, grant } = await takeInEmergency(access.current, alice);
    const [stored] = await query<{ columns: string }>(
      access.current,
      `select string_agg(quote_ident(column_name), ', ') as columns from information_schema.columns
         where table_name = 'access_request' and is_generated = 'NEVER'`,
    );
    await query(
      access.current,
      `insert into access_request (${stored?.columns}) select ${stored?.columns}
         from (select (jsonb_populate_record(r, '{"id": "r-copy", "idempotency_key": "copy"}')).*
           from access_request r where id = ?) as copy`,
      [id],
    );
    await expect(
      query(
        access.current,
        `insert into access_grant (id, request_id, state, holder_id, duration_ms, starts_at, expires_at, created_at)
           select 'g-unseen', 'r-copy', 'issuing', holder_id, duration_ms, starts_at, expires_at, created_at from access_grant where id = ?`,
        [grant?.id],
      ),
    ).rejects.toThrow('has no review');
  });
});

describe('a review', () => {
  test('waits for the end of the access, whose reviewers can end it', async () => {
    const { context } = access.current;
    const { grantId, reviewId, sam, sue } = await taken();
    await expect(decide(reviewId, sam, 'justified')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('still live'),
    });
    await revokeGrant(context, { grantId, by: sam, reason: 'enough' });
    const due = await readReview(context, { id: reviewId, viewer: null });
    expect(due.dueAt.getTime() - (due.endedAt?.getTime() ?? 0)).toBe(24 * HOUR);
    expect(await eventsOf(access.current, reviewId)).toEqual(['review.opened', 'vote.refused', 'review.due']);
    await decide(reviewId, sam, 'justified');
    expect(await decide(reviewId, sue, 'justified', null)).toMatchObject({
      state: 'justified',
      decidedBy: { name: 'Sue' },
    });
    expect((await readGrant(context, { id: grantId })).review).toEqual({ id: reviewId, state: 'justified' });
  });

  test('is never decided by the holder, needs distinct people, and takes no vote twice', async () => {
    const { context } = access.current;
    const { grantId, reviewId, alice, sam, sue } = await taken();
    await finishGrant(context, { grantId, by: alice });
    await expect(decide(reviewId, alice, 'justified')).rejects.toMatchObject({
      code: 'forbidden',
      message: 'You cannot decide about your own access.',
    });
    const double = { ...sam, id: 'p-other-account', email: 'ALICE@example.com' };
    await expect(decide(reviewId, double, 'justified')).rejects.toMatchObject({ code: 'forbidden' });
    const { bob } = await castOf(access.current);
    await expect(decide(reviewId, bob, 'justified')).rejects.toMatchObject({ code: 'forbidden' });
    const clicks = await Promise.allSettled(
      Array.from({ length: 10 }, () => decide(reviewId, sam, 'justified')),
    );
    expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const open = await readReview(context, { id: reviewId, viewer: null });
    expect(open.state).toBe('pending');
    expect(open.seats[0]?.filledBy.map(({ name }) => name)).toEqual(['Sam']);
    const reviewers = (await listReviewers(context, open)).map(({ name }) => name);
    expect(reviewers).toEqual(['Sam', 'Sue']);
    expect((await decide(reviewId, sue, 'justified')).state).toBe('justified');
    await expect(decide(reviewId, sue, 'unjustified')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('that says unjustified needs a reason, decides at once and is in the audit log', async () => {
    const { context } = access.current;
    const { grantId, reviewId, alice, sam } = await taken();
    await finishGrant(context, { grantId, by: alice });
    await expect(decide(reviewId, sam, 'unjustified', ' ')).rejects.toMatchObject({ code: 'invalid_input' });
    const decided = await decide(reviewId, sam, 'unjustified', 'nothing was urgent');
    expect(decided).toMatchObject({
      state: 'unjustified',
      note: 'nothing was urgent',
      decidedBy: { name: 'Sam' },
    });
    const [event] = await query<{ actor: string; data: object }>(
      access.current,
      `select actor_id as actor, data from event where subject = ? and type = 'review.unjustified'`,
      [reviewId],
    );
    expect(event).toEqual({ actor: sam.id, data: { grantId, holder: alice.id, note: 'nothing was urgent' } });
  });

  test('is seen by its holder, its reviewers and overseers; open ones first', async () => {
    const { context } = access.current;
    const { reviewId, alice, sam } = await taken();
    const { bob, carol } = await castOf(access.current);
    for (const viewer of [alice, sam, carol]) {
      expect((await readReview(context, { id: reviewId, viewer })).id).toBe(reviewId);
      expect((await listReviews(context, { viewer, state: 'pending' })).map(({ id }) => id)).toContain(
        reviewId,
      );
    }
    await expect(readReview(context, { id: reviewId, viewer: bob })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await listReviews(context, { viewer: bob })).toEqual([]);
    const states = (await listReviews(context, { viewer: carol })).map(({ state }) => state);
    expect(states.lastIndexOf('pending')).toBeLessThan(
      states.findIndex((state) => state !== 'pending') === -1
        ? states.length
        : states.findIndex((state) => state !== 'pending'),
    );
  });

  test('is reminded of when that is due, once each time, by job and sweep at once, until it is decided', async () => {
    const { context, clock } = access.current;
    const { grantId, reviewId, alice, sam, sue } = await taken();
    await finishGrant(context, { grantId, by: alice });
    const remind = (): Promise<boolean[]> =>
      Promise.all(Array.from({ length: 6 }, () => remindReview(context, { reviewId })));
    const due = async (): Promise<boolean> =>
      (await reviewsToRemind(context)).some((one) => one.reviewId === reviewId);
    expect(await remind()).not.toContain(true);
    clock.stepMs(4 * HOUR - MINUTE);
    expect(await due()).toBe(false);
    clock.stepMs(2 * MINUTE);
    expect(await due()).toBe(true);
    expect((await remind()).filter(Boolean)).toHaveLength(1);
    expect(await due()).toBe(false);
    expect(await jobsFor(access.current, 'sync-card', `${reviewId}.1`)).toBe(1);
    // After an outage of two days one reminder is enough.
    clock.stepMs(48 * HOUR);
    expect((await remind()).filter(Boolean)).toHaveLength(1);
    expect((await remind()).filter(Boolean)).toHaveLength(0);
    expect(await readReviewReminder(context, { id: `${reviewId}.2` })).toMatchObject({ number: 2 });
    await expect(readReviewReminder(context, { id: `${reviewId}.3` })).rejects.toMatchObject({
      code: 'not_found',
    });
    const [freshSam, freshSue] = [
      await access.current.person('sam', sam.groups),
      await access.current.person('sue', sue.groups),
    ];
    await decide(reviewId, freshSam, 'justified');
    await decide(reviewId, freshSue, 'justified');
    clock.stepMs(48 * HOUR);
    expect(await due()).toBe(false);
    expect(await remind()).not.toContain(true);
    expect(
      (await eventsOf(access.current, reviewId)).filter((type) => type === 'review.reminded'),
    ).toHaveLength(2);
    clock.stepMs(-100 * HOUR - MINUTE);
  });

  test('is guarded by the database as well', async () => {
    const { context } = access.current;
    const { grantId, reviewId, alice, sam } = await taken();
    const change = (what: string): Promise<unknown> =>
      query(access.current, `update review set ${what} where id = ?`, [reviewId]);
    const insertVote = (by: string, verdict: string): Promise<unknown> =>
      query(
        access.current,
        `insert into review_vote (review_id, identity_id, verdict, claims, platform, created_at) values (?, ?, ?, '[]', 'web', now())`,
        [reviewId, by, verdict],
      );
    const decided = (by: string): string =>
      `state = 'justified', decided_at = now(), decided_by_id = '${by}'`;
    await expect(insertVote(alice.id, 'justified')).rejects.toThrow('nobody reviews their own access');
    await expect(change(decided(sam.id))).rejects.toThrow('has not ended');
    await finishGrant(context, { grantId, by: alice });
    await expect(change(decided(alice.id))).rejects.toThrow('nobody reviews their own access');
    await expect(change(decided(sam.id))).rejects.toThrow('was not decided by a vote');
    await expect(change('reminders = reminders + 2')).rejects.toThrow('once at a time');
    await expect(change('reminders = reminders + 1')).rejects.toThrow('once at a time');
    await expect(change(`seats = '[{"name": "x", "count": 1, "anyOf": []}]'`)).rejects.toThrow(
      'cannot change',
    );
    await insertVote(sam.id, 'justified');
    await expect(
      query(access.current, 'delete from review_vote where review_id = ?', [reviewId]),
    ).rejects.toThrow('append-only');
    await change(decided(sam.id));
    await expect(change('note = null')).rejects.toThrow('is justified already');
    await expect(insertVote(sam.id, 'justified')).rejects.toThrow('takes no vote');
  });
});

test('nobody votes on what was taken without asking', async () => {
  const { alice, bob } = await castOf(access.current);
  const { id } = await takeInEmergency(access.current, alice);
  const late = castVote(access.current.context, {
    requestId: id,
    voter: bob,
    verdict: 'deny',
    durationMs: null,
    note: 'no',
    platform: 'web',
  });
  await expect(late).rejects.toMatchObject({ code: 'conflict' });
});

test('the database takes no vote of the holder’s other account on a review, nor two of one person', async () => {
  const { grantId, reviewId, alice, sam } = await taken();
  await finishGrant(access.current.context, { grantId, by: alice });
  const [aliceBefore, samBefore] = [
    await formerly(access.current, 'alice', ['security']),
    await formerly(access.current, 'sam', ['security']),
  ];
  const insert = (who: Identity): Promise<unknown> =>
    query(
      access.current,
      `insert into review_vote (review_id, identity_id, verdict, claims, platform, created_at)
         values (?, ?, 'justified', '[]', 'web', now())`,
      [reviewId, who.id],
    );
  await expect(insert(aliceBefore)).rejects.toThrow(/their own access/);
  await insert(sam);
  await expect(insert(samBefore)).rejects.toThrow(/one person votes once/);
});

test('whoever is on call to review it is told of it', async () => {
  const { context, person, clock } = access.current;
  const [alice, olga, paul] = [
    await person('alice', ['engineering']),
    await person('olga', []),
    await person('paul', ['leads']),
  ];
  access.current.applyPolicy(
    `${EMERGENCY_POLICY}onCall: [{ name: security, pagerDuty: { schedule: PABC123, token: { env: X } }, fallback: { group: leads } }]\n`,
  );
  const seats = [{ name: 'on call for security', count: 1, anyOf: ['on-call:security/1'], filledBy: [] }];
  const party = { id: alice.id, kind: 'person', name: alice.name, email: alice.email } as const;
  const review = { seats, holder: party, requester: party };
  const people = [
    { level: 1, email: 'Olga@example.com', name: 'Olga' },
    { level: 1, email: alice.email, name: 'Alice' },
  ];
  const told = async (asOf: Date | null): Promise<string[]> => {
    const whoIsOnCall = async () => ({ people: asOf === null ? [] : people, asOf, problem: null });
    const reviewers = await listReviewers({ ...context, onCall: { whoIsOnCall } }, review);
    return reviewers.map(({ id }) => id);
  };
  expect(await told(clock.now())).toEqual([olga.id]);
  expect(await told(null)).toEqual([paul.id]);
  access.current.applyPolicy(EMERGENCY_POLICY);
});
