import { expect, test } from 'vitest';
import { EXPLAINED_REQUEST, ON_CALL } from '../../../src/web/schemas/explain.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
const ASKED = { resource: 'orders-db', role: 'write', duration: '1h' };

test('anybody asks about themselves, overseers about everybody', async () => {
  const { call } = web.current;
  const path = '/policy/explain';
  const own = EXPLAINED_REQUEST.parse((await call('alice', { path, json: ASKED })).body);
  expect(own).toMatchObject({ outcome: 'votes', policy: 'prod-databases', durationMs: 3_600_000 });
  expect(own.policies.filter(({ wins }) => wins)).toMatchObject([{ policy: 'prod-databases', reasons: [] }]);
  expect(own.policies.find(({ policy }) => policy === 'sre-on-call')).toMatchObject({
    holds: false,
    reasons: [expect.stringContaining('it is about read, not write')],
  });
  const about = { ...ASKED, user: own.user.email, kind: 'break-glass' };
  expect(await call('bob', { path, json: about })).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  });
  expect(EXPLAINED_REQUEST.parse((await call('carol', { path, json: about })).body)).toMatchObject({
    outcome: 'break-glass',
    policy: 'emergency',
  });
});

test('another policy is explained as it stands in the question', async () => {
  const { call } = web.current;
  const json = { ...ASKED, document: 'resources: []\naccess: nonsense' };
  expect(await call('alice', { path: '/policy/explain', json })).toMatchObject({ status: 403 });
  expect(await call('carol', { path: '/policy/explain', json })).toMatchObject({
    status: 400,
    body: { code: 'invalid_input', detail: expect.stringContaining('2:1: access:') },
  });
});

test('who is on call is told for what asks people on call', async () => {
  const { call } = web.current;
  const answer = await call('alice', { path: '/resources/orders-db/on-call' });
  expect(listOf(ON_CALL).parse(answer.body)).toEqual({ items: [] });
  expect(await call('alice', { path: '/resources/nothing/on-call' })).toMatchObject({ status: 404 });
});
