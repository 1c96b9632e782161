/** What the prepared reader answers is what the mapper answers, for every kind of row that it reads. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { commentOnRequest } from '../../../src/access/comment-on-request.ts';
import { revokeGrant } from '../../../src/access/end-grant.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { GrantRow, RequestCommentRow, RequestRow, VoteRow } from '../../../src/store/entities/access.ts';
import { IdentityRow } from '../../../src/store/entities/identity.ts';
import { rowReader } from '../../../src/store/read-rows.ts';
import { useTestAccess } from '../../support/access.ts';

const access = useTestAccess();

const plain = (rows: readonly object[]): unknown => JSON.parse(JSON.stringify(rows));

/** A request that was voted on, commented, granted and revoked. */
async function fill(): Promise<string> {
  const { context } = access.current;
  const alice = await access.current.person('alice', ['engineering']);
  const bob = await access.current.person('bob', ['sre']);
  const dana = await access.current.person('dana', ['dba']);
  const { id } = await requestAccess(context, {
    requester: alice,
    resource: 'orders-db',
    role: 'read',
    durationMs: 3_600_000,
    reason: `"quoted", 'too', and a ? mark`,
    ticket: null,
    incident: null,
    origin: { platform: 'web', channel: '#incidents' },
    idempotencyKey: randomUUID(),
  });
  await commentOnRequest(context, { requestId: id, by: bob, text: 'Which order?', platform: 'web' });
  const ballot = {
    requestId: id,
    verdict: 'approve',
    durationMs: null,
    note: null,
    platform: 'web',
  } as const;
  await castVote(context, { ...ballot, voter: bob, durationMs: 1_800_000 });
  const { request } = await castVote(context, { ...ballot, voter: dana, note: 'fine' });
  await revokeGrant(context, { grantId: request.grant?.id ?? '', by: bob, reason: 'enough' });
  return id;
}

test('rows of every kind are those of the mapper, dates, numbers, JSON and people included', async () => {
  const { store } = access.current;
  const id = await fill();
  const people = ['requester', 'beneficiary', 'consentedBy', 'closedBy'] as const;
  const [request] = await rowReader(RequestRow, { alias: 'r', with: people })(store.read(), {
    where: 'r.id = ?',
    values: [id],
  });
  const mapped = await store
    .read()
    .findOneOrFail(RequestRow, { id }, { populate: [...people], disableIdentityMap: true });
  expect(plain([request ?? {}])).toEqual(plain([mapped]));
  expect(request?.createdAt).toEqual(mapped.createdAt);
  expect(request?.durationMs).toBe(3_600_000);

  const voters = ['identity', 'onBehalfOf'] as const;
  const votes = await rowReader(VoteRow, { alias: 'v', with: voters })(store.read(), {
    where: 'v.request_id = ?',
    values: [id],
    orderBy: 'v.created_at',
  });
  const mappedVotes = await store
    .read()
    .find(
      VoteRow,
      { request: id },
      { populate: [...voters], orderBy: { createdAt: 'asc' }, disableIdentityMap: true },
    );
  expect(votes).toHaveLength(2);
  // What is not asked for is there by its id alone; the mapper writes that as the id.
  expect(plain(votes.map((vote) => ({ ...vote, request: vote.request.id })))).toEqual(plain(mappedVotes));

  const holders = ['holder', 'endedBy', 'request'] as const;
  const [grant] = await rowReader(GrantRow, { alias: 'g', with: holders })(store.read(), {
    where: 'g.request_id = ?',
    values: [id],
  });
  const mappedGrant = await store
    .read()
    .findOneOrFail(GrantRow, { request: id }, { populate: [...holders], disableIdentityMap: true });
  expect({ ...grant, request: null, holder: grant?.holder.id, endedBy: grant?.endedBy?.id }).toMatchObject({
    id: mappedGrant.id,
    state: 'revoked',
    durationMs: 1_800_000,
    startsAt: mappedGrant.startsAt,
    endedAt: mappedGrant.endedAt,
    holder: mappedGrant.holder.id,
    endedBy: mappedGrant.endedBy?.id,
  });
  expect(grant?.request).toMatchObject({ id, reason: mapped.reason, requester: { id: mapped.requester.id } });

  const [comment] = await rowReader(RequestCommentRow, { alias: 'c', with: ['author'] })(store.read(), {
    where: 'c.request_id = ?',
    values: [id],
  });
  expect(comment).toMatchObject({ text: 'Which order?', author: { email: 'bob@example.com' } });
});

test('a relation that is not there is null, and an order is kept', async () => {
  const { store } = access.current;
  await fill();
  const read = rowReader(IdentityRow, { alias: 'i', with: [] });
  const people = await read(store.read(), { where: 'true', values: [], orderBy: 'i.name desc' });
  expect(people.map(({ name }) => name)).toEqual([...people.map(({ name }) => name)].sort().reverse());
  const requests = await rowReader(RequestRow, { alias: 'r', with: ['consentedBy'] })(store.read(), {
    where: 'true',
    values: [],
  });
  expect(requests.map(({ consentedBy }) => consentedBy)).toContain(null);
  expect(requests[0]?.requester).toEqual({ id: expect.any(String) });
});
