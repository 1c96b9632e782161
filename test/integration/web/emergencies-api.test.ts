/** Freezing, extending, revoking many and breaking the glass over the API, on a real socket and database. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { AppError } from '../../../src/core/errors.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { FREEZE } from '../../../src/web/schemas/freeze.ts';
import { GRANT } from '../../../src/web/schemas/grants.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { REVIEW } from '../../../src/web/schemas/reviews.ts';
import { REVOCATION_LINE } from '../../../src/web/schemas/revocations.ts';
import { useWebHarness } from './harness.ts';

/** The harness has one secret for everything: here it is the token of `freeze`. */
const TOKEN = randomBytes(16).toString('hex');
const web = useWebHarness({
  target: () => ({ port: 1, database: 'orders', username: 'app_rw', password: TOKEN }),
});

const READ = { resource: 'orders-db', role: 'read', duration: '1h', reason: 'refund of order 4711' };

async function activeGrant(): Promise<string> {
  const { call, access } = web.current;
  const request = REQUEST.parse((await call('bob', { path: '/requests', json: READ })).body);
  const grantId = request.grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: { prepare: async () => undefined } });
  return grantId;
}

/** Past every session: as an alerting system would. */
const alert = (
  token: string,
  more: { body?: string; query?: string; type?: string } = {},
): Promise<Response> =>
  fetch(`${web.current.url}/api/v1/freeze${more.query ?? ''}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(more.body === undefined ? {} : { 'content-type': more.type ?? 'application/json' }),
    },
    ...(more.body === undefined ? {} : { body: more.body }),
  });

afterEach(async () => {
  await web.current.call('dana', { path: '/unfreeze', json: {} });
});

describe('a freeze over the API', () => {
  test('is begun and lifted by those who may, and tells everybody why', async () => {
    const { call } = web.current;
    const json = { reason: 'inc-12: a token was stolen' };
    expect(await call('alice', { path: '/freeze', json })).toMatchObject({ status: 403 });
    expect(FREEZE.parse((await call('dana', { path: '/freeze', json })).body)).toMatchObject({
      frozen: true,
    });
    const refused = await call('bob', { path: '/requests', json: READ });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'frozen', detail: expect.stringContaining('inc-12: a token was stolen') },
    });
    expect(FREEZE.parse((await call('alice', { path: '/freeze' })).body).by?.name).toMatch(/^Dana/);
    expect(await call('alice', { path: '/unfreeze', json: {} })).toMatchObject({ status: 403 });
    expect(await call('carol', { path: '/unfreeze', json: { reason: 'over' } })).toMatchObject({
      status: 200,
    });
    expect(await call('carol', { path: '/unfreeze', json: {} })).toMatchObject({ status: 409 });
  });

  test('is begun by the bearer of its token, who can do nothing else', async () => {
    const { call, url } = web.current;
    // What Alertmanager sends, with a reason in the address since its body cannot be chosen.
    const body = JSON.stringify({ status: 'firing', alerts: [{ labels: { alertname: 'stolen-token' } }] });
    const response = await alert(TOKEN, { body, query: '?because=stolen-token%20fires' });
    expect(FREEZE.parse(await response.json())).toMatchObject({
      frozen: true,
      by: null,
      reason: 'stolen-token fires',
    });
    expect((await alert(TOKEN)).status).toBe(200);
    expect(FREEZE.parse((await call('alice', { path: '/freeze' })).body).reason).toBe('stolen-token fires');
    const authorization = `Bearer ${TOKEN}`;
    for (const [method, path] of [
      ['POST', '/unfreeze'],
      ['GET', '/freeze'],
      ['GET', '/requests'],
      ['POST', '/revocations'],
    ]) {
      const refused = await fetch(`${url}/api/v1${path}`, {
        method: method ?? '',
        headers: { authorization },
      });
      expect([path, refused.status]).toEqual([path, 401]);
    }
  });

  test('is refused to other tokens, and soon to whoever guesses', async () => {
    const wrong = [`${TOKEN}0`, TOKEN.slice(1), 'x', TOKEN.toUpperCase()];
    for (const token of wrong) expect([token, (await alert(token)).status]).toEqual([token, 401]);
    const statuses = await Promise.all(Array.from({ length: 15 }, async () => (await alert('guess')).status));
    expect(statuses).toContain(429);
    expect(new Set(statuses)).toEqual(new Set([401, 429].filter((status) => statuses.includes(status))));
  });

  test('gets through while somebody at the same address guesses', async () => {
    const { call } = web.current;
    const statuses = await Promise.all(Array.from({ length: 15 }, async () => (await alert('guess')).status));
    expect(statuses).toContain(429);
    expect((await alert(TOKEN)).status).toBe(200);
    expect(await call('dana', { path: '/unfreeze', json: {} })).toMatchObject({ status: 200 });
    const json = { reason: 'inc-12: a token was stolen' };
    expect(await call('dana', { path: '/freeze', json })).toMatchObject({ status: 200 });
  });
});

describe('grants over the API', () => {
  test('are extended by their holders, as far as the policy allows', async () => {
    const { call } = web.current;
    const made = REQUEST.parse(
      (await call('alice', { path: '/requests', json: { ...READ, role: 'write' } })).body,
    );
    for (const approver of ['bob', 'dana'] as const)
      await call(approver, { path: `/requests/${made.id}/votes`, json: { verdict: 'approve' } });
    const grantId =
      REQUEST.parse((await call('alice', { path: `/requests/${made.id}` })).body).grant?.id ?? '';
    await issueGrant(web.current.access, { grantId, preparer: { prepare: async () => undefined } });
    const path = `/grants/${grantId}/extend`;
    const json = { by: '5h', reason: 'not through' };
    expect(await call('bob', { path, json })).toMatchObject({ status: 403 });
    expect(await call('alice', { path, json: { ...json, by: '5h1s' } })).toMatchObject({ status: 403 });
    expect(await call('alice', { path, json: { by: '5h' } })).toMatchObject({ status: 400 });
    const asked = await call('alice', { path, json });
    expect(asked.status).toBe(201);
    expect(REQUEST.parse(asked.body)).toMatchObject({
      kind: 'extension',
      state: 'pending',
      extends: grantId,
    });
    expect(await call('alice', { path, json })).toMatchObject({ status: 409 });
  });

  test('are taken away in numbers, one line for each, and nothing by an incomplete order', async () => {
    const { call } = web.current;
    const ids = [await activeGrant(), await activeGrant(), await activeGrant()];
    const reason = 'inc-12';
    for (const json of [
      { reason },
      { everything: true },
      { everything: false, reason },
      { person: 'x', resource: 'y', reason },
    ])
      expect(await call('carol', { path: '/revocations', json })).toMatchObject({ status: 400 });
    expect(await call('bob', { path: '/revocations', json: { everything: true, reason } })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(await call('carol', { path: '/revocations', json: { person: 'nobody', reason } })).toMatchObject({
      status: 404,
    });
    const answer = await call('carol', { path: '/revocations', json: { person: 'bob@example.com', reason } });
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = String(answer.body)
      .trim()
      .split('\n')
      .map((line) => REVOCATION_LINE.parse(JSON.parse(line)));
    const revoked = lines.flatMap((line) => ('revoked' in line ? [line.revoked] : []));
    expect(revoked.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    for (const grant of revoked) expect(grant.state).toBe('revoked');
    expect(lines.at(-1)).toEqual({ total: revoked.length, closedRequests: 0, withdrawnCommands: 0 });
    const left = listOf(GRANT).parse((await call('bob', { path: '/grants?mine=true&live=true' })).body);
    expect(left.items).toEqual([]);
  });
});

test('why a grant cannot be prepared is told to its holder and to overseers, and to nobody else', async () => {
  const { call, access } = web.current;
  const request = REQUEST.parse((await call('bob', { path: '/requests', json: READ })).body);
  const grantId = request.grant?.id ?? '';
  const away = new AppError('upstream_failed', 'orders-db does not answer');
  await expect(
    issueGrant(access, { grantId, preparer: { prepare: () => Promise.reject(away) } }),
  ).rejects.toThrow();
  for (const [who, problem] of [
    ['bob', away.message],
    ['carol', away.message],
    ['alice', null],
  ] as const) {
    const path = `/grants/${grantId}`;
    const listed = listOf(GRANT).parse((await call(who, { path: '/grants?live=true' })).body);
    expect([
      who,
      GRANT.parse((await call(who, { path })).body).problem,
      REQUEST.parse((await call(who, { path: `/requests/${request.id}` })).body).grant?.problem,
      listed.items.find(({ id }) => id === grantId)?.problem,
    ]).toEqual([who, problem, problem, problem]);
  }
});

test('emergency access over the API is granted at once and reviewed by somebody else afterwards', async () => {
  const { call, access } = web.current;
  const json = { ...READ, role: 'write', reason: 'checkout is down' };
  expect(await call('bob', { path: '/break-glass', json })).toMatchObject({ status: 403 });
  const taken = REQUEST.parse((await call('alice', { path: '/break-glass', json })).body);
  expect(taken).toMatchObject({ kind: 'break-glass', state: 'approved', grant: { kind: 'break-glass' } });
  const grantId = taken.grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: { prepare: async () => undefined } });

  const open = listOf(REVIEW).parse((await call('bob', { path: '/reviews?state=pending' })).body);
  const [review] = open.items;
  expect(review).toMatchObject({
    grantId,
    holder: { name: expect.stringMatching(/^Alice/) },
    state: 'pending',
  });
  expect(await call('dana', { path: `/reviews/${review?.id}` })).toMatchObject({ status: 404 });
  const path = `/reviews/${review?.id}/votes`;
  const verdict = { path, json: { verdict: 'unjustified', note: 'nothing was down' } };
  expect(await call('bob', verdict)).toMatchObject({ status: 409 });
  await call('alice', { path: `/grants/${grantId}/done`, json: {} });
  expect(await call('alice', verdict)).toMatchObject({ status: 403 });
  expect(await call('bob', { path, json: { verdict: 'unjustified' } })).toMatchObject({ status: 400 });
  expect(REVIEW.parse((await call('bob', verdict)).body)).toMatchObject({ state: 'unjustified' });
  expect(GRANT.parse((await call('alice', { path: `/grants/${grantId}` })).body).review?.state).toBe(
    'unjustified',
  );
});
