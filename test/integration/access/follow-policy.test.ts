/** What every replica makes of a change of the policy. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { type FollowedPolicy, followPolicy } from '../../../src/access/follow-policy.ts';
import { policy, usePolicyChanges, versionOf } from './policy-change-harness.ts';

const { access, begin, propose } = usePolicyChanges();

describe('replicas', () => {
  const followers: FollowedPolicy[] = [];
  afterEach(async () => {
    await Promise.all(followers.splice(0).map((follower) => follower.close()));
  });
  const follow = async (context: Pick<AccessContext, 'store'>): Promise<FollowedPolicy> => {
    const follower = await followPolicy(context, {
      adapt: (shared) => shared,
      onChange: () => undefined,
      onProblem: () => undefined,
    });
    followers.push(follower);
    return follower;
  };

  test('follow within two seconds, by notification and without one', async () => {
    await begin(policy('one'));
    const { store } = access.current;
    const deaf = { ...store, listen: async () => ({ close: async () => undefined }) };
    const replicas = [await follow({ store }), await follow({ store: deaf })];
    await propose(policy('two'));
    await vi.waitFor(
      () => {
        for (const replica of replicas) expect(replica.current().version).toBe(versionOf(policy('two')));
      },
      { timeout: 2_000, interval: 20 },
    );
  });

  test('say what keeps them from following, and keep what they have', async () => {
    await begin(policy('one'));
    const { store } = access.current;
    const replica = await follow({ store });
    await store
      .read()
      .execute(
        `insert into policy_version (version, document, created_at) values ('newer', 'unheard: of', now())`,
      );
    await store
      .read()
      .execute(`insert into policy_change (id, state, version, base_version, source, seats, difference, created_at, lapses_at, decided_at, revision)
      values ('p-newer', 'applied', 'newer', 'x', 'apply', '[]', '', now(), now() + interval '1 minute', now(), 1000)`);
    await vi.waitFor(() => expect(replica.problem()).toMatch(/newer.*unheard/), { timeout: 3_000 });
    expect(replica.current().version).toBe(versionOf(policy('one')));
    await expect(follow({ store })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
