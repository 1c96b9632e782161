import { describe, expect, test, vi } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import type { SealedRecording } from '../../../src/access/ports.ts';
import { listSessions, readGrant, readSession } from '../../../src/access/read-access.ts';
import { recoverRecordings } from '../../../src/access/recover-recordings.ts';
import {
  endLostSessions,
  endSession,
  readSessionChanges,
  type SessionChange,
  sealLeftRecordings,
  terminateSession,
} from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { listEvents } from '../../../src/store/operations/events.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { type LiveGrant, liveGrant, liveSession } from '../../support/live-session.ts';
import { recoveryOf } from '../../support/recovery.ts';

const access = useTestAccess();

const activeGrant = (): Promise<LiveGrant> => liveGrant(access.current, { role: 'read' });

const connect = (handle: string): ReturnType<typeof authorizeConnection> =>
  authorizeConnection(access.current.context, {
    handle,
    kind: 'postgres',
    clientAddress: '127.0.0.1',
    application: 'psql',
    replica: 'one',
  });

const session = (grantId: string): Promise<string> => liveSession(access.current, grantId);

describe('a connection', () => {
  test('gets the credential of its role, and the rules and masks of its resource', async () => {
    const { grantId } = await activeGrant();
    const answer = await connect(grantId);
    if (!answer.authorized) throw new Error(answer.reason);
    expect([answer.roleName, answer.credential.username]).toEqual(['read', 'app_rw']);
    expect(`${answer.credential.password}`).toBe('<secret>');
    expect(answer.credential.password.reveal()).toBe('only-in-this-test');
  });

  test('is refused under an unknown, ended or overdue grant, and the refusal is logged', async () => {
    const { grantId, alice } = await activeGrant();
    const { context, clock, store } = access.current;
    expect(await connect('g-aaaaaaaa')).toMatchObject({ authorized: false });
    clock.stepMs(3_600_001);
    expect(await connect(grantId)).toEqual({ authorized: false, reason: `grant ${grantId} has expired` });
    clock.stepMs(-3_600_001);
    await finishGrant(context, { grantId, by: alice });
    expect(await connect(grantId)).toMatchObject({ authorized: false, reason: /not active/ });
    const events = await store
      .read()
      .execute<{ type: string }[]>(
        `select type from event where subject = ? and type = 'connection.refused'`,
        [grantId],
      );
    expect(events).toHaveLength(2);
  });

  test('is refused when the resource has left the configuration', async () => {
    const { grantId } = await activeGrant();
    access.current.applyPolicy('resources: []');
    expect(await connect(grantId)).toMatchObject({ authorized: false, reason: /no longer configured/ });
    access.current.applyPolicy(TEST_POLICY);
  });

  test('beyond the session limit is refused, also when many come at once', async () => {
    const { grantId } = await activeGrant();
    access.current.applyPolicy(TEST_POLICY.replace('    labels:', '    sessionsMax: 3\n    labels:'));
    const answers = await Promise.all(Array.from({ length: 12 }, () => connect(grantId)));
    expect(answers.filter((answer) => answer.authorized)).toHaveLength(3);
    access.current.applyPolicy(TEST_POLICY);
  });
});

/** Of sessions whose grants last as long as their brokers know. */
async function changesOf(...ids: string[]): Promise<SessionChange[]> {
  const { context } = access.current;
  const grants = await Promise.all(
    ids.map(async (id) => (await readSession(context, { id, viewer: null })).grantId),
  );
  const deadlines = await Promise.all(grants.map(async (id) => (await readGrant(context, { id })).expiresAt));
  const sessions = ids.map((id, index) => ({ id, expiresAt: deadlines[index] ?? new Date(0) }));
  return readSessionChanges(context, { sessions });
}

describe('a session', () => {
  test('must end when its grant does, when someone asks, and when its time is over', async () => {
    const { context, clock } = access.current;
    const first = await activeGrant();
    const done = await session(first.grantId);
    expect(await changesOf(done)).toEqual([]);
    await finishGrant(context, { grantId: first.grantId, by: first.alice });
    expect(await changesOf(done)).toEqual([{ id: done, kind: 'end', reason: 'grant-done' }]);

    const second = await activeGrant();
    const asked = await session(second.grantId);
    await terminateSession(context, { sessionId: asked, by: second.bob });
    const late = await session(second.grantId);
    clock.stepMs(3_600_001);
    const changes = await changesOf(asked, late);
    expect(
      new Map(changes.map((change) => [change.id, change.kind === 'end' ? change.reason : null])),
    ).toEqual(
      new Map([
        [asked, 'terminated'],
        [late, 'grant-expired'],
      ]),
    );
    clock.stepMs(-3_600_001);
  });

  test('is seen by its holder, its approvers and overseers, and by nobody else', async () => {
    const { context, person } = access.current;
    const { grantId, alice, bob } = await activeGrant();
    const id = await session(grantId);
    const carol = await person('carol', ['responders']);
    const mallory = await person('mallory', ['engineering']);
    for (const viewer of [alice, bob, carol]) {
      expect((await readSession(context, { id, viewer })).id).toBe(id);
      expect((await listSessions(context, { viewer, limit: 500 })).map((one) => one.id)).toContain(id);
    }
    await expect(readSession(context, { id, viewer: mallory })).rejects.toMatchObject({ code: 'not_found' });
    await expect(terminateSession(context, { sessionId: id, by: mallory })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await listSessions(context, { viewer: mallory, search: id })).toEqual([]);
    expect((await listSessions(context, { viewer: bob, search: '%' })).map((one) => one.id)).not.toContain(
      id,
    );
    expect((await listSessions(context, { viewer: bob, search: id })).map((one) => one.id)).toEqual([id]);
  });

  test('whose broker fell silent ends once, even when its recording cannot be sealed at first', async () => {
    const { context, clock } = access.current;
    const { grantId } = await activeGrant();
    const id = await session(grantId);
    clock.stepMs(11_000);
    const full = recoveryOf(() => Promise.reject(new Error('no space left')));
    await endLostSessions(context, { recovery: full });
    const ended = await readSession(context, { id, viewer: null });
    expect([ended.endReason, ended.recordingHead]).toEqual(['broker-lost', null]);

    clock.stepMs(11_000);
    expect(await sealLeftRecordings(context, { recovery: full })).toContainEqual({
      sessionId: id,
      reason: 'no space left',
    });
    const recovery = recoveryOf(async (sessionId) =>
      sessionId === id ? { headHex: 'ab12', bytes: 900 } : null,
    );
    expect(await sealLeftRecordings(context, { recovery })).toEqual([]);
    await endSession(context, {
      sessionId: id,
      reason: 'client-closed',
      counts: ZERO_COUNTS,
      recordingHead: 'ff',
      riskiest: [],
    });
    const sealed = await readSession(context, { id, viewer: null });
    expect([sealed.endReason, sealed.recordingHead]).toEqual(['broker-lost', 'ab12']);
    const [last, , first] = await listEvents(context.store.read(), { subject: id, limit: 3 });
    expect(last).toMatchObject({
      type: 'session.sealed',
      data: { recordingHead: 'ab12', recordingBytes: 900 },
    });
    expect(first?.type).toBe('session.started');
    clock.stepMs(-22_000);
  });

  test('is sealed by one process at a time: whoever comes meanwhile leaves it', async () => {
    const { context, clock } = access.current;
    const { grantId } = await activeGrant();
    const id = await session(grantId);
    clock.stepMs(11_000);
    const outcome = Promise.withResolvers<SealedRecording>();
    const asked: string[] = [];
    const slow = recoveryOf((sessionId) => {
      asked.push(sessionId);
      return outcome.promise;
    });
    const first = recoverRecordings(context, { sessionIds: [id], recovery: slow });
    await vi.waitFor(() => expect(asked).toEqual([id]));
    expect(await recoverRecordings(context, { sessionIds: [id], recovery: slow })).toEqual(new Map());
    outcome.resolve({ headHex: 'ab34', bytes: 900 });
    expect((await first).get(id)).toEqual({ status: 'fulfilled', value: { headHex: 'ab34', bytes: 900 } });
    expect((await recoverRecordings(context, { sessionIds: [id], recovery: slow })).size).toBe(1);
    expect(asked).toEqual([id, id]);
    clock.stepMs(-11_000);
  });
});
