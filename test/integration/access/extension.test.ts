/** More time on live access: how far it may go, who decides, and what it races with. */
import { describe, expect, test } from 'vitest';
import { cancelRequest, expireRequest } from '../../../src/access/close-request.ts';
import { expireGrant, finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { readGrant, readRequest } from '../../../src/access/read-access.ts';
import type { GrantView } from '../../../src/access/views.ts';
import { useTestAccess } from '../../support/access.ts';
import {
  activeGrant,
  castOf,
  EMERGENCY_POLICY,
  eventsOf,
  extend,
  HOUR,
  issue,
  jobsFor,
  MINUTE,
  query,
  takeInEmergency,
  vote,
} from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });

const read = (id: string): Promise<GrantView> => readGrant(access.current.context, { id });

const lengthOf = ({ startsAt, expiresAt }: GrantView): number => expiresAt.getTime() - startsAt.getTime();

describe('an extension', () => {
  test('by an automatic policy moves the deadline at once, and asks for what follows from it', async () => {
    const { bob } = await castOf(access.current);
    const grantId = await activeGrant(access.current, 'read');
    const before = await read(grantId);
    const request = await extend(access.current, grantId, bob);
    expect(request).toMatchObject({
      kind: 'extension',
      state: 'approved',
      extends: grantId,
      durationMs: 30 * MINUTE,
    });
    const grant = await read(grantId);
    expect(grant).toMatchObject({ state: 'active', durationMs: HOUR, startsAt: before.startsAt });
    expect(lengthOf(grant)).toBe(HOUR);
    expect(await eventsOf(access.current, grantId)).toContain('grant.extended');
    expect(await jobsFor(access.current, 'expire-grant', grantId)).toBe(2);
  });

  test('goes as far as the policy lets a grant become, and no further: to the millisecond', async () => {
    const { bob } = await castOf(access.current);
    const grantId = await activeGrant(access.current, 'read');
    const tooLong = extend(access.current, grantId, bob, { byMs: HOUR + 1 });
    await expect(tooLong).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('1h30m'),
    });
    await extend(access.current, grantId, bob, { byMs: HOUR });
    expect(lengthOf(await read(grantId))).toBe(90 * MINUTE);
    await expect(extend(access.current, grantId, bob, { byMs: MINUTE })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(extend(access.current, grantId, bob, { byMs: MINUTE - 1 })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test('does not bring back what ended while the last vote waited', async () => {
    const { context } = access.current;
    const { alice, bob, dana } = await castOf(access.current);
    const grantId = await activeGrant(access.current);
    const { expiresAt } = await read(grantId);
    const request = await extend(access.current, grantId, alice, { byMs: HOUR });
    await vote(access.current, request.id, bob);
    const times = [new Date(expiresAt.getTime() - 1)];
    const clock = { now: () => times.shift() ?? expiresAt };
    const late = { ...access.current, context: { ...context, clock } };
    await expect(vote(late, request.id, dana)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('has ended already: expired'),
    });
    expect(await read(grantId)).toMatchObject({ expiresAt });
    expect((await readRequest(context, { id: request.id })).state).toBe('pending');
  });

  test('is decided by people where access is, who may give less', async () => {
    const { alice, bob, dana } = await castOf(access.current);
    const grantId = await activeGrant(access.current);
    const request = await extend(access.current, grantId, alice, { byMs: HOUR });
    expect(request.state).toBe('pending');
    expect(request.lapsesAt).toEqual((await read(grantId)).expiresAt);
    await expect(vote(access.current, request.id, alice)).rejects.toMatchObject({ code: 'forbidden' });
    await vote(access.current, request.id, bob, { durationMs: 10 * MINUTE });
    expect(lengthOf(await read(grantId))).toBe(30 * MINUTE);
    expect((await vote(access.current, request.id, dana)).outcome).toBe('approved');
    expect(lengthOf(await read(grantId))).toBe(40 * MINUTE);
    expect((await readRequest(access.current.context, { id: request.id })).grant?.id).toBe(grantId);
  });

  test('is asked for by the holder, once at a time, and the same key asks once', async () => {
    const { context } = access.current;
    const { alice, bob } = await castOf(access.current);
    const grantId = await activeGrant(access.current);
    await expect(extend(access.current, grantId, bob)).rejects.toMatchObject({ code: 'forbidden' });
    const idempotencyKey = 'a-retry';
    const [one, same] = await Promise.all([
      extend(access.current, grantId, alice, { idempotencyKey }),
      extend(access.current, grantId, alice, { idempotencyKey }),
    ]);
    expect(same.id).toBe(one.id);
    await expect(extend(access.current, grantId, alice)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(one.id),
    });
    await cancelRequest(context, { requestId: one.id, by: alice });
    const clicks = await Promise.allSettled(
      Array.from({ length: 8 }, () => extend(access.current, grantId, alice)),
    );
    expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const click of clicks)
      if (click.status === 'rejected') expect(click.reason).toMatchObject({ code: 'conflict' });
  });

  test('does not revive what has ended, and lapses with it', async () => {
    const { context } = access.current;
    const { alice, bob, dana } = await castOf(access.current);
    const grantId = await activeGrant(access.current);
    const request = await extend(access.current, grantId, alice);
    await vote(access.current, request.id, bob);
    await finishGrant(context, { grantId, by: alice });
    expect(await jobsFor(access.current, 'expire-request', request.id)).toBe(2);
    await expect(vote(access.current, request.id, dana)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('ended already: done'),
    });
    expect(await expireRequest(context, { requestId: request.id })).toBe(true);
    expect((await readRequest(context, { id: request.id })).state).toBe('expired');
    await expect(extend(access.current, grantId, alice)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is not for emergency access, nor for what is still being prepared', async () => {
    const { alice } = await castOf(access.current);
    const taken = await takeInEmergency(access.current, alice);
    const grantId = taken.grant?.id ?? '';
    await expect(extend(access.current, grantId, alice)).rejects.toMatchObject({ code: 'conflict' });
    await issue(access.current, grantId);
    await expect(extend(access.current, grantId, alice)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('not extended'),
    });
  });

  test('is what the database asks for before a deadline moves, and as far as it says', async () => {
    const { bob } = await castOf(access.current);
    const grantId = await activeGrant(access.current, 'read');
    const move = (by: string): Promise<unknown> =>
      query(access.current, `update access_grant set expires_at = expires_at + ?::interval where id = ?`, [
        by,
        grantId,
      ]);
    await expect(move('1 second')).rejects.toThrow('no approved extension');
    const { id } = await extend(access.current, grantId, bob);
    await expect(move('1 millisecond')).rejects.toThrow('no approved extension');
    await expect(move('-1 second')).rejects.toThrow('cannot move like this');
    await expect(
      query(
        access.current,
        `update access_request set extend_until = extend_until + interval '1 day' where id = ?`,
        [id],
      ),
    ).rejects.toThrow('cannot change');
    await finishGrant(access.current.context, { grantId, by: bob });
    await expect(move('-1 second')).rejects.toThrow('cannot move like this');
  });
});

describe('whatever an extension races with', () => {
  test('a grant ends once, and a moved deadline was moved while it lived', { timeout: 120_000 }, async () => {
    const { context, clock } = access.current;
    const { alice, bob, dana, carol } = await castOf(access.current);
    const later = { ...context, clock: { now: () => new Date(clock.now().getTime() + 31 * MINUTE) } };
    const endings = [
      (grantId: string) => expireGrant(later, { grantId }),
      (grantId: string) => revokeGrant(context, { grantId, by: carol, reason: 'race' }),
      (grantId: string) => finishGrant(context, { grantId, by: alice }),
    ];
    for (const [round, end] of [...endings, ...endings].entries()) {
      const grantId = await activeGrant(access.current);
      const request = await extend(access.current, grantId, alice, { byMs: HOUR });
      await vote(access.current, request.id, bob);
      const moves = [() => vote(access.current, request.id, dana), () => end(grantId)];
      if (round >= endings.length) moves.reverse();
      const outcomes = await Promise.allSettled(moves.map((move) => move()));
      const grant = await read(grantId);
      const after = await readRequest(context, { id: request.id });
      const extended = after.state === 'approved';
      expect(lengthOf(grant)).toBe(extended ? 90 * MINUTE : 30 * MINUTE);
      // An expiry that comes second finds a deadline that is not over yet.
      expect(['active', 'expired', 'revoked', 'done']).toContain(grant.state);
      if (grant.state === 'active') expect(extended).toBe(true);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
      const types = await eventsOf(access.current, grantId);
      const ends = types.filter((type) => ['grant.expired', 'grant.revoked', 'grant.done'].includes(type));
      expect(ends).toHaveLength(grant.state === 'active' ? 0 : 1);
      expect(types.filter((type) => type === 'grant.extended')).toHaveLength(extended ? 1 : 0);
    }
  });
});
