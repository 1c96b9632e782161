/** The policy in force is in the database: who may change it, who must agree, and who reads of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import type { AccessContext } from '../../../src/access/context.ts';
import { cancelPolicyChange, expirePolicyChange } from '../../../src/access/decide-policy-change.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import { proposePolicy } from '../../../src/access/propose-policy.ts';
import {
  listPolicyChanges,
  readPolicyChange,
  readPolicyText,
} from '../../../src/access/read-policy-changes.ts';
import { lapsedPolicyChanges } from '../../../src/access/sweep.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { GUARDED, policy, usePolicyChanges, versionOf } from './policy-change-harness.ts';
import { formerly } from './votes.ts';

const { access, begin, inForce, people, propose, vote } = usePolicyChanges();

describe('without approval', () => {
  test('a policy that is sent applies at once, with its difference', async () => {
    await begin(policy('one'));
    const change = await propose(policy('two'));
    expect(change).toMatchObject({
      state: 'applied',
      inForce: true,
      source: 'apply',
      proposer: { name: 'Alice' },
    });
    expect(change.difference).toContain(
      '-incidents: { channels: ["one-*"] }\n+incidents: { channels: ["two-*"] }',
    );
    expect(await inForce()).toBe(versionOf(policy('two')));
  });

  test('only whom policy.who names may send one, with fresh group facts', async () => {
    await begin(policy('one'));
    await expect(propose(policy('two'), people.bob)).rejects.toMatchObject({ code: 'forbidden' });
    const stale = { ...people.alice, groupsSeenAt: new Date(Date.now() - 12 * 3_600_000 - 60_000) };
    await expect(propose(policy('two'), stale)).rejects.toThrow(/Sign in again/);
    await begin('policy: {}');
    await expect(propose(policy('two'))).rejects.toThrow(/policy.who/);
  });

  test('one with problems is refused with all of them, and one that is too large', async () => {
    await begin(policy('one'));
    await expect(propose('acces: []\nrulez: []')).rejects.toThrow(/2 problems.*1:1: acces.*2:1: rulez/s);
    await expect(propose(`#${'x'.repeat(1_048_576)}`)).rejects.toMatchObject({ code: 'too_large' });
    expect(
      (await propose(`#${'x'.repeat(1_048_576 - 1 - policy('two').length - 1)}\n${policy('two')}`)).state,
    ).toBe('applied');
  });

  test('a retry gives the same change; the policy in force gives the change that brought it', async () => {
    await begin(policy('one'));
    const proposal = {
      by: people.alice,
      text: policy('two'),
      comment: null,
      expectedVersion: null,
      idempotencyKey: 'k',
    };
    const first = await proposePolicy(access.current.context, proposal);
    expect((await proposePolicy(access.current.context, proposal)).id).toBe(first.id);
    expect((await propose(policy('two'))).id).toBe(first.id);
  });

  test('of two at once that expect the same version, one is refused', async () => {
    await begin(policy('one'));
    const expectedVersion = versionOf(policy('one'));
    const outcomes = await Promise.allSettled(
      ['two', 'three', 'four'].map((name) => propose(policy(name), people.alice, { expectedVersion })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const applied = (await listPolicyChanges(access.current.context, { viewer: null, state: 'applied' }))
      .length;
    expect(applied).toBe(2);
  });
});

describe('with approval', () => {
  beforeEach(() => begin(policy('one', GUARDED)));

  test('it waits for distinct people, and is in force with the last', async () => {
    const change = await propose(policy('two', GUARDED));
    expect(change).toMatchObject({ state: 'pending', inForce: false });
    await vote(change, people.bob);
    expect(await inForce()).toBe(versionOf(policy('one', GUARDED)));
    expect(await vote(change, people.carol)).toMatchObject({ state: 'applied', inForce: true });
  });

  test('a policy that drops its own approval needs the approval of before', async () => {
    expect((await propose(policy('two'))).state).toBe('pending');
  });

  test('whoever proposed it does not vote on it, nor anybody twice, on whatever account', async () => {
    const change = await propose(policy('two', GUARDED), people.dana);
    await expect(vote(change, people.dana)).rejects.toThrow(/own change of the policy/);
    const danaElsewhere = { ...(await access.current.person('dana2', ['sre'])), email: 'DANA@example.com' };
    await expect(vote(change, danaElsewhere)).rejects.toThrow(/own change of the policy/);
    await vote(change, people.bob);
    await expect(vote(change, people.bob)).rejects.toMatchObject({ code: 'conflict' });
    await expect(vote(change, people.alice)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('a vote names the version that was shown', async () => {
    const change = await propose(policy('two', GUARDED));
    await expect(vote(change, people.bob, { version: change.baseVersion })).rejects.toThrow(/version/);
  });

  test('stale group facts do not vote', async () => {
    const change = await propose(policy('two', GUARDED));
    const stale = { ...people.bob, groupsSeenAt: new Date(Date.now() - 12 * 3_600_000 - 60_000) };
    await expect(vote(change, stale)).rejects.toThrow(/Sign in again/);
  });

  test('one denial decides, with a reason', async () => {
    const change = await propose(policy('two', GUARDED));
    await vote(change, people.bob);
    expect((await vote(change, people.carol, { verdict: 'deny' })).state).toBe('denied');
    await expect(vote(change, people.dana)).rejects.toThrow(/denied already by Carol/);
    expect(await inForce()).toBe(versionOf(policy('one', GUARDED)));
  });

  test('one waits at a time; what is cancelled makes room', async () => {
    const change = await propose(policy('two', GUARDED));
    await expect(propose(policy('three', GUARDED))).rejects.toThrow(new RegExp(change.id));
    await expect(
      cancelPolicyChange(access.current.context, { changeId: change.id, by: people.bob }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await cancelPolicyChange(access.current.context, { changeId: change.id, by: people.alice });
    expect((await propose(policy('three', GUARDED))).state).toBe('pending');
    await expect(vote(change, people.bob)).rejects.toThrow(/cancelled/);
  });

  test('it lapses when nobody decides, and a vote that comes late does not count', async () => {
    const change = await propose(policy('two', GUARDED));
    const { context, clock } = access.current;
    expect(await expirePolicyChange(context, { changeId: change.id })).toBe(false);
    clock.stepMs(30 * 60_000);
    try {
      await expect(vote(change, await access.current.person('bob', ['sre']))).rejects.toThrow(/lapsed/);
      expect(await lapsedPolicyChanges(context)).toEqual([{ changeId: change.id }]);
      expect(await expirePolicyChange(context, { changeId: change.id })).toBe(true);
      expect(await lapsedPolicyChanges(context)).toEqual([]);
    } finally {
      clock.stepMs(-30 * 60_000);
    }
  });

  test('of approve, deny, cancel and a second proposal at once, one outcome stands', async () => {
    const change = await propose(policy('two', GUARDED));
    await vote(change, people.bob);
    await Promise.allSettled([
      vote(change, people.carol),
      vote(change, people.dana, { verdict: 'deny' }),
      cancelPolicyChange(access.current.context, { changeId: change.id, by: people.alice }),
      propose(policy('three', GUARDED)),
    ]);
    const after = await readPolicyChange(access.current.context, { id: change.id, viewer: null });
    expect(['applied', 'denied', 'cancelled']).toContain(after.state);
    expect(await inForce()).toBe(after.state === 'applied' ? change.version : change.baseVersion);
    const events = await access.current.store
      .read()
      .execute<{ type: string }[]>(
        `select type from event where subject = ? and type like 'policy.%' and type <> 'policy.proposed'`,
        [change.id],
      );
    expect(events.map(({ type }) => type)).toEqual([`policy.${after.state}`]);
  });

  test('the database refuses what the code would not do', async () => {
    const change = await propose(policy('two', GUARDED));
    const insert = (by: string, version: string): Promise<unknown> =>
      access.current.store
        .read()
        .execute(
          `insert into policy_change_vote (change_id, identity_id, verdict, version, claims, platform, created_at) values (?, ?, 'approve', ?, '[]', 'web', now())`,
          [change.id, by, version],
        );
    await expect(insert(people.alice.id, change.version)).rejects.toThrow(/own change/);
    await expect(insert(people.bob.id, 'other')).rejects.toThrow(/another version/);
    const execute = (text: string): Promise<unknown> => access.current.store.read().execute(text);
    await expect(
      execute(`update policy_change set version = base_version where state = 'pending'`),
    ).rejects.toThrow(/cannot change/);
    await expect(
      execute(`update policy_change set state = 'applied', decided_at = now() where state = 'pending'`),
    ).rejects.toThrow(/check/);
  });

  test('is read by who may decide, may propose or oversees, and by nobody else', async () => {
    const change = await propose(policy('two', GUARDED));
    const outsider = await access.current.person('erin', ['engineering']);
    const read = (viewer: Identity) => readPolicyChange(access.current.context, { id: change.id, viewer });
    for (const viewer of Object.values(people)) expect((await read(viewer)).id).toBe(change.id);
    await expect(read(outsider)).rejects.toMatchObject({ code: 'not_found' });
    expect(await listPolicyChanges(access.current.context, { viewer: outsider })).toEqual([]);
  });
});

describe('whoever may vote on a change may read it', () => {
  test('on call, and in the place of another', async () => {
    const { context, clock, person } = access.current;
    const paged = `
onCall:
  - { name: security, pagerDuty: { schedule: PABC123, token: { env: ORDERS_DB_PASSWORD } } }
`;
    const seats = '\n  approval: { from: [{ onCall: security }, { group: sre }] }';
    await begin(policy('read-a', seats) + paged);
    const change = await propose(policy('read-b', seats) + paged);
    const [olga, paul, nobody] = [
      await person('olga', []),
      await person('paul-reads', []),
      await person('nobody', []),
    ];
    const until = new Date(clock.now().getTime() + 3_600_000);
    const { id } = await delegateVotes(context, { from: people.bob, toId: paul.id, until });
    await acceptDelegation(context, { id, by: paul });
    const known: AccessContext = {
      ...context,
      onCall: {
        whoIsOnCall: async () => ({
          people: [{ level: 1, email: 'Olga@example.com', name: 'Olga' }],
          asOf: clock.now(),
          problem: null,
        }),
      },
    };
    for (const viewer of [olga, paul]) {
      expect(await readPolicyChange(known, { id: change.id, viewer })).toMatchObject({ id: change.id });
      expect((await listPolicyChanges(known, { viewer })).map((one) => one.id)).toContain(change.id);
      expect(await readPolicyText(known, { version: change.version, viewer })).toMatchObject({
        inForce: false,
      });
    }
    await expect(readPolicyChange(known, { id: change.id, viewer: nobody })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

test('the database takes no vote of a proposer’s other account, nor two of one person', async () => {
  await begin(policy('trigger-a', GUARDED));
  const change = await propose(policy('trigger-b', GUARDED));
  const aliceBefore = await formerly(access.current, 'alice', ['sre']);
  const bobBefore = await formerly(access.current, 'bob', ['sre']);
  const insert = (who: Identity): Promise<unknown> =>
    access.current.store.read().execute(
      `insert into policy_change_vote (change_id, identity_id, verdict, version, claims, platform, created_at)
         values (?, ?, 'approve', ?, '[]', 'web', now())`,
      [change.id, who.id, change.version],
    );
  await expect(insert(aliceBefore)).rejects.toThrow(/their own change/);
  await insert(people.bob);
  await expect(insert(bobBefore)).rejects.toThrow(/one person votes once/);
});
