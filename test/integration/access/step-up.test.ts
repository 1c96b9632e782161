/** A vote that needs a fresh sign-in: bound to the person, to what was shown and to the decision, and counted once. */
import { describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { cancelRequest } from '../../../src/access/close-request.ts';
import { commentOnRequest } from '../../../src/access/comment-on-request.ts';
import { delegateVotes, endDelegation } from '../../../src/access/delegate-votes.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { completeStepUp, readStepUp } from '../../../src/access/step-up/complete-step-up.ts';
import { tidyUp } from '../../../src/access/upkeep.ts';
import { after as later } from '../../../src/core/clock.ts';
import { isAppError } from '../../../src/core/errors.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, countRows, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });

async function cast() {
  const { person } = access.current;
  return { alice: await person('alice', ['engineering']), bob: await person('bob', ['sre']) };
}

/** Clicks, and gives what stands at the end of the link. */
async function click(
  request: { id: string },
  voter: Person,
  {
    verdict = 'approve',
    durationMs = null,
  }: { verdict?: 'approve' | 'deny'; durationMs?: number | null } = {},
): Promise<string> {
  const { context } = access.current;
  const ballot = { requestId: request.id, voter, verdict, durationMs, note: 'looked', platform: 'web' };
  const error = await castVote(context, ballot).catch((reason: unknown) => reason);
  if (!isAppError(error, 'step_up_required')) throw error;
  const { url } = error.context;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:7180\/step-up\/[a-z2-7]{32}$/);
  expect(error.message).toContain(String(url));
  return String(url).split('/').at(-1) ?? '';
}

const complete = (nonce: string, by: Person, signedInAt: Date | null = access.current.clock.now()) =>
  completeStepUp(access.current.context, { nonce, by, signedInAt });

test('nothing counts before the sign-in, and everything after it', async () => {
  const { context } = access.current;
  const { alice, bob } = await cast();
  const request = await ask(context, alice, { role: 'signed' });
  expect(request.stepUp).toBe(true);
  const nonce = await click(request, bob, { durationMs: 1_800_000 });
  expect(await readRequest(context, { id: request.id })).toMatchObject({ state: 'pending', votes: [] });
  expect(await readStepUp(context, { nonce, by: bob })).toMatchObject({
    request: { id: request.id },
    verdict: 'approve',
    durationMs: 1_800_000,
    note: 'looked',
  });
  expect(await complete(nonce, bob)).toMatchObject({
    outcome: 'approved',
    request: {
      votes: [{ steppedUp: true, platform: 'web', note: 'looked' }],
      grant: { durationMs: 1_800_000 },
    },
  });
});

test('a refusal comes before the sign-in: nobody signs in for a vote that would not count', async () => {
  const { context, person } = access.current;
  const { alice } = await cast();
  const request = await ask(context, alice, { role: 'signed' });
  const carol = await person('carol', ['responders']);
  await expect(vote(context, { request, voter: carol })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(vote(context, { request, voter: alice })).rejects.toMatchObject({ code: 'forbidden' });
  expect(await countRows(context, 'step_up where request_id = ?', [request.id])).toBe(0);
});

describe('the link', () => {
  test('works once, also when it is followed ten times at once', async () => {
    const { context } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const nonce = await click(request, bob);
    const followed = await Promise.allSettled(Array.from({ length: 10 }, () => complete(nonce, bob)));
    expect(followed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of followed) {
      if (one.status === 'rejected') expect(['gone', 'conflict']).toContain(one.reason.code);
    }
    await expect(complete(nonce, bob)).rejects.toMatchObject({ code: 'gone', message: /used already/ });
    expect(await countRows(context, 'vote where request_id = ?', [request.id])).toBe(1);
  });

  test('is one person’s, not another’s, nor that person’s other account', async () => {
    const { context, person } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const nonce = await click(request, bob);
    const others = [await person('sam', ['sre']), alice, await formerly(access.current, 'bob', ['sre'])];
    for (const other of others) {
      await expect(complete(nonce, other)).rejects.toMatchObject({ code: 'forbidden', message: /for Bob/ });
      await expect(readStepUp(context, { nonce, by: other })).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(complete('a'.repeat(32), bob)).rejects.toMatchObject({ code: 'not_found' });
    await expect(complete('../../etc', bob)).rejects.toMatchObject({ code: 'not_found' });
    expect(await complete(nonce, bob)).toMatchObject({ outcome: 'approved' });
  });

  test('that somebody else follows is an event, and says in whose place its own voter decides', async () => {
    const { context, person, clock } = access.current;
    const { alice, bob } = await cast();
    const [paul, petra] = [await person('paul-instead', []), await person('petra-nobody', [])];
    const until = later(clock.now(), 3_600_000);
    const { id } = await delegateVotes(context, { from: bob, toId: paul.id, until });
    await acceptDelegation(context, { id, by: paul });
    const request = await ask(context, alice, { role: 'signed' });
    const [own, instead] = [await click(request, bob), await click(request, paul)];
    expect(await readStepUp(context, { nonce: own, by: bob })).toMatchObject({ inPlaceOf: null });
    expect(await readStepUp(context, { nonce: instead, by: paul })).toMatchObject({
      inPlaceOf: { id: bob.id },
      request: { kind: 'access' },
    });
    await expect(readStepUp(context, { nonce: own, by: petra })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(complete(own, petra)).rejects.toMatchObject({ code: 'forbidden' });
    const refused = `event where type = 'vote.refused' and subject = ? and actor_id = ? and data->>'act' = 'step-up'`;
    expect(await countRows(context, refused, [request.id, petra.id])).toBe(2);
    await endDelegation(context, { id, by: paul });
  });

  test('is about what was shown: words added since make it worthless', async () => {
    const { context } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const nonce = await click(request, bob);
    const said = { requestId: request.id, by: alice, text: 'it is about all customers', platform: 'web' };
    await commentOnRequest(context, said);
    await expect(readStepUp(context, { nonce, by: bob })).rejects.toMatchObject({ code: 'gone' });
    await expect(complete(nonce, bob)).rejects.toMatchObject({ code: 'gone', message: /has changed/ });
    expect(await complete(await click(request, bob), bob)).toMatchObject({ outcome: 'approved' });
  });

  test('decides what was clicked, and nothing once the request is decided', async () => {
    const { context } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const denial = await click(request, bob, { verdict: 'deny' });
    const approval = await click(request, bob);
    expect(await complete(denial, bob)).toMatchObject({ outcome: 'denied' });
    await expect(complete(approval, bob)).rejects.toMatchObject({ code: 'conflict' });
    const cancelled = await ask(context, alice, { role: 'signed' });
    const nonce = await click(cancelled, bob);
    await cancelRequest(context, { requestId: cancelled.id, by: alice });
    await expect(complete(nonce, bob)).rejects.toMatchObject({ code: 'conflict', message: /cancelled/ });
  });

  test('stops working after ten minutes, to the moment, and is removed then', async () => {
    const { context, clock } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const start = clock.now();
    const at = (ms: number) => ({ ...context, clock: { now: () => later(start, ms) } });
    const ballot = { requestId: request.id, voter: bob, verdict: 'approve', durationMs: null } as const;
    const error = await castVote(at(0), { ...ballot, note: null, platform: 'web' }).catch((reason) => reason);
    const nonce = String(error.context.url).split('/').at(-1) ?? '';
    const confirm = (ms: number) => completeStepUp(at(ms), { nonce, by: bob, signedInAt: later(start, ms) });
    await expect(confirm(600_000)).rejects.toMatchObject({ code: 'gone', message: /too old/ });
    expect(await confirm(599_999)).toMatchObject({ outcome: 'approved' });
    await tidyUp(at(600_001));
    expect(await countRows(context, 'step_up where request_id = ?', [request.id])).toBe(0);
  });
});

describe('the sign-in', () => {
  test('has to be later than the click and no older than the policy says', async () => {
    const { context, clock } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'signed' });
    const nonce = await click(request, bob);
    const now = clock.now();
    for (const signedInAt of [null, later(now, -60_000), new Date(0)]) {
      await expect(complete(nonce, bob, signedInAt)).rejects.toMatchObject({ code: 'step_up_required' });
    }
    const sixMinutesLater = { ...context, clock: { now: () => later(now, 6 * 60_000) } };
    await expect(
      completeStepUp(sixMinutesLater, { nonce, by: bob, signedInAt: later(now, 10_000) }),
    ).rejects.toMatchObject({ code: 'step_up_required' });
    expect(
      await completeStepUp(sixMinutesLater, { nonce, by: bob, signedInAt: later(now, 5 * 60_000) }),
    ).toMatchObject({ outcome: 'approved' });
  });
});
