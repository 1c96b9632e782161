/** The API of requests and grants, over a real socket on a real database. */
import { describe, expect, test } from 'vitest';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { GRANT, REVEALED_CONNECTION } from '../../../src/web/schemas/grants.ts';
import { HOLD } from '../../../src/web/schemas/holds.ts';
import { REQUEST, VOTE_ANSWER } from '../../../src/web/schemas/requests.ts';
import { runCli } from '../../support/command-line.ts';
import { hold, liveSession } from '../../support/live-session.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
const WANTED = { resource: 'orders-db', role: 'read', duration: '1h', reason: 'refund of order 4711' };

async function ask(more: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const answer = await web.current.call('alice', {
    path: '/requests',
    json: { ...WANTED, ...more },
    headers,
  });
  expect(answer.status).toBe(201);
  return REQUEST.parse(answer.body);
}

/** What the queued job does, at once. */
async function issue(grantId: string): Promise<void> {
  await issueGrant(web.current.access, { grantId, preparer: { prepare: async () => undefined } });
}

describe('a request over the API', () => {
  test('goes from asking over two votes to a connection that its holder alone can reveal', async () => {
    const { call } = web.current;
    const made = await ask({ ticket: 'T-9', incident: 'inc-12' });
    expect(made).toMatchObject({
      state: 'pending',
      ticket: 'T-9',
      incident: 'inc-12',
      durationMs: 3_600_000,
    });

    const vote = {
      path: `/requests/${made.id}/votes`,
      json: { verdict: 'approve', duration: '30m', note: 'be quick' },
    };
    const own = await call('alice', vote);
    expect(own).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const first = VOTE_ANSWER.parse((await call('bob', vote)).body);
    expect(first).toMatchObject({ outcome: 'recorded', request: { state: 'pending' } });
    const again = await call('bob', vote);
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const second = VOTE_ANSWER.parse((await call('dana', vote)).body);
    expect(second).toMatchObject({ outcome: 'approved', request: { state: 'approved' } });

    const grantId = second.request.grant?.id ?? '';
    await issue(grantId);
    const grant = GRANT.parse((await call('carol', { path: `/grants/${grantId}` })).body);
    expect(grant).toMatchObject({ state: 'active', durationMs: 1_800_000, role: 'read' });
    expect(grant.expiresAt.getTime() - grant.startsAt.getTime()).toBe(1_800_000);

    const reveal = { path: `/grants/${grantId}/reveal`, json: {} };
    expect(await call('bob', reveal)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const revealed = REVEALED_CONNECTION.parse((await call('alice', reveal)).body);
    expect(revealed).toMatchObject({ username: grantId, database: 'orders' });
    expect(revealed.password.length).toBeGreaterThan(20);

    const mine = listOf(GRANT).parse((await call('alice', { path: '/grants?mine=true&live=true' })).body);
    expect(mine.items.map((item) => item.id)).toContain(grantId);
    const done = await call('alice', { path: `/grants/${grantId}/done`, json: {} });
    expect(GRANT.parse(done.body).state).toBe('done');
    expect(await call('alice', reveal)).toMatchObject({ status: 410, body: { code: 'gone' } });
  });

  test('is one request, however often the same key is sent', async () => {
    const headers = { 'idempotency-key': 'a-retry' };
    const [first, second] = [await ask({}, headers), await ask({}, headers)];
    expect(second.id).toBe(first.id);
    expect((await ask({}, { 'idempotency-key': 'another' })).id).not.toBe(first.id);
  });

  test('can be withdrawn by its requester and by nobody else', async () => {
    const { call } = web.current;
    const made = await ask();
    const cancel = { path: `/requests/${made.id}/cancel`, json: {} };
    expect((await call('bob', cancel)).status).toBe(403);
    expect(REQUEST.parse((await call('alice', cancel)).body).state).toBe('cancelled');
    expect((await call('alice', cancel)).status).toBe(409);
  });

  test('is listed for those who may decide, and by state and requester', async () => {
    const { call } = web.current;
    const made = await ask({ reason: 'to be listed' });
    const ids = async (who: 'alice' | 'bob' | 'carol', query: string): Promise<string[]> => {
      const answer = await call(who, { path: `/requests?limit=200&${query}` });
      return listOf(REQUEST)
        .parse(answer.body)
        .items.map((item) => item.id);
    };
    expect(await ids('bob', 'forMe=true')).toContain(made.id);
    expect(await ids('alice', 'forMe=true')).not.toContain(made.id);
    expect(await ids('alice', 'mine=true&state=pending')).toContain(made.id);
    expect(await ids('bob', 'mine=true')).toEqual([]);
    expect(await ids('carol', 'state=denied')).not.toContain(made.id);
  });

  test('is found by its person, resource, incident and state, and by who voted on it', async () => {
    const { call } = web.current;
    const made = await ask({ reason: 'to be found', incident: 'inc-31' });
    const isFound = async (query: string, who: 'alice' | 'bob' | 'carol' = 'carol'): Promise<boolean> => {
      const answer = await call(who, { path: `/requests?limit=200&${query}` });
      return listOf(REQUEST)
        .parse(answer.body)
        .items.some(({ id }) => id === made.id);
    };
    const { requester } = made;
    for (const query of ['who=MOREAU', 'who=alice%40example', `who=${requester.id}`, 'incident=%23inc-31'])
      expect(await isFound(`${query}&resource=orders-db&state=pending`), query).toBe(true);
    for (const query of ['who=bob', 'who=_lice', 'resource=orders', 'incident=inc-3', 'state=approved'])
      expect(await isFound(query), query).toBe(false);
    expect(await isFound('voted=true', 'bob')).toBe(false);
    await call('bob', { path: `/requests/${made.id}/votes`, json: { verdict: 'approve' } });
    expect(await isFound('voted=true', 'bob')).toBe(true);
    expect(await isFound('voted=true', 'alice')).toBe(false);
    const surroundings = { url: web.current.url, token: await web.current.tokenOf('bob') };
    const listed = (...args: string[]) => runCli(['requests', ...args], surroundings);
    expect((await listed('--voted', '--who', 'moreau', '--incident', 'inc-31')).stdout).toContain(made.id);
    expect((await listed('--who', 'nobody')).stdout).toBe('');
  });

  test('denied ends with the reason that the approver gave', async () => {
    const made = await ask();
    const denial = { verdict: 'deny', note: 'use the replica' };
    const answer = await web.current.call('dana', { path: `/requests/${made.id}/votes`, json: denial });
    expect(VOTE_ANSWER.parse(answer.body)).toMatchObject({
      outcome: 'denied',
      request: { state: 'denied', votes: [{ verdict: 'deny', note: 'use the replica' }] },
    });
  });

  test.each([
    ['a duration that is none', { ...WANTED, duration: 'soon' }, 400, 'duration'],
    ['an empty reason', { ...WANTED, reason: '   ' }, 400, 'reason'],
    ['a reason beyond its limit', { ...WANTED, reason: 'x'.repeat(2_001) }, 400, 'reason'],
    ['a misspelt field', { ...WANTED, resorce: 'orders-db' }, 400, 'resorce'],
    ['an unknown resource', { ...WANTED, resource: 'nowhere' }, 404, 'nowhere'],
    ['more time than the policy gives', { ...WANTED, duration: '30d' }, 403, '4h'],
    ['half a JSON document', '{"resource":', 400, 'JSON'],
  ])('refuses %s and says what is wrong', async (_what, body, status, named) => {
    const headers = { ...(await web.current.browserOf('alice')), 'content-type': 'application/json' };
    const response = await fetch(`${web.current.url}/api/v1/requests`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.stringContaining(named) });
  });

  test('lists what the caller may ask for, and what it would take', async () => {
    const answer = await web.current.call('bob', { path: '/resources' });
    expect(answer.body).toMatchObject({
      items: [{ resource: 'orders-db', roles: [{ role: 'read', automatic: true, seats: [] }] }],
    });
    expect((await web.current.call('carol', { path: '/resources' })).body).toEqual({ items: [] });
  });

  test('leaves events that overseers read and others do not', async () => {
    const made = await ask();
    const path = `/events?subject=${made.id}`;
    expect((await web.current.call('alice', { path })).status).toBe(403);
    const { body } = await web.current.call('carol', { path });
    expect(body).toMatchObject({ items: [{ subject: made.id, type: 'request.created' }] });
  });
});

describe('a held command over the API', () => {
  async function sessionOfAlice(): Promise<string> {
    const { id } = await ask();
    const vote = { path: `/requests/${id}/votes`, json: { verdict: 'approve' } };
    for (const approver of ['bob', 'dana'] as const) await web.current.call(approver, vote);
    const { body } = await web.current.call('alice', { path: `/requests/${id}` });
    const grantId = REQUEST.parse(body).grant?.id ?? '';
    await issue(grantId);
    return liveSession({ context: web.current.access }, grantId);
  }

  test('is listed for whom it waits, read whole, and approved by the hash of what was read', async () => {
    const { call } = web.current;
    const text = `drop table old_orders -- ${'x'.repeat(30_000)}`;
    const { id } = await hold({ context: web.current.access }, await sessionOfAlice(), { text });
    const listed = async (who: 'alice' | 'bob' | 'dana' | 'carol', query: string): Promise<string[]> =>
      listOf(HOLD)
        .parse((await call(who, { path: `/holds?${query}` })).body)
        .items.map((item) => item.id);
    expect(await listed('dana', 'forMe=true')).toEqual([id]);
    expect(await listed('bob', 'forMe=true')).toEqual([]);
    expect(await listed('alice', 'state=held&mine=true')).toEqual([id]);
    expect(await listed('dana', 'state=held&mine=true')).toEqual([]);

    const read = HOLD.parse((await call('dana', { path: `/holds/${id}` })).body);
    expect(read).toMatchObject({ text, state: 'held', rule: 'destructive-ddl' });
    const vote = (json: Record<string, unknown>) => ({ path: `/holds/${id}/votes`, json });
    const approval = { verdict: 'approve', textSha256: read.textSha256 };
    expect(await call('dana', vote({ verdict: 'approve' }))).toMatchObject({ status: 400 });
    expect(await call('dana', vote({ ...approval, textSha256: 'ab'.repeat(32) }))).toMatchObject({
      status: 409,
    });
    expect(await call('alice', vote(approval))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const approved = HOLD.parse((await call('dana', vote({ ...approval, scope: 'session' }))).body);
    expect(approved).toMatchObject({ state: 'approved', scope: 'session', votes: [{ platform: 'api' }] });
    expect(await listed('dana', 'state=approved')).toContain(id);
  });
});
