/** Held commands: who decides, that it is decided once, and that nothing runs which was not approved. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatHold } from '../../../src/access/chat-hold.ts';
import { expireHold, type HoldBallot, voteOnHold } from '../../../src/access/decide-hold.ts';
import { revokeGrant } from '../../../src/access/end-grant.ts';
import { readHolds, watchHolds, withdrawHold } from '../../../src/access/hold-command.ts';
import { listHeldFor } from '../../../src/access/list-pending.ts';
import { listHolds, readHold } from '../../../src/access/read-holds.ts';
import { endLostSessions, endSession } from '../../../src/access/run-session.ts';
import { cardsBehind, lapsedHolds } from '../../../src/access/sweep.ts';
import type { HoldView } from '../../../src/access/views.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import {
  HOLD_TEXT_BYTES_MAX,
  UNAPPROVED_HOLDS_MAX,
  UNAPPROVED_HOLDS_WITHIN_MS,
} from '../../../src/core/hold.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { upsertPerson, upsertWorkload } from '../../../src/identity/persons.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { hold, type LiveGrant, liveGrant, liveSession } from '../../support/live-session.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { tries } from '../../support/thoroughness.ts';

const access = useTestAccess();

async function held(
  changes: Parameters<typeof hold>[2] = {},
): Promise<LiveGrant & { held: HoldView; sessionId: string }> {
  const grant = await liveGrant(access.current);
  const sessionId = await liveSession(access.current, grant.grantId);
  return { ...grant, sessionId, held: await hold(access.current, sessionId, changes) };
}

function vote(of: HoldView, voter: Identity, changes: Partial<HoldBallot> = {}): Promise<HoldView> {
  return voteOnHold(access.current.context, {
    holdId: of.id,
    voter,
    verdict: 'approve',
    scope: 'once',
    note: null,
    textSha256: of.textSha256,
    platform: 'web',
    ...changes,
  });
}

const now = async (of: HoldView): Promise<HoldView> => {
  const [view] = await readHolds(access.current.context, { holdIds: [of.id] });
  if (view === undefined) throw new Error(`hold ${of.id} is gone`);
  return view;
};

async function eventsOf(holdId: string): Promise<string[]> {
  const rows = await access.current.store
    .read()
    .execute<{ type: string }[]>('select type from event where subject = ? order by id', [holdId]);
  return rows.map((row) => row.type);
}

const run = (sql: string, values: readonly string[]): Promise<unknown> =>
  access.current.store.read().execute(sql, [...values]);

const end = (sessionId: string): Promise<void> =>
  endSession(access.current.context, {
    sessionId,
    reason: 'client-closed',
    counts: null,
    recordingHead: null,
    riskiest: null,
  });

const ONE_OF_EACH = {
  seats: [groupSeat('sre', 1), groupSeat('dba', 1)],
  withinMs: 300_000,
};

describe('a decision', () => {
  test('releases exactly the bytes that were held, and leaves its traces', async () => {
    const text = `update orders\n\tset note = 'naïve ☃ \\' where id = $1;`;
    const { held: before, dana } = await held({ text, parameters: ['7', null] });
    expect(before).toMatchObject({ state: 'held', text, parameters: ['7', null], scope: null });
    const after = await vote(before, dana, { scope: 'session', note: ' go ahead ' });
    expect(after).toMatchObject({
      state: 'approved',
      scope: 'session',
      note: 'go ahead',
      text,
      textSha256: createHash('sha256').update(text).digest('hex'),
      seats: [{ ...groupSeat('dba', 1), filledBy: [{ id: dana.id }] }],
      votes: [{ person: { id: dana.id }, verdict: 'approve', scope: 'session' }],
    });
    expect(await eventsOf(before.id)).toEqual(['hold.created', 'vote.cast', 'hold.approved']);
  });

  test('takes everybody who is to be asked, and is for no more than all of them allowed', async () => {
    const { held: before, bob, dana } = await held({ approval: ONE_OF_EACH });
    expect(await vote(before, bob, { scope: 'session' })).toMatchObject({ state: 'held', scope: null });
    expect(await vote(before, dana, { scope: 'once' })).toMatchObject({ state: 'approved', scope: 'once' });
  });

  test('against it is made by one person, with a reason that is kept', async () => {
    const { held: before, dana } = await held();
    await expect(vote(before, dana, { verdict: 'deny', note: ' ' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    expect(await vote(before, dana, { verdict: 'deny', note: 'use the migration' })).toMatchObject({
      state: 'denied',
      note: 'use the migration',
      scope: null,
    });
    await expect(vote(before, dana)).rejects.toMatchObject({
      code: 'conflict',
      message: /denied already by Dana/,
    });
  });
});

test('of fifty parallel votes one decides, and every other hears what was decided', async () => {
  const { held: before, bob, dana } = await held({ approval: ONE_OF_EACH });
  const erin = await access.current.person('erin', ['sre', 'dba']);
  const voters = [bob, dana, erin];
  const votes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => vote(before, voters[index % 3] ?? erin)),
  );
  const counted = votes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.state] : []));
  expect(counted).toEqual(expect.arrayContaining(['held', 'approved']));
  expect(counted).toHaveLength(2);
  for (const one of votes) {
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' });
  }
  expect((await eventsOf(before.id)).filter((type) => type === 'hold.approved')).toHaveLength(1);
});

type Move = 'approve' | 'approve-sre' | 'deny' | 'expire' | 'withdraw' | 'end';
const MOVES: readonly Move[] = ['approve', 'approve-sre', 'deny', 'expire', 'withdraw', 'end'];

test('whatever races, a held command has one outcome', { timeout: 120_000 }, async () => {
  const { context, clock } = access.current;
  const { grantId, bob, dana } = await liveGrant(access.current);
  const late = { ...context, clock: { now: () => new Date(clock.now().getTime() + 301_000) } };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...MOVES), { minLength: 2, maxLength: 10 }), async (moves) => {
      const sessionId = await liveSession(access.current, grantId);
      const before = await hold(access.current, sessionId, { approval: ONE_OF_EACH });
      const make = (move: Move): Promise<unknown> => {
        switch (move) {
          case 'approve':
            return vote(before, dana);
          case 'approve-sre':
            return vote(before, bob);
          case 'deny':
            return vote(before, bob, { verdict: 'deny', note: 'no' });
          case 'expire':
            return expireHold(late, { holdId: before.id });
          case 'withdraw':
            return withdrawHold(context, { holdId: before.id, why: 'client' });
          case 'end':
            return end(sessionId);
        }
      };
      for (const made of await Promise.allSettled(moves.map(make))) {
        if (made.status === 'rejected') expect(made.reason).toMatchObject({ code: 'conflict' });
      }
      const after = await now(before);
      const outcomes = (await eventsOf(before.id)).filter((type) => /^hold\.(?!created)/.test(type));
      expect(outcomes).toEqual(after.state === 'held' ? [] : [`hold.${after.state}`]);
      if (moves.includes('end')) expect(after.state).not.toBe('held');
      const approvers = after.votes.filter((one) => one.verdict === 'approve').map((one) => one.person.id);
      if (after.state === 'approved') expect(new Set(approvers)).toEqual(new Set([bob.id, dana.id]));
      await end(sessionId);
    }),
    // Shrinking would ask too often under one grant.
    { numRuns: tries({ byDay: 6, byNight: 15 }), endOnFailure: true },
  );
});

describe('a vote is refused', () => {
  test('from whoever asks, under any of their accounts, and from outside the groups', async () => {
    const { person, identity, clock } = access.current;
    const { held: before, bob } = await held();
    const again = await upsertPerson(identity, {
      issuer: 'https://idp-of-before.example',
      subject: 'alice',
      email: 'ALICE@example.com',
      name: 'alice',
      groups: ['dba'],
      toldAt: clock.now(),
    });
    const refusals: readonly [Identity, RegExp][] = [
      [await person('alice', ['engineering', 'dba']), /your own command/],
      [again, /your own command/],
      [bob, /members of dba/],
      [
        {
          ...(await person('dana', ['dba'])),
          groupsSeenAt: new Date(clock.now().getTime() - 13 * 3_600_000),
        },
        /Sign in again/,
      ],
    ];
    for (const [voter, message] of refusals) {
      await expect(vote(before, voter)).rejects.toMatchObject({ code: 'forbidden', message });
    }
    expect(await eventsOf(before.id)).toEqual(['hold.created', ...refusals.map(() => 'vote.refused')]);
    expect((await now(before)).state).toBe('held');
  });

  test('from whoever answers for the workload that asks', async () => {
    const { identity, person, applyPolicy } = access.current;
    const migrator = {
      name: 'migrator',
      owner: 'dana@example.com',
      issuer: 'https://ci.example.com',
      claims: { repository: 'acme/orders' },
    };
    applyPolicy(
      `${TEST_POLICY.replace('who: { groups: [engineering] }', 'who: { workloads: [migrator] }').replace('{ group: dba, count: 1 }', '{ group: dba-leads, count: 1 }')}
workloads: [${JSON.stringify(migrator)}]`,
    );
    const requester = await upsertWorkload(identity, migrator, {});
    const erin = await person('erin', ['sre', 'dba-leads']);
    const bob = await person('bob', ['sre']);
    const grant = await liveGrant(access.current, { requester, approvers: [bob, erin] });
    const before = await hold(access.current, await liveSession(access.current, grant.grantId));
    await expect(vote(before, grant.dana)).rejects.toMatchObject({
      code: 'forbidden',
      message: /You answer for migrator/,
    });
    applyPolicy(TEST_POLICY);
  });

  test('when it is about other bytes, comes late, or comes twice', async () => {
    const { clock } = access.current;
    const { held: before, dana, bob } = await held({ approval: ONE_OF_EACH });
    await expect(vote(before, dana, { textSha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'conflict',
      message: /another command/,
    });
    await vote(before, dana);
    await expect(vote(before, dana)).rejects.toMatchObject({ code: 'conflict', message: /voted/ });
    clock.stepMs(300_000);
    await expect(vote(before, bob)).rejects.toMatchObject({ code: 'conflict', message: /has lapsed/ });
    clock.stepMs(-300_000);
  });

  test('after the grant was revoked, even before its session has ended', async () => {
    const { held: before, dana, grantId } = await held();
    await revokeGrant(access.current.context, { grantId, by: dana, reason: 'wrong database' });
    await expect(vote(before, dana)).rejects.toMatchObject({ code: 'conflict', message: /has ended/ });
  });
});

describe('a wait ends', () => {
  test('at its time, by a job or by the sweep, and not before', async () => {
    const { context, clock } = access.current;
    const { held: before } = await held();
    await expireHold(context, { holdId: before.id });
    expect((await now(before)).state).toBe('held');
    clock.stepMs(300_000);
    expect(await lapsedHolds(context)).toContainEqual({ holdId: before.id });
    expect(await cardsBehind(context)).toContainEqual({ subject: 'hold', id: before.id });
    await expireHold(context, { holdId: before.id });
    await expireHold(context, { holdId: before.id });
    expect((await now(before)).state).toBe('expired');
    expect(await eventsOf(before.id)).toEqual(['hold.created', 'hold.expired']);
    clock.stepMs(-300_000);
  });

  test('with the grant at the latest', async () => {
    const { clock } = access.current;
    const { grantId } = await liveGrant(access.current);
    const sessionId = await liveSession(access.current, grantId);
    clock.stepMs(3_500_000);
    const before = await hold(access.current, sessionId);
    expect(before.expiresAt.getTime() - before.createdAt.getTime()).toBeLessThanOrEqual(100_000);
    clock.stepMs(100_001);
    await expect(hold(access.current, sessionId)).rejects.toMatchObject({ code: 'gone' });
    clock.stepMs(-3_600_001);
  });

  test('when its client gives up, holds another command, or is gone with its broker', async () => {
    const { context, clock } = access.current;
    const { held: first, sessionId } = await held();
    const hints: number[] = [];
    const subscription = await watchHolds(context, () => hints.push(hints.length));
    const before = hints.length;
    await withdrawHold(context, { holdId: first.id, why: 'client' });
    await withdrawHold(context, { holdId: first.id, why: 'session-ended' });
    expect(await now(first)).toMatchObject({ state: 'withdrawn', withdrawnBecause: 'client' });
    await expect.poll(() => hints.length, { timeout: 30_000 }).toBeGreaterThan(before);
    await subscription.close();

    const second = await hold(access.current, sessionId, { statement: 2 });
    const third = await hold(access.current, sessionId, { statement: 3 });
    expect(await now(second)).toMatchObject({ state: 'withdrawn', withdrawnBecause: 'client' });
    clock.stepMs(11_000);
    await endLostSessions(context, { recovery: NOTHING_RECORDED });
    clock.stepMs(-11_000);
    expect(await now(third)).toMatchObject({ state: 'withdrawn', withdrawnBecause: 'session-ended' });
    await expect(hold(access.current, sessionId)).rejects.toMatchObject({ code: 'gone' });
  });
});

test('what nobody could review, or nobody is asked about, is not held', async () => {
  const { grantId } = await liveGrant(access.current);
  const sessionId = await liveSession(access.current, grantId);
  const long = 'x'.repeat(HOLD_TEXT_BYTES_MAX + 1);
  await expect(hold(access.current, sessionId, { text: long })).rejects.toMatchObject({ code: 'too_large' });
  await expect(hold(access.current, sessionId, { parameters: [long] })).rejects.toMatchObject({
    code: 'too_large',
  });
  for (const wrong of [
    { textSha256: '0'.repeat(64) },
    { approval: { seats: [], withinMs: 1_000 } },
    { approval: { ...ONE_OF_EACH, withinMs: 0 } },
  ]) {
    await expect(hold(access.current, sessionId, wrong)).rejects.toMatchObject({ code: 'invalid_input' });
  }
  expect(
    await listHolds(access.current.context, {
      viewer: await access.current.person('alice', ['engineering']),
      sessionId,
    }),
  ).toEqual([]);
});

test('a client that asks again and again is not let through to people for a while', async () => {
  const { clock } = access.current;
  const { grantId, dana } = await liveGrant(access.current);
  const sessionId = await liveSession(access.current, grantId);
  await vote(await hold(access.current, sessionId), dana);
  for (let asked = 0; asked < UNAPPROVED_HOLDS_MAX; asked += 1) await hold(access.current, sessionId);
  const other = await liveSession(access.current, grantId);
  await expect(hold(access.current, other)).rejects.toMatchObject({ code: 'rate_limited' });
  clock.stepMs(UNAPPROVED_HOLDS_WITHIN_MS + 1);
  expect((await hold(access.current, other)).state).toBe('held');
  clock.stepMs(-UNAPPROVED_HOLDS_WITHIN_MS - 1);
});

test('the text is for its author, for those who are asked, and for those who oversee the grant', async () => {
  const { context, person } = access.current;
  const grant = await liveGrant(access.current);
  const sessionId = await liveSession(access.current, grant.grantId);
  const approval = { seats: [groupSeat('security', 1)], withinMs: 300_000 };
  const before = await hold(access.current, sessionId, { approval });
  const asked = await person('sam', ['security']);
  for (const viewer of [grant.alice, grant.bob, asked, await person('carol', ['responders'])]) {
    expect((await readHold(context, { id: before.id, viewer })).text).toBe(before.text);
    expect(await listHolds(context, { viewer, state: 'held', sessionId })).toHaveLength(1);
  }
  const mallory = await person('mallory', ['engineering']);
  await expect(readHold(context, { id: before.id, viewer: mallory })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await listHolds(context, { viewer: mallory, sessionId })).toEqual([]);

  const waiting = async (voter: Identity): Promise<string[]> =>
    (await listHeldFor(context, { voter })).filter((one) => one.sessionId === sessionId).map((one) => one.id);
  expect(await waiting(asked)).toEqual([before.id]);
  for (const other of [grant.alice, grant.bob]) expect(await waiting(other)).toEqual([]);
  await vote(before, asked);
  expect(await waiting(asked)).toEqual([]);
});

test('a secret in a command is redacted where a channel reads it, and nowhere else', async () => {
  const { context, applyPolicy } = access.current;
  const card = '4111111111111111';
  const text = `update cards set number = '${card}' where id = $1`;
  const { held: before, dana } = await held({ text, parameters: [card, null, 'plain'] });
  applyPolicy(`${TEST_POLICY}masks: [{ name: secrets, detect: [credit-card, private-key], with: redact }]`);
  const exact = await readHold(context, { id: before.id, viewer: dana });
  expect(exact).toMatchObject({ text, parameters: [card, null, 'plain'] });
  const shown = chatHold(context, exact);
  expect(shown).toMatchObject({ redactions: 2, textSha256: exact.textSha256, rule: exact.rule });
  expect(JSON.stringify(shown)).not.toContain(card);
  expect([shown.text.startsWith('update cards'), shown.parameters[1], shown.parameters[2]]).toEqual([
    true,
    null,
    'plain',
  ]);
  const onHost = {
    account: 'deploy',
    directory: `/srv/${card}`,
    environment: [
      { name: 'CARD', value: card },
      { name: 'LANG', value: 'C' },
    ],
    stdin: 'nothing',
  } as const;
  const place = chatHold(context, { ...exact, text: 'ls', parameters: [], context: onHost });
  expect(place).toMatchObject({ redactions: 2, context: { account: 'deploy', stdin: 'nothing' } });
  expect(JSON.stringify(place)).not.toContain(card);
  expect(JSON.stringify(place)).toContain('LANG');
  applyPolicy(TEST_POLICY);
  expect(chatHold(context, exact)).toMatchObject({ redactions: 0, text });
});

test('the database itself refuses what the code never does', async () => {
  const { held: before, dana, bob } = await held({ approval: ONE_OF_EACH });
  const { id } = before;
  const insertVote = `insert into hold_vote (hold_id, identity_id, verdict, scope, text_sha256, groups, platform, created_at)
                      values (?, ?, 'approve', 'once', ?, '[]', 'web', now())`;
  const refused: readonly [string, readonly string[]][] = [
    [
      `update hold set text = 'drop table orders', text_sha256 = encode(sha256('drop table orders'), 'hex') where id = ?`,
      [id],
    ],
    [`update hold set text = 'drop table orders' where id = ?`, [id]],
    [`update hold set parameters = '["8"]' where id = ?`, [id]],
    [`update hold set expires_at = expires_at + interval '1 day' where id = ?`, [id]],
    [`update hold set state = 'approved', scope = 'once', decided_at = expires_at where id = ?`, [id]],
    [`update hold set state = 'approved', decided_at = now() where id = ?`, [id]],
    [insertVote, [id, bob.id, '0'.repeat(64)]],
    [
      `insert into hold select 'h-aaaaaaaa', session_id, 2, state, text, text_sha256, parameters, effects, relations, context, rule,
        reason, seats, policy_version, scope, note, withdrawn_because, created_at, expires_at, decided_at from hold where id = ?`,
      [id],
    ],
  ];
  for (const [sql, values] of refused) await expect(run(sql, values), sql).rejects.toThrow();
  await vote(before, dana);
  await vote(before, bob, { verdict: 'deny', note: 'no' });
  const late: readonly [string, readonly string[]][] = [
    [`update hold set state = 'approved', scope = 'once' where id = ?`, [id]],
    [`update hold set note = 'yes' where id = ?`, [id]],
    [insertVote, [id, (await access.current.person('erin', ['dba'])).id, before.textSha256]],
    [`update hold_vote set verdict = 'approve' where hold_id = ?`, [id]],
    [`delete from hold_vote where hold_id = ?`, [id]],
  ];
  for (const [sql, values] of late) await expect(run(sql, values), sql).rejects.toThrow();
  expect(await now(before)).toMatchObject({ state: 'denied', note: 'no' });
});
