/** Emergency access again and again, while nobody has looked at the times before. */
import { afterEach, expect, test } from 'vitest';
import { decideReview } from '../../../src/access/decide-review.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { useTestAccess } from '../../support/access.ts';
import { EMERGENCY_POLICY, eventsOf, query, takeInEmergency } from './emergencies.ts';
import { formerly } from './votes.ts';

const policyOf = (openMax: string): string => EMERGENCY_POLICY.replace(', openMax: 100', openMax);
const access = useTestAccess({ policy: policyOf(', openMax: 2') });
afterEach(() => access.current.applyPolicy(policyOf(', openMax: 2')));

test('is refused at the limit, on every account, until a review is decided', async () => {
  const { context, person } = access.current;
  const alice = await person('alice', ['engineering']);
  const first = await takeInEmergency(access.current, alice);
  await takeInEmergency(access.current, alice);
  const aliceBefore = await formerly(access.current, 'alice', ['engineering']);
  for (const holder of [alice, aliceBefore]) {
    await expect(takeInEmergency(access.current, holder)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/2 reviews .* are still open \(v-.*at most 2/),
    });
  }
  expect(await eventsOf(access.current, 'orders-db')).toEqual(['break-glass.refused', 'break-glass.refused']);
  const grantId = first.grant?.id ?? '';
  await finishGrant(context, { grantId, by: alice });
  const [review] = await query<{ id: string }>(access.current, 'select id from review where grant_id = ?', [
    grantId,
  ]);
  for (const name of ['sam', 'sue']) {
    const by = await person(name, ['security']);
    await decideReview(context, {
      reviewId: review?.id ?? '',
      by,
      verdict: 'justified',
      note: null,
      platform: 'web',
    });
  }
  await expect(takeInEmergency(access.current, alice)).resolves.toMatchObject({ state: 'approved' });
});

test('is refused for one of many at once, and from the fourth on where the policy says nothing', async () => {
  access.current.applyPolicy(policyOf(''));
  const eve = await access.current.person('eve', ['engineering']);
  const taken = await Promise.allSettled(
    Array.from({ length: 8 }, () => takeInEmergency(access.current, eve)),
  );
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});
