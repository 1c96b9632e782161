/** What happens while a request waits: reminders, escalation, words, and asking once more. */
import { describe, expect, test } from 'vitest';
import { cancelRequest, expireRequest } from '../../../src/access/close-request.ts';
import { commentOnRequest } from '../../../src/access/comment-on-request.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { escalateRequest, remindRequest } from '../../../src/access/remind-request.ts';
import { requestAgain } from '../../../src/access/request-again.ts';
import { requestsToEscalate, requestsToRemind } from '../../../src/access/sweep.ts';
import { after } from '../../../src/core/clock.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, countRows, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });
const MINUTE_MS = 60_000;

/** The same deployment, so much later. */
function later(ms: number) {
  const { context } = access.current;
  const at = after(context.clock.now(), ms);
  return { ...context, clock: { now: () => at } };
}

async function cast() {
  const { person } = access.current;
  return {
    alice: await person('alice', ['engineering']),
    bob: await person('bob', ['sre']),
    lena: await person('lena', ['leads']),
    mallory: await person('mallory', ['people']),
    olga: await person('olga', ['responders']),
  };
}

describe('a request that waits', () => {
  test('is reminded of once, not before its time and not after its end', async () => {
    const { context } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'watched' });
    const at = request.createdAt.getTime() + 5 * MINUTE_MS;
    const moment = (ms: number) => ({ ...context, clock: { now: () => new Date(at + ms) } });
    expect(await remindRequest(moment(-1), { requestId: request.id })).toBe(false);
    expect(await requestsToRemind(moment(-1))).not.toContainEqual({ requestId: request.id });
    expect(await requestsToRemind(moment(0))).toContainEqual({ requestId: request.id });
    const reminded = await Promise.all(
      Array.from({ length: 10 }, () => remindRequest(moment(0), { requestId: request.id })),
    );
    expect(reminded.filter(Boolean)).toHaveLength(1);
    expect(await requestsToRemind(moment(0))).not.toContainEqual({ requestId: request.id });
    const asked = `outbox where job = 'sync-card' and payload->>'id' = ? and payload->>'subject' = 'reminder'`;
    expect(await countRows(context, asked, [request.id])).toBe(1);
    const events = `event where type = 'request.reminded' and subject = ?`;
    expect(await countRows(context, events, [request.id])).toBe(1);
    expect(await readRequest(context, { id: request.id })).toMatchObject({ remindedAt: new Date(at) });

    const decided = await ask(context, alice, { role: 'watched' });
    await vote(context, { request: decided, voter: bob });
    expect(await remindRequest(later(6 * MINUTE_MS), { requestId: decided.id })).toBe(false);
    const lapsed = await ask(context, alice, { role: 'watched' });
    expect(await remindRequest(later(31 * MINUTE_MS), { requestId: lapsed.id })).toBe(false);
    expect(await requestsToRemind(later(31 * MINUTE_MS))).not.toContainEqual({ requestId: lapsed.id });
  });

  test('asks others as well once it is escalated, and the votes of before still count', async () => {
    const { context } = access.current;
    const { alice, lena } = await cast();
    const request = await ask(context, alice, { role: 'watched' });
    expect(request.escalation).toMatchObject({ group: 'leads' });
    await expect(vote(context, { request, voter: lena })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await escalateRequest(later(14 * MINUTE_MS), { requestId: request.id })).toBe(false);
    expect(await requestsToEscalate(later(16 * MINUTE_MS))).toContainEqual({ requestId: request.id });
    const escalated = await Promise.all(
      Array.from({ length: 10 }, () => escalateRequest(later(16 * MINUTE_MS), { requestId: request.id })),
    );
    expect(escalated.filter(Boolean)).toHaveLength(1);
    const asked = `outbox where job = 'sync-card' and payload->>'id' = ? and payload->>'subject' = 'escalation'`;
    expect(await countRows(context, asked, [request.id])).toBe(1);
    expect(await vote(context, { request, voter: lena })).toMatchObject({
      outcome: 'approved',
      request: { seats: [{ name: 'sre', filledBy: [{ id: lena.id }] }], escalatedAt: expect.any(Date) },
    });
  });

  test('escalation, lapse, a vote and a cancellation at once leave one outcome', async () => {
    const { context } = access.current;
    const { alice, bob, lena } = await cast();
    for (let round = 0; round < 8; round += 1) {
      const request = await ask(context, alice, { role: 'watched' });
      const { id: requestId } = request;
      await Promise.allSettled([
        escalateRequest(later(16 * MINUTE_MS), { requestId }),
        remindRequest(later(16 * MINUTE_MS), { requestId }),
        vote(context, { request, voter: lena }),
        ...(round % 2 === 0 ? [expireRequest(later(31 * MINUTE_MS), { requestId })] : []),
        ...(round % 2 === 1 ? [cancelRequest(context, { requestId, by: alice })] : []),
        vote(context, { request, voter: bob }),
      ]);
      const after = await readRequest(context, { id: requestId });
      expect(after.state).not.toBe('pending');
      expect(after.grant !== null).toBe(after.state === 'approved');
      const decided = `event where subject = ? and type in
        ('request.approved', 'request.denied', 'request.cancelled', 'request.expired')`;
      expect(await countRows(context, decided, [requestId])).toBe(1);
    }
  });
});

describe('a comment', () => {
  const say = (request: { id: string }, by: Identity, text: string) =>
    commentOnRequest(access.current.context, { requestId: request.id, by, text, platform: 'web' });

  test('is for those whom the request concerns, and stays', async () => {
    const { context } = access.current;
    const { alice, bob, mallory, olga } = await cast();
    const request = await ask(context, alice, { role: 'read' });
    await say(request, bob, 'which customer?');
    await say(request, alice, ' 4711 ');
    await vote(context, { request, voter: bob });
    await say(request, await formerly(access.current, 'bob', []), 'be quick');
    expect(await say(request, olga, 'seen')).toMatchObject({
      comments: [{ text: 'which customer?' }, { text: '4711' }, { text: 'be quick' }, { text: 'seen' }],
    });
    await expect(say(request, mallory, 'me, too')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(say({ id: 'r-nothere2' }, bob, 'hello')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('has a limit of length and of number, each at its edge', async () => {
    const { context } = access.current;
    const { alice } = await cast();
    const request = await ask(context, alice, { role: 'read' });
    await say(request, alice, 'x'.repeat(2_000));
    for (const text of ['', '  ', 'x'.repeat(2_001)]) {
      await expect(say(request, alice, text)).rejects.toMatchObject({ code: 'invalid_input' });
    }
    for (let count = 1; count < 99; count += 1) await say(request, alice, `${count}`);
    const last = await Promise.allSettled([say(request, alice, 'a'), say(request, alice, 'b')]);
    expect(last.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))).toMatchObject([
      { code: 'too_large' },
    ]);
  });
});

describe('asking once more', () => {
  const again = (request: { id: string }, by: Identity, key = `again-${request.id}`) =>
    requestAgain(access.current.context, { requestId: request.id, by, idempotencyKey: key, origin: null });

  test('makes the same request under the policy of now, once for one click', async () => {
    const { context } = access.current;
    const { alice, bob } = await cast();
    const request = await ask(context, alice, { role: 'read', ticket: 'T-1' });
    await expect(again(request, alice)).rejects.toMatchObject({ code: 'conflict', message: /still open/ });
    await vote(context, { request, voter: bob, verdict: 'deny' });
    await expect(again(request, bob)).rejects.toMatchObject({ code: 'forbidden' });
    const [one, other] = await Promise.all([again(request, alice), again(request, alice)]);
    expect(one).toMatchObject({
      state: 'pending',
      againOf: request.id,
      role: 'read',
      reason: 'a test',
      ticket: 'T-1',
      votes: [],
    });
    expect(other.id).toBe(one.id);
  });

  test('waits until what was granted has ended', async () => {
    const { context } = access.current;
    const { alice } = await cast();
    const request = await ask(context, alice, { role: 'free' });
    await expect(again(request, alice)).rejects.toMatchObject({ code: 'conflict', message: /Extend it/ });
    const grantId = request.grant?.id ?? '';
    await issueGrant(context, { grantId, preparer: { prepare: async () => {} } });
    await finishGrant(context, { grantId, by: alice });
    expect(await again(request, alice)).toMatchObject({ state: 'approved', againOf: request.id });
  });
});
