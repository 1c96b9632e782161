/** Everything of a person, on a resource, or there is. */
import { expect, test } from 'vitest';
import { listGrants, readGrant, readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import {
  type Revocation,
  type RevocationProgress,
  type RevocationScope,
  revokeMany,
} from '../../../src/access/revoke-many.ts';
import type { GrantView } from '../../../src/access/views.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { activeGrant, ask, castOf, EMERGENCY_POLICY, eventsOf, HOUR, query, vote } from './emergencies.ts';

const access = useTestAccess({ policy: EMERGENCY_POLICY });

const revoke = (
  by: Identity,
  what: RevocationScope,
  onProgress?: (progress: RevocationProgress) => void,
): Promise<Revocation> =>
  revokeMany(access.current.context, {
    by,
    what,
    reason: 'inc-12',
    ...(onProgress === undefined ? {} : { onProgress }),
  });

const live = (): Promise<GrantView[]> => listGrants(access.current.context, { live: true, limit: 500 });

test('of a person goes everything they hold, on every account, and nothing of anybody else', async () => {
  const { carol, bob } = await castOf(access.current);
  const own = await activeGrant(access.current, 'read');
  const other = await activeGrant(access.current);
  const { grant: issuing } = await ask(access.current, bob, 'read');
  await query(
    access.current,
    `insert into identity (id, kind, issuer, subject, email, name, groups, groups_seen_at, created_at)
     values ('p-bob-of-before', 'person', 'https://old.example', 'bob', 'BOB@example.com', 'Bob', '[]', now(), now())`,
  );
  const moved = await ask(access.current, bob, 'read');
  await query(access.current, `alter table access_grant disable trigger user`);
  await query(access.current, `update access_grant set holder_id = 'p-bob-of-before' where id = ?`, [
    moved.grant?.id,
  ]);
  await query(access.current, `alter table access_grant enable trigger user`);
  const { grants: revoked } = await revoke(carol, { kind: 'person', personId: 'Bob@Example.com' });
  expect(new Set(revoked.map(({ id }) => id))).toEqual(new Set([own, issuing?.id, moved.grant?.id]));
  for (const grant of revoked) expect(grant).toMatchObject({ state: 'revoked', endedBy: { name: 'Carol' } });
  expect((await readGrant(access.current.context, { id: other })).state).toBe('active');
  expect(await eventsOf(access.current, 'Bob@Example.com')).toEqual(['grants.revocation-asked']);
  expect(await eventsOf(access.current, own)).toContain('grant.revoked');
});

test('of a resource goes everything, and an unknown person or resource is said to be so', async () => {
  const { carol } = await castOf(access.current);
  await activeGrant(access.current);
  await activeGrant(access.current, 'read');
  await expect(revoke(carol, { kind: 'resource', resource: 'other-db' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(revoke(carol, { kind: 'person', personId: 'nobody@example.com' })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await live()).length).toBeGreaterThanOrEqual(2);
  await revoke(carol, { kind: 'resource', resource: 'orders-db' });
  expect(await live()).toEqual([]);
});

test('of everything goes what is made meanwhile as well, in batches that are told as they end', async () => {
  const { carol, bob } = await castOf(access.current);
  await Promise.all(Array.from({ length: 60 }, () => ask(access.current, bob, 'read')));
  const progress: RevocationProgress[] = [];
  const both = await Promise.all([
    revoke(carol, { kind: 'everything' }, (batch) => progress.push(batch)),
    revoke(carol, { kind: 'everything' }, (batch) => progress.push(batch)),
    ask(access.current, bob, 'read'),
  ]);
  // One of them may find that the other has taken everything.
  expect(progress.some(({ left }) => left === 0)).toBe(true);
  await revoke(carol, { kind: 'everything' });
  expect(await live()).toEqual([]);
  // Each grant was revoked by one of the two, and never twice.
  const ids = both.flatMap((one) => ('grants' in one ? one.grants.map(({ id }) => id) : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(60);
});

test('what is asked for and not decided is closed with the reason: of the person, for them, on the resource', async () => {
  const { carol, alice, bob, dana } = await castOf(access.current);
  const { context } = access.current;
  const eve = await access.current.person('eve', ['engineering']);
  const [own, voted, other] = [
    await ask(access.current, alice),
    await ask(access.current, alice),
    await ask(access.current, eve),
  ];
  await vote(access.current, voted.id, bob);
  const forAlice = await requestAccess(context, {
    requester: eve,
    beneficiary: alice,
    resource: 'orders-db',
    role: 'write',
    durationMs: HOUR,
    reason: 'for her',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: 'eve for alice',
  });
  const progress: RevocationProgress[] = [];
  const { requests } = await revoke(carol, { kind: 'person', personId: 'alice@example.com' }, (step) =>
    progress.push(step),
  );
  expect(new Set(requests.map(({ id }) => id))).toEqual(new Set([own.id, voted.id, forAlice.id]));
  expect(progress.flatMap(({ closed }) => closed)).toHaveLength(3);
  for (const request of requests) {
    expect(request).toMatchObject({ state: 'denied', closed: { because: 'inc-12', by: { name: 'Carol' } } });
    expect(await eventsOf(access.current, request.id)).toContain('request.denied');
  }
  await expect(vote(access.current, voted.id, dana)).rejects.toThrow(/closed already: inc-12/);
  expect((await readRequest(context, { id: other.id })).state).toBe('pending');
  const everything = await revoke(carol, { kind: 'resource', resource: 'orders-db' });
  expect(everything.requests.map(({ id }) => id)).toEqual([other.id]);
});

test('a request that is approved at that very moment is closed or its grant revoked, never left', async () => {
  const { carol, alice, bob, dana } = await castOf(access.current);
  for (let round = 0; round < 8; round += 1) {
    const request = await ask(access.current, alice);
    await vote(access.current, request.id, bob);
    await Promise.allSettled([
      vote(access.current, request.id, dana),
      revoke(carol, { kind: 'person', personId: 'alice@example.com' }),
    ]);
    const { state } = await readRequest(access.current.context, { id: request.id });
    expect(['approved', 'denied']).toContain(state);
    expect(await live()).toEqual([]);
  }
});

test('is for overseers alone: not for approvers, not without a reason', async () => {
  const { bob, carol } = await castOf(access.current);
  const grantId = await activeGrant(access.current);
  await expect(revoke(bob, { kind: 'everything' })).rejects.toMatchObject({ code: 'forbidden' });
  const silent = revokeMany(access.current.context, { by: carol, what: { kind: 'everything' }, reason: ' ' });
  await expect(silent).rejects.toMatchObject({ code: 'invalid_input' });
  expect((await readGrant(access.current.context, { id: grantId })).state).toBe('active');
});
