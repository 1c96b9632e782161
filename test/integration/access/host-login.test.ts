/** Logins at hosts by somebody who is known: under their grant, or by asking for one. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  askAtLogin,
  cancelAtLogin,
  findOrTakeLogin,
  type LoginNews,
  watchLogin,
} from '../../../src/access/ask-at-login.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { findLogin, isHolderOf } from '../../../src/access/host-login.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listGrants, readRequest } from '../../../src/access/read-access.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { upsertWorkload } from '../../../src/identity/persons.ts';
import { useTestAccess } from '../../support/access.ts';
import { grantOn, HOST_SECRETS, HOSTS_POLICY } from './hosts.ts';

const access = useTestAccess({ policy: HOSTS_POLICY, secrets: HOST_SECRETS });
const someone = (name: string): Promise<Person> => access.current.person(name, ['engineering']);
const bob = (): Promise<Person> => access.current.person('bob', ['sre']);
const find = (by: Identity, role: string | null = null, resource = 'web-1') =>
  findLogin(access.current.context, { by, resource, role });
const ask = (by: Identity, key: string = randomUUID()) =>
  askAtLogin(access.current.context, {
    by,
    resource: 'web-1',
    role: 'operator',
    durationMs: null,
    reason: 'the disk is full',
    ticket: null,
    key,
  });
const vote = async (requestId: string, verdict: 'approve' | 'deny', note: string | null = null) =>
  castVote(access.current.context, {
    requestId,
    voter: await bob(),
    verdict,
    durationMs: null,
    note,
    platform: 'web',
  });
const issue = async (requestId: string): Promise<void> => {
  const { grant } = await readRequest(access.current.context, { id: requestId });
  await issueGrant(access.current.context, {
    grantId: grant?.id ?? '',
    preparer: { prepare: async () => undefined },
  });
};
async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs > 5_000) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the newest active grant counts, or that of the role which is named', async () => {
  const by = await someone('newest');
  const look = await grantOn(access.current, { requester: by, role: 'look' });
  access.current.clock.stepMs(1_000);
  const operator = await grantOn(access.current, { requester: by, role: 'operator' });
  expect(await find(by)).toMatchObject({ kind: 'granted', handle: operator, role: 'operator' });
  expect(await find(by, 'look')).toMatchObject({ kind: 'granted', handle: look });
  const { context } = access.current;
  expect(await isHolderOf(context, { handle: look, by })).toBe(true);
  expect(await isHolderOf(context, { handle: look, by: await someone('another') })).toBe(false);
  expect((await find(await someone('another'))).kind).toBe('can-ask');
  await finishGrant(context, { grantId: operator, by });
  expect(await find(by)).toMatchObject({ kind: 'granted', handle: look });
  expect(await isHolderOf(context, { handle: operator, by })).toBe(false);
});

test('without a grant there are the roles that may be asked for, and a reason where there are none', async () => {
  const by = await someone('asker');
  const found = await find(by);
  if (found.kind !== 'can-ask') throw new Error(found.kind);
  expect(found.roles.map(({ role, automatic, durationMs }) => [role, automatic, durationMs])).toEqual([
    ['look', false, 3_600_000],
    ['operator', false, 3_600_000],
  ]);
  expect(await find(by, 'breakglass')).toMatchObject({ kind: 'refused' });
  expect(await find(by, 'nothing')).toEqual({
    kind: 'refused',
    message: 'web-1 has no role nothing. It has look, operator, breakglass.',
  });
  expect(await find(by, null, 'orders-db')).toMatchObject({ kind: 'refused', message: /over SSH/ });
  expect(await find(by, null, 'web-9')).toMatchObject({
    kind: 'refused',
    message: /no resource named web-9/,
  });
  expect((await find(await access.current.person('stranger', []))).kind).toBe('refused');
});

test('whoever asks is told who is waited for, of the vote, and when the grant is there', async () => {
  await bob();
  const by = await someone('waiter');
  const { id } = await ask(by);
  expect(await find(by)).toEqual({ kind: 'pending', requestId: id });
  const news: LoginNews[] = [];
  const watch = watchLogin(access.current.context, { requestId: id, onNews: (one) => news.push(one) });
  await until(() => news.length === 1);
  expect(news[0]).toMatchObject({ waitingFor: 'waiting for Bob', votes: [] });
  await vote(id, 'approve', 'go on');
  await until(() => news.length === 2);
  expect(news[1]).toMatchObject({
    waitingFor: 'approved; preparing the connection',
    votes: [{ verdict: 'approve', note: 'go on' }],
  });
  expect(await find(by)).toEqual({ kind: 'preparing', requestId: id });
  await issue(id);
  expect(await watch.ended).toMatchObject({ kind: 'granted', role: 'operator' });
  expect((await find(by)).kind).toBe('granted');
});

test('a denial is told in words, and a login that is over is told nothing', async () => {
  const by = await someone('denied');
  const { id } = await ask(by);
  const watch = watchLogin(access.current.context, { requestId: id, onNews: () => undefined });
  const silent = watchLogin(access.current.context, { requestId: id, onNews: () => undefined });
  silent.stop();
  expect(await silent.ended).toBeNull();
  await vote(id, 'deny', 'not on a Friday');
  expect(await watch.ended).toEqual({ kind: 'refused', message: `Bob denied ${id}: not on a Friday` });
});

test('leaving takes the request back, once and by its owner alone; what is decided stays', async () => {
  const { context } = access.current;
  const by = await someone('leaver');
  const { id } = await ask(by, 'one');
  expect((await ask(by, 'one')).id).toBe(id);
  await expect(cancelAtLogin(context, { requestId: id, by: await bob() })).rejects.toMatchObject({
    code: 'forbidden',
  });
  await cancelAtLogin(context, { requestId: id, by });
  await cancelAtLogin(context, { requestId: id, by });
  expect((await readRequest(context, { id })).state).toBe('cancelled');
  const watch = watchLogin(context, { requestId: id, onNews: () => undefined });
  expect(await watch.ended).toEqual({ kind: 'refused', message: `${id} was cancelled.` });
});

test('a workload gets at once what its policy gives, once for logins at once, and again afterwards', async () => {
  const { context, identity } = access.current;
  const by = await upsertWorkload(identity, { name: 'deployer', owner: 'dana@example.com' }, {});
  const enter = () => findOrTakeLogin(context, { by, resource: 'web-1', role: null });
  const found = await Promise.all(Array.from({ length: 5 }, enter));
  const ids = new Set(found.map((one) => ('requestId' in one ? one.requestId : one.kind)));
  expect(ids.size).toBe(1);
  const [id = ''] = ids;
  expect(await readRequest(context, { id })).toMatchObject({ role: 'look', reason: 'ssh login by deployer' });
  await issue(id);
  const granted = await enter();
  if (granted.kind !== 'granted') throw new Error(granted.kind);
  await finishGrant(context, { grantId: granted.handle, by });
  expect((await enter()).kind).toBe('preparing');
  expect(await listGrants(context, { holderId: by.id })).toHaveLength(2);
  expect((await findOrTakeLogin(context, { by, resource: 'web-1', role: 'operator' })).kind).toBe('refused');
});
