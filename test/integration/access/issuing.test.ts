/** Grants whose connection cannot be prepared: their holders are told why, and they end in time. */
import { expect, test } from 'vitest';
import { expireGrant } from '../../../src/access/end-grant.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { readGrant } from '../../../src/access/read-access.ts';
import { expiredGrants, grantsToIssue } from '../../../src/access/sweep.ts';
import { AppError } from '../../../src/core/errors.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, castOf, EMERGENCY_POLICY, eventsOf, HOUR, issue, jobsFor } from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });

const away = new AppError('upstream_failed', 'The database orders-db does not answer');

async function waiting(): Promise<string> {
  const { bob } = await castOf(access.current);
  return (await ask(access.current, bob, 'read')).grant?.id ?? '';
}

const fail = (grantId: string, error: Error = away): Promise<unknown> =>
  issueGrant(access.current.context, { grantId, preparer: { prepare: () => Promise.reject(error) } });

const isDue = async (grantId: string): Promise<boolean> =>
  (await grantsToIssue(access.current.context)).some((one) => one.grantId === grantId);

test('the holder is told why, once for each reason, and what is written for nobody is not told', async () => {
  const { context } = access.current;
  const grantId = await waiting();
  await expect(fail(grantId)).rejects.toThrow('does not answer');
  expect(await readGrant(context, { id: grantId })).toMatchObject({
    state: 'issuing',
    problem: 'The database orders-db does not answer',
  });
  expect(await jobsFor(access.current, 'sync-card', grantId)).toBe(1);
  await expect(fail(grantId)).rejects.toThrow();
  expect(await jobsFor(access.current, 'sync-card', grantId)).toBe(1);
  await expect(fail(grantId, new TypeError('cannot read 10.0.0.7 of undefined'))).rejects.toThrow();
  expect(await jobsFor(access.current, 'sync-card', grantId)).toBe(2);
  expect((await readGrant(context, { id: grantId })).problem).toBe('Something went wrong on our side.');
  expect(
    (await eventsOf(access.current, grantId)).filter((type) => type === 'grant.issue-failed'),
  ).toHaveLength(2);

  expect(await issue(access.current, grantId)).toBe('issued');
  expect(await readGrant(context, { id: grantId })).toMatchObject({ state: 'active', problem: null });
});

test('the sweep tries again, ever more rarely', async () => {
  const { clock } = access.current;
  const grantId = await waiting();
  // Before that it is its job's.
  let waitedMs = 3_001;
  clock.stepMs(waitedMs);
  expect(await isDue(grantId)).toBe(true);
  for (const waitMs of [2_000, 4_000, 8_000, 16_000]) {
    await expect(fail(grantId)).rejects.toThrow();
    clock.stepMs(waitMs - 1_000);
    expect(await isDue(grantId)).toBe(false);
    clock.stepMs(1_001);
    expect(await isDue(grantId)).toBe(true);
    waitedMs += waitMs + 1;
  }
  clock.stepMs(-waitedMs);
});

test('what cannot be prepared until its deadline expires, and still says why', async () => {
  const { context, clock } = access.current;
  const grantId = await waiting();
  await expect(fail(grantId)).rejects.toThrow();
  clock.stepMs(HOUR);
  expect(await isDue(grantId)).toBe(false);
  expect(await expiredGrants(context)).toContainEqual({ grantId });
  expect(await issue(access.current, grantId)).toBe('unchanged');
  expect(await expireGrant(context, { grantId })).toBe(true);
  expect(await readGrant(context, { id: grantId })).toMatchObject({
    state: 'expired',
    problem: 'The database orders-db does not answer',
  });
  clock.stepMs(-HOUR);
});
