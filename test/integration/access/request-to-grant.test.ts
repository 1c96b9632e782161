import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { cancelRequest, expireRequest } from '../../../src/access/close-request.ts';
import { expireGrant, finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listPendingFor } from '../../../src/access/list-pending.ts';
import { previewRequest } from '../../../src/access/preview-request.ts';
import { readGrant, readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import type { RequestView } from '../../../src/access/views.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';

const access = useTestAccess();
const READY = { prepare: async () => undefined };

const ask = (
  requester: Identity,
  changes: Partial<Parameters<typeof requestAccess>[1]> = {},
): Promise<RequestView> =>
  requestAccess(access.current.context, {
    requester,
    resource: 'orders-db',
    role: 'write',
    durationMs: 3_600_000,
    reason: 'a customer cannot pay',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
    ...changes,
  });

const vote = (
  requestId: string,
  voter: Identity,
  changes: { verdict?: 'approve' | 'deny'; durationMs?: number; note?: string } = {},
): ReturnType<typeof castVote> =>
  castVote(access.current.context, {
    requestId,
    voter,
    verdict: changes.verdict ?? 'approve',
    durationMs: changes.durationMs ?? null,
    note: changes.note ?? null,
    platform: 'web',
  });

const people = async (): Promise<Record<'alice' | 'bob' | 'dana' | 'erin', Identity>> => ({
  alice: await access.current.person('alice', ['engineering']),
  bob: await access.current.person('bob', ['sre']),
  dana: await access.current.person('dana', ['dba']),
  erin: await access.current.person('erin', ['sre', 'dba']),
});

const query = <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  access.current.store.read().execute<Row[]>(sql, values);

describe('approval', () => {
  test('a first vote leaves the request pending and a second from the other group approves it', async () => {
    const { alice, bob, dana } = await people();
    const request = await ask(alice);
    expect(request.state).toBe('pending');

    const first = await vote(request.id, bob);
    expect(first.outcome).toBe('recorded');
    expect(first.request.state).toBe('pending');
    expect(first.request.seats.map((seat) => seat.filledBy.length)).toEqual([1, 0]);

    const second = await vote(request.id, dana);
    expect(second.outcome).toBe('approved');
    expect(second.request.grant?.state).toBe('issuing');
  });

  test('one person in both groups fills one seat only', async () => {
    const { alice, erin, bob } = await people();
    const request = await ask(alice);
    expect((await vote(request.id, erin)).outcome).toBe('recorded');
    await expect(vote(request.id, erin)).rejects.toMatchObject({ code: 'conflict' });
    // Erin moves to the other seat, since Bob can only fill this one.
    expect((await vote(request.id, bob)).outcome).toBe('approved');
  });

  test('nobody decides about their own request, whatever groups they are in, and the attempt is logged', async () => {
    const lead = await access.current.person('frank', ['engineering', 'sre', 'dba']);
    const request = await ask(lead);
    await expect(vote(request.id, lead)).rejects.toMatchObject({
      code: 'forbidden',
      message: /your own request/,
    });
    const events = await query<{ type: string }>('select type from event where subject = ? order by id', [
      request.id,
    ]);
    expect(events.map((event) => event.type)).toEqual(['request.created', 'vote.refused']);
  });

  test('someone outside the approving groups is refused', async () => {
    const { alice } = await people();
    const request = await ask(alice);
    const carol = await access.current.person('carol', ['responders']);
    await expect(vote(request.id, carol)).rejects.toMatchObject({
      code: 'forbidden',
      message: /members of sre or dba/,
    });
  });

  test('a vote on group facts that are too old is refused', async () => {
    const { alice, bob } = await people();
    const request = await ask(alice);
    if (bob.kind !== 'person') throw new Error('Bob is a person');
    const stale = { ...bob, groupsSeenAt: new Date(Date.now() - 13 * 3_600_000) };
    await expect(vote(request.id, stale)).rejects.toMatchObject({
      code: 'forbidden',
      message: /Sign in again/,
    });
  });

  test('the shortest time that an approver allows is what is granted, counted from approval', async () => {
    const { alice, bob, dana } = await people();
    const request = await ask(alice);
    await vote(request.id, bob, { durationMs: 600_000 });
    const { request: approved } = await vote(request.id, dana);
    const grant = approved.grant;
    expect(grant?.durationMs).toBe(600_000);
    expect(grant && grant.expiresAt.getTime() - grant.startsAt.getTime()).toBe(600_000);
    expect(grant?.startsAt).toEqual(approved.decidedAt);
  });

  test('a denial needs a reason and ends the request', async () => {
    const { alice, bob, dana } = await people();
    const request = await ask(alice);
    await expect(vote(request.id, bob, { verdict: 'deny' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await vote(request.id, bob, { verdict: 'deny', note: 'use the replica' })).outcome).toBe(
      'denied',
    );
    await expect(vote(request.id, dana)).rejects.toMatchObject({
      code: 'conflict',
      message: /denied already by Bob/,
    });
  });

  test('an automatic policy approves at once and only within its condition', async () => {
    const { bob } = await people();
    const short = await ask(bob, { role: 'read', durationMs: 3_600_000 });
    expect([short.state, short.automatic]).toEqual(['approved', true]);
    await expect(ask(bob, { role: 'read', durationMs: 3_600_001 })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('asking', () => {
  test('the same event from the platform makes one request, also when both copies arrive at once', async () => {
    const { alice } = await people();
    const idempotencyKey = randomUUID();
    const requests = await Promise.all(Array.from({ length: 10 }, () => ask(alice, { idempotencyKey })));
    expect(new Set(requests.map((request) => request.id)).size).toBe(1);
  });

  test('an unknown resource is answered with the ones there are', async () => {
    const { alice } = await people();
    await expect(ask(alice, { resource: 'orders-bd' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no resource named orders-bd. There is orders-db.',
    });
  });

  test('too long a duration is refused with the longest there is', async () => {
    const { alice } = await people();
    await expect(ask(alice, { durationMs: 5 * 3_600_000 })).rejects.toMatchObject({ message: /at most 4h/ });
  });

  test('a preview says who would have to approve and writes nothing', async () => {
    const { alice } = await people();
    const before = await query<{ count: string }>('select count(*) from access_request');
    const preview = previewRequest(access.current.context, {
      requester: alice,
      resource: 'orders-db',
      role: null,
      durationMs: null,
    });
    expect(preview).toMatchObject({ allowed: true, role: 'read', automatic: false });
    expect(preview.seats.map((seat) => seat.name)).toEqual(['sre', 'dba']);
    expect(await query('select count(*) from access_request')).toEqual(before);
  });
});

describe('the life of a grant', () => {
  const approved = async (): Promise<{
    alice: Identity;
    bob: Identity;
    grantId: string;
    requestId: string;
  }> => {
    const { alice, bob, dana } = await people();
    const request = await ask(alice);
    await vote(request.id, bob);
    const { request: view } = await vote(request.id, dana);
    if (view.grant === null) throw new Error('there is no grant');
    return { alice, bob, grantId: view.grant.id, requestId: request.id };
  };

  test('issuing twice activates once, and a failing preparation leaves it issuing', async () => {
    const { grantId } = await approved();
    const { context } = access.current;
    const broken = { prepare: async () => Promise.reject(new Error('the target is down')) };
    await expect(issueGrant(context, { grantId, preparer: broken })).rejects.toThrow('the target is down');
    expect((await readGrant(context, { id: grantId })).state).toBe('issuing');
    expect(await issueGrant(context, { grantId, preparer: READY })).toBe('issued');
    expect(await issueGrant(context, { grantId, preparer: READY })).toBe('unchanged');
  });

  test('a reveal is for the holder alone and each replaces the one before; no secret is stored', async () => {
    const { alice, bob, grantId } = await approved();
    const { context } = access.current;
    await issueGrant(context, { grantId, preparer: READY });
    await expect(revealConnection(context, { grantId, by: bob, platform: 'web' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const first = await revealConnection(context, { grantId, by: alice, platform: 'web' });
    const [one] = await query<{ scram: { storedKeyBase64: string } }>(
      'select scram from access_grant where id = ?',
      [grantId],
    );
    const second = await revealConnection(context, { grantId, by: alice, platform: 'web' });
    const [two] = await query<{ scram: { storedKeyBase64: string } }>(
      'select scram from access_grant where id = ?',
      [grantId],
    );
    expect(second.password).not.toBe(first.password);
    expect(two?.scram.storedKeyBase64).not.toBe(one?.scram.storedKeyBase64);
    const rows = await query<{ text: string }>(
      `select (select string_agg(g::text, '') from access_grant g) || (select string_agg(e::text, '') from event e)
        || coalesce((select string_agg(o::text, '') from outbox o), '') as text`,
    );
    expect(rows[0]?.text).toContain(grantId);
    expect(rows[0]?.text).not.toContain(second.password);
  });

  test('done is for the holder, revoke for approvers and overseers, and both kill the secret', async () => {
    const { context } = access.current;
    const first = await approved();
    await expect(finishGrant(context, { grantId: first.grantId, by: first.bob })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await finishGrant(context, { grantId: first.grantId, by: first.alice })).state).toBe('done');
    await expect(
      revealConnection(context, { grantId: first.grantId, by: first.alice, platform: 'web' }),
    ).rejects.toMatchObject({ code: 'gone' });

    const second = await approved();
    await expect(
      revokeGrant(context, { grantId: second.grantId, by: second.alice, reason: '' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const revoked = await revokeGrant(context, {
      grantId: second.grantId,
      by: second.bob,
      reason: 'wrong database',
    });
    expect([revoked.state, revoked.endedBy?.name]).toEqual(['revoked', 'Bob']);
    await expect(
      revokeGrant(context, { grantId: second.grantId, by: second.bob, reason: '' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  test('expiry waits for the deadline and then happens once', async () => {
    const { context, clock } = access.current;
    const { grantId } = await approved();
    expect(await expireGrant(context, { grantId })).toBe(false);
    clock.stepMs(3_600_001);
    expect(await expireGrant(context, { grantId })).toBe(true);
    expect(await expireGrant(context, { grantId })).toBe(false);
    clock.stepMs(-3_600_001);
  });

  test('the database itself refuses to bring back what has ended', async () => {
    const { alice, grantId, requestId } = await approved();
    await finishGrant(access.current.context, { grantId, by: alice });
    await expect(query(`update access_grant set state = 'active' where id = ?`, [grantId])).rejects.toThrow(
      /cannot move/,
    );
    await expect(
      query(`update access_request set state = 'pending' where id = ?`, [requestId]),
    ).rejects.toThrow(/cannot move/);
    await expect(query(`delete from event where subject = ?`, [grantId])).rejects.toThrow(/append-only/);
  });
});

describe('a pending request', () => {
  test('is in the inbox of those who may decide, and leaves it once they have', async () => {
    const { alice, bob, dana } = await people();
    const { context } = access.current;
    const request = await ask(alice);
    const inbox = async (voter: Identity): Promise<boolean> =>
      (await listPendingFor(context, { voter })).some((one) => one.id === request.id);
    expect([await inbox(alice), await inbox(bob), await inbox(dana)]).toEqual([false, true, true]);
    await vote(request.id, bob);
    expect([await inbox(bob), await inbox(dana)]).toEqual([false, true]);
  });

  test('can be cancelled by its requester only, and lapses after its time', async () => {
    const { alice, bob } = await people();
    const { context, clock } = access.current;
    const first = await ask(alice);
    await expect(cancelRequest(context, { requestId: first.id, by: bob })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await cancelRequest(context, { requestId: first.id, by: alice })).state).toBe('cancelled');

    const second = await ask(alice);
    expect(await expireRequest(context, { requestId: second.id })).toBe(false);
    clock.stepMs(31 * 60_000);
    expect(await expireRequest(context, { requestId: second.id })).toBe(true);
    clock.stepMs(-31 * 60_000);
    expect((await readRequest(context, { id: second.id })).state).toBe('expired');
    await expect(vote(second.id, bob)).rejects.toMatchObject({ code: 'conflict', message: /lapsed/ });
  });
});
