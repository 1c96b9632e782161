/** What the policy file of a server changes, and who must agree to that. */
import { describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { voteOnPolicyChange } from '../../../src/access/decide-policy-change.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import type { PolicyChangeView } from '../../../src/access/policy-change-views.ts';
import { adoptPolicyFile } from '../../../src/access/propose-policy.ts';
import { listPolicyChanges, readPolicyChange } from '../../../src/access/read-policy-changes.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { fileOf, GUARDED, policy, usePolicyChanges, versionOf } from './policy-change-harness.ts';

const { access, begin, inForce, people, propose } = usePolicyChanges();

describe("a server's file", () => {
  const adopt = (server: string, text: string) =>
    adoptPolicyFile(access.current.context, { server, file: fileOf(text) });

  test('applies when it is the first, and when it says something new', async () => {
    expect((await adopt('a', policy('one', GUARDED))).kind).toBe('applied');
    expect((await adopt('a', policy('one', GUARDED))).kind).toBe('unchanged');
    expect((await adopt('b', policy('two', GUARDED))).kind).toBe('proposed');
  });

  test('of before, on a replica that starts late, changes nothing', async () => {
    await adopt('a', policy('one'));
    await adopt('b', policy('one'));
    expect((await adopt('a', policy('two'))).kind).toBe('applied');
    expect((await adopt('b', policy('one'))).kind).toBe('unchanged');
    expect(await adopt('new', policy('one'))).toEqual({
      kind: 'outdated',
      version: versionOf(policy('two')),
    });
    expect((await adopt('new', policy('one'))).kind).toBe('unchanged');
    expect(await inForce()).toBe(versionOf(policy('two')));
  });

  test('can go back to what it said before, where it was seen to change', async () => {
    await adopt('a', policy('one'));
    await adopt('a', policy('two'));
    expect((await adopt('a', policy('one'))).kind).toBe('applied');
    expect(await inForce()).toBe(versionOf(policy('one')));
  });

  test('does not undo what was applied over the API since', async () => {
    await begin(policy('one'));
    await propose(policy('two'));
    expect((await adopt('one:/etc/sallyport.yaml', policy('one'))).kind).toBe('unchanged');
    expect(await inForce()).toBe(versionOf(policy('two')));
  });

  test('may say what it listens on without being another policy', async () => {
    await adopt('a', `${policy('one')}server: { address: "127.0.0.1:7180" }\n`);
    expect((await adopt('b', `${policy('one')}server: { address: "127.0.0.1:7280" }\n`)).kind).toBe(
      'unchanged',
    );
  });

  test('waits for votes where the policy in force asks for them, and takes the place of one that waits', async () => {
    await adopt('a', policy('one', GUARDED));
    access.current.applyPolicy(policy('one', GUARDED));
    const first = await adopt('a', policy('two', GUARDED));
    expect(first.kind).toBe('proposed');
    const second = await adopt('a', policy('three', GUARDED));
    expect(second.kind).toBe('proposed');
    const changes = await listPolicyChanges(access.current.context, { viewer: null });
    expect(changes.map(({ state, source, proposer }) => [state, source, proposer])).toEqual([
      ['pending', 'file', null],
      ['superseded', 'file', null],
      ['applied', 'file', null],
    ]);
  });

  test('of several servers that start at once, one change comes of it', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, index) => adopt(`server-${index}`, policy('one'))));
    expect(await listPolicyChanges(access.current.context, { viewer: null })).toHaveLength(1);
  });
});

describe('a change that comes from a server’s file', () => {
  const ONE = '\n  approval: { from: [{ group: sre, count: 1 }], within: 30m }';

  async function fromFile(before: string): Promise<PolicyChangeView> {
    await begin(before);
    const { context } = access.current;
    const outcome = await adoptPolicyFile(context, {
      server: 'one:/etc/sallyport.yaml',
      file: fileOf(before.replace('file-a', 'file-b')),
    });
    if (outcome.kind !== 'proposed') throw new Error(`it was ${outcome.kind}`);
    return readPolicyChange(context, { id: outcome.changeId, viewer: null });
  }
  const decide = (change: PolicyChangeView, voter: Identity): Promise<PolicyChangeView> =>
    voteOnPolicyChange(access.current.context, {
      changeId: change.id,
      voter,
      verdict: 'approve',
      note: null,
      version: change.version,
      platform: 'web',
    });

  test('takes two people, since one of them may have written it; one that somebody proposed does not', async () => {
    const change = await fromFile(policy('file-a', ONE));
    expect(change.seats.map(({ name, count }) => [name, count])).toEqual([
      ['sre', 1],
      ['another of sre', 1],
    ]);
    expect(await decide(change, people.bob)).toMatchObject({ state: 'pending' });
    expect(await decide(change, people.carol)).toMatchObject({ state: 'applied' });
    const proposed = await propose(policy('file-c', ONE));
    expect(proposed.seats.map(({ count }) => count)).toEqual([1]);
  });

  test('is not approved by those who may edit it, on any account or in the place of one', async () => {
    const editors = `${ONE}\n  fileEditors: { groups: [platform], people: [Bob@example.com] }`;
    const change = await fromFile(policy('file-a', editors));
    const { context, clock, person } = access.current;
    const paul = await person('paul', []);
    const { id } = await delegateVotes(context, {
      from: people.dana,
      toId: paul.id,
      until: new Date(clock.now().getTime() + 3_600_000),
    });
    await acceptDelegation(context, { id, by: paul });
    for (const voter of [people.bob, people.dana, paul]) {
      await expect(decide(change, voter)).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('fileEditors'),
      });
    }
    expect(await decide(change, people.carol)).toMatchObject({ state: 'applied' });
  });
});
