/** Nothing is granted during a freeze, by any way, and a freeze and what it stops wait for each other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  freeze,
  isFreezeToken,
  readFreeze,
  readFreezeEpisode,
  FREEZE_TOKEN as TOKEN,
  unfreeze,
} from '../../../src/access/freeze.ts';
import { readGrant, readRequest } from '../../../src/access/read-access.ts';
import { holdThawed } from '../../../src/store/operations/freeze.ts';
import { useTestAccess } from '../../support/access.ts';
import {
  activeGrant,
  ask,
  castOf,
  EMERGENCY_POLICY,
  eventsOf,
  extend,
  FREEZE_TOKEN,
  issue,
  jobsFor,
  query,
  takeInEmergency,
  vote,
} from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY, secrets: { FREEZE_TOKEN } });

/** Runs the work while frozen by carol. */
async function whileFrozen(work: () => Promise<void>): Promise<void> {
  const { context } = access.current;
  const { carol } = await castOf(access.current);
  await freeze(context, { by: carol, reason: 'a token was stolen' });
  try {
    await work();
  } finally {
    await unfreeze(context, { by: carol, reason: '' });
  }
}

const grants = async (): Promise<number> => {
  const [row] = await query<{ count: string }>(access.current, 'select count(*) from access_grant');
  return Number(row?.count);
};

describe('a freeze', () => {
  test('refuses what would be granted at once, and says who froze and why', async () => {
    const { alice, bob } = await castOf(access.current);
    await whileFrozen(async () => {
      const before = await grants();
      const refusal = {
        code: 'frozen',
        message: expect.stringMatching(/Carol <carol@example\.com> froze access at .+ a token was stolen/),
      };
      await expect(ask(access.current, bob, 'read')).rejects.toMatchObject(refusal);
      await expect(takeInEmergency(access.current, alice)).rejects.toMatchObject(refusal);
      expect(await grants()).toBe(before);
      expect(
        await query(access.current, `select from event where type = 'break-glass.refused'`),
      ).toHaveLength(1);
    });
    expect((await ask(access.current, bob, 'read')).state).toBe('approved');
  });

  test('takes requests that people decide about, refuses approvals, lets denials through', async () => {
    const { alice, bob, dana } = await castOf(access.current);
    const before = await ask(access.current, alice);
    await whileFrozen(async () => {
      const during = await ask(access.current, alice);
      expect(during.state).toBe('pending');
      await expect(vote(access.current, before.id, bob)).rejects.toMatchObject({ code: 'frozen' });
      expect(await eventsOf(access.current, before.id)).toContain('vote.refused');
      const denied = await vote(access.current, during.id, bob, { verdict: 'deny' });
      expect(denied.outcome).toBe('denied');
    });
    await vote(access.current, before.id, bob);
    expect((await vote(access.current, before.id, dana)).outcome).toBe('approved');
  });

  test('is lifted as it was shown, and no later one in its place', async () => {
    const { context } = access.current;
    const { carol } = await castOf(access.current);
    const { id: first } = await freeze(context, { by: carol, reason: 'the first' });
    await unfreeze(context, { by: carol, reason: '', freezeId: first ?? '' });
    await whileFrozen(async () => {
      const late = unfreeze(context, { by: carol, reason: '', freezeId: first ?? '' });
      await expect(late).rejects.toMatchObject({ code: 'conflict', message: /another one/ });
      expect((await readFreeze(context)).frozen).toBe(true);
    });
  });

  test('stops an extension, and a grant that is still being prepared until it is lifted', async () => {
    const { bob } = await castOf(access.current);
    const active = await activeGrant(access.current, 'read');
    const { grant } = await ask(access.current, bob, 'read');
    const grantId = grant?.id ?? '';
    await whileFrozen(async () => {
      await expect(extend(access.current, active, bob)).rejects.toMatchObject({ code: 'frozen' });
      expect(await issue(access.current, grantId)).toBe('unchanged');
    });
    expect((await readGrant(access.current.context, { id: grantId })).state).toBe('issuing');
    expect(await jobsFor(access.current, 'issue-grant', grantId)).toBe(2);
    expect(await issue(access.current, grantId)).toBe('issued');
  });

  test('is kept by the database as well: nothing inserted, extended or activated', async () => {
    const { bob } = await castOf(access.current);
    const active = await activeGrant(access.current, 'read');
    const { id, grant } = await ask(access.current, bob, 'read');
    await whileFrozen(async () => {
      const tried = [
        `insert into access_grant (id, request_id, state, holder_id, duration_ms, starts_at, expires_at, created_at)
           select 'g-other', '${id}x', state, holder_id, duration_ms, starts_at, expires_at, created_at from access_grant where id = '${active}'`,
        `update access_grant set expires_at = expires_at + interval '1 minute' where id = '${active}'`,
        `update access_grant set state = 'active' where id = '${grant?.id}'`,
      ];
      for (const sql of tried)
        await expect(query(access.current, sql)).rejects.toThrow('nothing is granted: frozen');
      await query(
        access.current,
        `update access_grant set state = 'revoked', ended_at = now() where id = ?`,
        [active],
      );
    });
  });

  test('is for those who may: overseers, the groups of `freeze`, and the bearer of its token', async () => {
    const { context, person } = access.current;
    const { alice, carol } = await castOf(access.current);
    const fay = await person('fay', ['commanders']);
    const because = { reason: 'inc-12' };
    await expect(freeze(context, { by: alice, ...because })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(freeze(context, { by: fay, reason: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(isFreezeToken(context, FREEZE_TOKEN)).toBe(true);
    expect(isFreezeToken(context, `${FREEZE_TOKEN} `)).toBe(false);
    const begun = await freeze(context, { by: TOKEN, ...because });
    expect(begun).toMatchObject({ frozen: true, by: null, reason: 'inc-12' });
    expect(await freeze(context, { by: fay, reason: 'again' })).toEqual(begun);
    await expect(unfreeze(context, { by: alice, reason: '' })).rejects.toMatchObject({ code: 'forbidden' });
    await unfreeze(context, { by: fay, reason: 'over' });
    expect(await readFreeze(context)).toMatchObject({ frozen: false, reason: null });
    expect(await readFreezeEpisode(context, { id: begun.id ?? '' })).toMatchObject({
      by: null,
      reason: 'inc-12',
      lifted: { by: { name: 'Fay' }, reason: 'over' },
    });
    await expect(unfreeze(context, { by: carol, reason: '' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('refuses a token that is too short to be one', async () => {
    const { context } = access.current;
    const readSecret = context.settings.readSecret;
    const short = {
      ...context,
      settings: { ...context.settings, readSecret: () => readSecret({ env: 'ORDERS_DB_PASSWORD' }) },
    };
    expect(() => isFreezeToken(short, 'only-in-this-test')).toThrow('fewer than 20 characters');
  });
});

describe('a freeze and grants in flight', () => {
  test('wait for each other: it begins when the grant is written, and none is written after it', async () => {
    const { context, store } = access.current;
    const { carol, bob } = await castOf(access.current);
    const order: string[] = [];
    const release = Promise.withResolvers<void>();
    const holding = Promise.withResolvers<void>();
    const inFlight = store.transaction(async (db) => {
      expect(await holdThawed(db)).toBeNull();
      holding.resolve();
      await release.promise;
      order.push('granted');
    });
    await holding.promise;
    const frozen = freeze(context, { by: carol, reason: 'race' }).then(() => order.push('frozen'));
    const waits = async (kind: string): Promise<boolean> =>
      (
        await query(
          access.current,
          `select from pg_locks where locktype = 'advisory' and not granted and mode = ?`,
          [kind],
        )
      ).length > 0;
    await expect.poll(() => waits('ExclusiveLock')).toBe(true);
    // Whoever comes after the freeze waits behind it, so that a stream of grants never keeps it out.
    const late = ask(access.current, bob, 'read').catch((error: unknown) => error);
    await expect.poll(() => waits('ShareLock')).toBe(true);
    release.resolve();
    await Promise.all([inFlight, frozen]);
    expect(order).toEqual(['granted', 'frozen']);
    expect(await late).toMatchObject({ code: 'frozen' });
    await unfreeze(context, { by: carol, reason: '' });
  });

  test('never let a grant appear after the freeze has answered', { timeout: 120_000 }, async () => {
    const { context } = access.current;
    const { bob, carol, alice, dana } = await castOf(access.current);
    for (let round = 0; round < 4; round += 1) {
      const pending = await Promise.all(Array.from({ length: 4 }, () => ask(access.current, alice)));
      for (const { id } of pending) await vote(access.current, id, bob);
      const asked = Array.from({ length: 12 }, async (_, index) => {
        await sleep(index * 3);
        return ask(access.current, bob, 'read');
      });
      const approved = pending.map(({ id }, index) =>
        sleep(index * 9).then(() => vote(access.current, id, dana)),
      );
      const work = Promise.allSettled([...asked, ...approved]);
      await sleep(round * 8);
      const startedMs = performance.now();
      await freeze(context, { by: carol, reason: `round ${round}` });
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      const atFreeze = await grants();
      const outcomes = await work;
      expect(await grants()).toBe(atFreeze);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'frozen' });
      }
      for (const { id } of pending) {
        const request = await readRequest(context, { id });
        expect(request.grant !== null).toBe(request.state === 'approved');
      }
      await unfreeze(context, { by: carol, reason: '' });
    }
  });
});
