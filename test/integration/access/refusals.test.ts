/** Whoever tries what they may not do leaves an event, with what it was about and why not. */
import { expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { delegateVotes, endDelegation } from '../../../src/access/delegate-votes.ts';
import { revokeGrant } from '../../../src/access/end-grant.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { adoptPolicyFile, proposePolicy } from '../../../src/access/propose-policy.ts';
import { revokeMany } from '../../../src/access/revoke-many.ts';
import { after } from '../../../src/core/clock.ts';
import { testPolicy, useTestAccess } from '../../support/access.ts';
import { activeGrant, castOf, EMERGENCY_POLICY, HOUR, query } from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });

async function refusals(): Promise<{ type: string; subject: string; actor: string; data: object }[]> {
  return query(
    access.current,
    `select type, subject, actor_id as actor, data from event where type like '%refused' order by id`,
  );
}

test('freezing, lifting, revoking one and many, and another policy', async () => {
  const { context } = access.current;
  const { bob, dana } = await castOf(access.current);
  const paul = await access.current.person('paul', []);
  const grantId = await activeGrant(access.current);
  await adoptPolicyFile(context, {
    server: 'one',
    file: { version: testPolicy(EMERGENCY_POLICY).version, text: EMERGENCY_POLICY },
  });
  const tries: [string, () => Promise<unknown>][] = [
    ['freeze.refused', () => freeze(context, { by: bob, reason: 'for fun' })],
    ['freeze.refused', () => unfreeze(context, { by: bob, reason: 'for fun' })],
    [
      'grants.revocation-refused',
      () => revokeMany(context, { by: bob, what: { kind: 'resource', resource: 'orders-db' }, reason: 'x' }),
    ],
    ['grant.revocation-refused', () => revokeGrant(context, { grantId, by: paul, reason: 'x' })],
    [
      'policy.refused',
      () =>
        proposePolicy(context, {
          by: bob,
          text: EMERGENCY_POLICY,
          comment: null,
          expectedVersion: null,
          idempotencyKey: 'a',
        }),
    ],
  ];
  for (const [type, attempt] of tries) {
    const before = (await refusals()).length;
    await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    const [kept, ...others] = (await refusals()).slice(before);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({
      type,
      actor: expect.stringMatching(/^p-/),
      data: { refusal: expect.any(String) },
    });
  }
  const { id } = await delegateVotes(context, {
    from: dana,
    toId: bob.id,
    until: after(access.current.clock.now(), HOUR),
  });
  const before = (await refusals()).length;
  await expect(acceptDelegation(context, { id, by: paul })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(endDelegation(context, { id, by: paul })).rejects.toMatchObject({ code: 'forbidden' });
  expect((await refusals()).slice(before)).toMatchObject([
    { type: 'delegation.refused', subject: id, actor: paul.id, data: { act: 'accept' } },
    { type: 'delegation.refused', subject: id, actor: paul.id, data: { act: 'end' } },
  ]);
});
