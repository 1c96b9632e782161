/** What is decided by groups is decided by what was told lately: votes, what nobody is asked about, and overseers' rights. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { listDeadLetters } from '../../../src/access/dead-letters.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { listEvents } from '../../../src/access/read-access.ts';
import { revokeMany } from '../../../src/access/revoke-many.ts';
import { isOverseer } from '../../../src/access/rights.ts';
import { after } from '../../../src/core/clock.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { activeGrant, ask, castOf, EMERGENCY_POLICY, extend, HOUR, takeInEmergency } from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });
const SIGN_IN = { code: 'forbidden', message: expect.stringMatching(/more than 12h ago. Sign in again/) };

/** The same, told a moment before the maximum age, or a moment after it. */
function seen(person: Person, age: 'just in time' | 'too long ago'): Person {
  const now = access.current.clock.now();
  return { ...person, groupsSeenAt: after(now, -12 * HOUR + (age === 'just in time' ? 60_000 : -1_000)) };
}

describe('group facts that are too old', () => {
  test('get nothing at once: not by an automatic policy, not by breaking the glass, not as more time', async () => {
    const { alice, bob } = await castOf(access.current);
    await expect(ask(access.current, seen(bob, 'too long ago'), 'read')).rejects.toMatchObject(SIGN_IN);
    await expect(takeInEmergency(access.current, seen(alice, 'too long ago'))).rejects.toMatchObject(SIGN_IN);
    const grantId = await activeGrant(access.current, 'read');
    const more = { byMs: 10 * 60_000, idempotencyKey: randomUUID() };
    await expect(extend(access.current, grantId, seen(bob, 'too long ago'), more)).rejects.toMatchObject(
      SIGN_IN,
    );
    expect(await extend(access.current, grantId, seen(bob, 'just in time'), more)).toMatchObject({
      state: 'approved',
    });
    expect(await ask(access.current, seen(bob, 'just in time'), 'read')).toMatchObject({ state: 'approved' });
    expect(await takeInEmergency(access.current, seen(alice, 'just in time'))).toMatchObject({
      state: 'approved',
    });
    // People look at what waits for votes.
    expect(await ask(access.current, seen(alice, 'too long ago'))).toMatchObject({ state: 'pending' });
  });

  test('give no rights of an overseer, and the error says to sign in again', async () => {
    const { context } = access.current;
    const { carol, bob } = await castOf(access.current);
    const [late, timely] = [seen(carol, 'too long ago'), seen(carol, 'just in time')];
    expect([isOverseer(context, late), isOverseer(context, timely)]).toEqual([false, true]);
    const everything = { what: { kind: 'everything' }, reason: 'inc-12' } as const;
    await expect(revokeMany(context, { by: late, ...everything })).rejects.toMatchObject(SIGN_IN);
    await expect(listEvents(context, { viewer: late })).rejects.toMatchObject(SIGN_IN);
    await expect(listDeadLetters(context, { viewer: late })).rejects.toMatchObject(SIGN_IN);
    await expect(listEvents(context, { viewer: seen(bob, 'too long ago') })).rejects.toMatchObject({
      message: expect.stringContaining('is for members of'),
    });
    await expect(revokeMany(context, { by: timely, ...everything })).resolves.toMatchObject({});
  });

  test('neither freeze nor unfreeze', async () => {
    const { context, person } = access.current;
    const commander = await person('cora', ['commanders']);
    const [late, timely] = [seen(commander, 'too long ago'), seen(commander, 'just in time')];
    await expect(freeze(context, { by: late, reason: 'x' })).rejects.toMatchObject(SIGN_IN);
    await freeze(context, { by: timely, reason: 'x' });
    await expect(unfreeze(context, { by: late, reason: 'x' })).rejects.toMatchObject(SIGN_IN);
    await unfreeze(context, { by: timely, reason: 'x' });
  });
});
