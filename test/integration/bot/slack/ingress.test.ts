/** What calls `POST /slack/events`: only Slack, only now, and each happening once. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listRequests } from '../../../../src/access/read-access.ts';
import { EVENTS_PATH } from '../../../../src/bot/slack/manifest.ts';
import { openSlack } from '../../../../src/bot/slack/open-slack.ts';
import { SIGNATURE_WINDOW_MS } from '../../../../src/bot/slack/verify.ts';
import { after as later } from '../../../../src/core/clock.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { signedRequest } from '../../../support/slack/driver.ts';
import { type LinkedUser, useSlackServer } from '../../../support/slack/server.ts';
import { TEAM } from '../../../support/slack/workspace.ts';

/** The machine may be busy. */
const POLLED = { timeout: 8_000 };

const slack = useSlackServer({ policy: TEST_POLICY });

let people = 0;
const NAMES = ['alice', 'bob', 'dana', 'carol'];

/** Somebody who has asked for nothing yet in this test. */
async function asker(): Promise<LinkedUser> {
  const name = NAMES[people % NAMES.length] ?? '';
  people += 1;
  return slack.current.user(name, ['engineering']);
}

async function commandBody(user: LinkedUser, reason: string): Promise<Record<string, unknown>> {
  const { workspace } = slack.current;
  return {
    ...{ token: 'unused', api_app_id: 'A0SALLYPORT', command: '/access', team_id: TEAM, user_id: user.id },
    text: `request orders-db for 1h because ${reason}`,
    channel_id: await workspace.channelId('general'),
    channel_name: 'general',
    trigger_id: randomUUID(),
    response_url: workspace.proxy.openResponseUrl((message) => workspace.tell(user.name, message)),
  };
}

async function send(request: ReturnType<typeof signedRequest>, url = slack.current.eventsUrl) {
  return fetch(url, { method: 'POST', body: request.body, headers: request.headers });
}

/** How many requests there are with this reason, once nothing is under way any more. */
async function requestsFor(user: LinkedUser, reason: string): Promise<number> {
  const { context } = slack.current;
  const all = await listRequests(context, { requesterId: user.person.id, limit: 100 });
  return all.filter((request) => request.reason === reason).length;
}

async function madeOnce(user: LinkedUser, reason: string): Promise<void> {
  await expect.poll(() => requestsFor(user, reason), { timeout: 5_000 }).toBe(1);
  await slack.current.settle();
  expect(await requestsFor(user, reason)).toBe(1);
}

/** A second process of the deployment, with its own everything but the database. */
async function secondReplica(): Promise<string> {
  const opened = openSlack(slack.current.context, {
    logger: { warn: () => undefined, error: () => undefined },
  });
  const http = Fastify({ forceCloseConnections: true });
  if (opened.plugin !== null) await http.register(opened.plugin);
  await http.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await opened.stop();
    await http.close();
  });
  return `http://127.0.0.1:${(http.server.address() as AddressInfo).port}${EVENTS_PATH}`;
}

describe('a call is refused, and nothing is done', () => {
  test.each([
    ['that somebody else signed', { secret: 'another-secret-0123456789' }],
    ['that was signed too long ago', { offsetMs: -SIGNATURE_WINDOW_MS - 2_000 }],
    ['that is signed for later', { offsetMs: SIGNATURE_WINDOW_MS + 2_000 }],
    ['that is signed for in an hour', { offsetMs: 3_600_000 }],
  ])('%s', async (what, { secret, offsetMs = 0 }: { secret?: string; offsetMs?: number }) => {
    const user = await asker();
    const at = later(slack.current.clock.now(), offsetMs);
    const request = signedRequest({ kind: 'command', body: await commandBody(user, what) }, at, secret);
    const response = await send(request);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('');
    await slack.current.settle();
    expect(await requestsFor(user, what)).toBe(0);
  });

  test('without a signature, with a changed body, and when it is neither a form nor JSON', async () => {
    const user = await asker();
    const body = await commandBody(user, 'unsigned');
    const request = signedRequest({ kind: 'command', body }, slack.current.clock.now());
    const { 'x-slack-signature': _signature, ...unsigned } = request.headers;
    expect((await send({ ...request, headers: unsigned })).status).toBe(401);
    expect((await send({ ...request, body: request.body.replace('orders-db', 'users-db') })).status).toBe(
      401,
    );
    const text = { ...request.headers, 'content-type': 'text/plain' };
    expect((await send({ ...request, headers: text })).status).toBe(415);
    const json = signedRequest({ kind: 'event', body: {} }, slack.current.clock.now());
    const asForm = { ...json.headers, 'content-type': 'application/json; charset=utf-8' };
    expect((await send({ body: json.body, headers: asForm })).status).toBe(503);
    await slack.current.settle();
    expect(await requestsFor(user, 'unsigned')).toBe(0);
  });

  test('when it is larger than Slack’s can be', async () => {
    const request = signedRequest(
      { kind: 'event', body: { padding: 'x'.repeat(2_097_152) } },
      slack.current.clock.now(),
    );
    expect((await send(request)).status).toBe(413);
  });

  test('with a command that is not ours: Slack tells its sender', async () => {
    const user = await asker();
    const body = { ...(await commandBody(user, 'not ours')), command: '/sudo' };
    expect((await send(signedRequest({ kind: 'command', body }, slack.current.clock.now()))).status).toBe(
      503,
    );
    expect(await requestsFor(user, 'not ours')).toBe(0);
  });
});

describe('Slack’s own questions', () => {
  test('are answered when they are signed', async () => {
    const body = { type: 'url_verification', challenge: 'c-0123' };
    const request = signedRequest({ kind: 'event', body }, slack.current.clock.now());
    expect(await (await send(request)).json()).toEqual({ challenge: 'c-0123' });
    const unsigned = await fetch(slack.current.eventsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(unsigned.status).toBe(401);
    const check = signedRequest({ kind: 'command', body: { ssl_check: 1 } }, slack.current.clock.now());
    expect((await send(check)).status).toBe(200);
  });
});

describe('each happening counts once', () => {
  test('when the very same call is sent again: it is refused', async () => {
    const user = await asker();
    const body = await commandBody(user, 'replayed');
    const request = signedRequest({ kind: 'command', body }, slack.current.clock.now());
    expect((await send(request)).status).toBe(200);
    const again = await Promise.all([1, 2, 3].map(() => send(request)));
    expect(again.map(({ status }) => status)).toEqual([401, 401, 401]);
    await madeOnce(user, 'replayed');
  });

  test('when Slack sends it again, signed afresh, at once and on another replica', async () => {
    const user = await asker();
    const body = await commandBody(user, 'redelivered');
    const urls = [slack.current.eventsUrl, await secondReplica()];
    const told = slack.current.workspace.told(user.name).length;
    const sent = [0, -1, -2, -3, -4, -5].map((seconds, index) => {
      const at = later(slack.current.clock.now(), seconds * 1_000);
      return send(signedRequest({ kind: 'command', body }, at), urls[index % 2]);
    });
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status)).toEqual(sent.map(() => 200));
    await madeOnce(user, 'redelivered');
    expect(slack.current.workspace.told(user.name)).toHaveLength(told + 1);
  });

  test('a retry is told to stop, also when Slack repeats the signature', async () => {
    const user = await asker();
    const body = await commandBody(user, 'retried');
    const request = signedRequest({ kind: 'command', body }, slack.current.clock.now());
    expect((await send(request)).status).toBe(200);
    const retry = { ...request.headers, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    const again = await send({ ...request, headers: retry });
    expect(again.status).toBe(200);
    expect(again.headers.get('x-slack-no-retry')).toBe('1');
    await madeOnce(user, 'retried');
  });

  test('of two events with one id, the first', async () => {
    const user = await asker();
    const { workspace, clock } = slack.current;
    const body = {
      ...{ type: 'event_callback', team_id: TEAM, api_app_id: 'A0SALLYPORT', event_id: `Ev${randomUUID()}` },
      event: { type: 'app_home_opened', user: user.id, tab: 'home' },
      authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: 'U0SALLYPORT', is_bot: true }],
    };
    const published = workspace.calls('views.publish').length;
    for (const seconds of [0, -1, -2]) {
      const at = later(clock.now(), seconds * 1_000);
      expect((await send(signedRequest({ kind: 'event', body }, at))).status).toBe(200);
    }
    await expect.poll(() => workspace.calls('views.publish').length, POLLED).toBe(published + 1);
    const other = signedRequest({ kind: 'event', body: { ...body, event_id: 'Ev-other' } }, clock.now());
    expect((await send(other)).status).toBe(200);
    await expect.poll(() => workspace.calls('views.publish').length, POLLED).toBe(published + 2);
  });

  test('and a null character anywhere in it does no harm', async () => {
    const user = await asker();
    const body = { ...(await commandBody(user, 'a\u0000b')) };
    const told = slack.current.workspace.told(user.name).length;
    expect((await send(signedRequest({ kind: 'command', body }, slack.current.clock.now()))).status).toBe(
      200,
    );
    await expect.poll(() => slack.current.workspace.told(user.name).length, POLLED).toBe(told + 1);
    expect(user.lastTold()).toContain('null character');
  });
});
