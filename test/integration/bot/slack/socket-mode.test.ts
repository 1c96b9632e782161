/** Socket Mode: the same deliveries over a connection that ends whenever it likes. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listRequests } from '../../../../src/access/read-access.ts';
import type { OpenPlatform } from '../../../../src/bot/open-platform.ts';
import { openSlack } from '../../../../src/bot/slack/open-slack.ts';
import { openSlackSocket } from '../../../../src/bot/slack/socket.ts';
import type { Person } from '../../../../src/core/identity.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { linkAccount } from '../../../support/chat-accounts.ts';
import { once } from '../../../support/slack/faults.ts';
import { type SocketEndpoint, startSocketEndpoint } from '../../../support/slack/socket-endpoint.ts';
import { APP_TOKEN, BOT_TOKEN, TEAM, useSlackWorkspace } from '../../../support/slack/workspace.ts';

/** The machine may be busy. */
const POLLED = { timeout: 8_000 };

const workspace = useSlackWorkspace();
const access = useTestAccess({ secrets: { SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_APP_TOKEN: APP_TOKEN } });

let endpoint: SocketEndpoint;
let slack: OpenPlatform;
let alice: Person;

beforeEach(async () => {
  endpoint = await startSocketEndpoint();
  workspace.current.proxy.answer('apps.connections.open', () => ({ ok: true, url: endpoint.url }));
  access.current.applyPolicy(`${TEST_POLICY}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { slack: { mode: socket, apiUrl: "${workspace.current.apiUrl}" } }
`);
  alice = await access.current.person('alice', ['engineering']);
  const account = {
    platform: 'slack',
    tenant: TEAM,
    enterprise: null,
    account: workspace.current.userId('alice'),
  };
  await linkAccount(access.current.context, {
    account: { ...account, accountName: 'Alice', tenantName: 'Acme' },
    person: alice,
  });
  slack = openSlack(access.current.context, { logger: { warn: () => undefined, error: () => undefined } });
});

afterEach(async () => {
  await slack.stop();
  await endpoint.close();
});

async function connected(times = 1): Promise<void> {
  await expect.poll(() => endpoint.greeted(), { timeout: 10_000 }).toBeGreaterThanOrEqual(times);
  await expect.poll(() => endpoint.open(), { timeout: 10_000 }).toBe(1);
}

async function command(reason: string) {
  const { current } = workspace;
  return {
    ...{ command: '/access', team_id: TEAM, user_id: current.userId('alice'), trigger_id: randomUUID() },
    text: `request orders-db for 1h because ${reason}`,
    channel_id: await current.channelId('general'),
    response_url: current.proxy.openResponseUrl((message) => current.tell('alice', message)),
  };
}

function envelope(payload: object, id: string = randomUUID()) {
  return { type: 'slash_commands', envelope_id: id, payload, accepts_response_payload: true };
}

async function requestsFor(reason: string): Promise<number> {
  const all = await listRequests(access.current.context, { requesterId: alice.id, limit: 100 });
  return all.filter((request) => request.reason === reason).length;
}

async function acknowledgedTimes(id: string, times: number): Promise<void> {
  await expect.poll(() => endpoint.acknowledged(id).length, { timeout: 5_000 }).toBe(times);
}

describe('what comes over the socket', () => {
  test('is acknowledged, done and answered', async () => {
    slack.start();
    await connected();
    const told = workspace.current.told('alice').length;
    const sent = envelope(await command('by socket'));
    endpoint.send(sent);
    await acknowledgedTimes(sent.envelope_id, 1);
    await expect.poll(() => workspace.current.told('alice').length, POLLED).toBe(told + 1);
    expect(await requestsFor('by socket')).toBe(1);
  });

  test('is done once, though the envelope comes twice and its content in a third one', async () => {
    slack.start();
    await connected();
    const told = workspace.current.told('alice').length;
    const payload = await command('repeated');
    const [sent, again] = [envelope(payload), envelope(payload)];
    for (const one of [sent, sent, again]) endpoint.send(one);
    await acknowledgedTimes(sent.envelope_id, 2);
    await acknowledgedTimes(again.envelope_id, 1);
    await expect.poll(() => requestsFor('repeated'), POLLED).toBe(1);
    // Whatever else was said to her would have been said before this.
    endpoint.send(envelope({ ...(await command('')), text: 'mine' }));
    await expect.poll(() => workspace.current.told('alice').length, POLLED).toBe(told + 2);
    expect(await requestsFor('repeated')).toBe(1);
  });

  test('changes a submitted form in its acknowledgement', async () => {
    slack.start();
    await connected();
    const blocks = [{ type: 'input', block_id: 'reason' }];
    const view = {
      ...{ id: 'V1', type: 'modal', callback_id: 'deny', hash: '1', blocks },
      private_metadata: JSON.stringify({ subject: 'r-aaaaaaaa', channel: '' }),
      state: { values: { reason: { value: { type: 'plain_text_input', value: 'no' } } } },
    };
    const sent = {
      ...envelope({
        ...{ type: 'view_submission', trigger_id: randomUUID(), view, team: { id: TEAM } },
        user: { id: workspace.current.userId('alice'), team_id: TEAM },
      }),
      type: 'interactive',
    };
    endpoint.send(sent);
    await acknowledgedTimes(sent.envelope_id, 1);
    expect(endpoint.acknowledged(sent.envelope_id)[0]?.['payload']).toMatchObject({
      response_action: 'errors',
      errors: { reason: expect.stringContaining('r-aaaaaaaa') },
    });
  });

  test('is left to be sent again when nothing of ours answers it, or it cannot be read', async () => {
    slack.start();
    await connected();
    const foreign = envelope({ ...(await command('')), command: '/sudo' });
    endpoint.send(foreign);
    endpoint.send({ type: 'slash_commands', payload: 'no object', envelope_id: 'E-unreadable' });
    const known = envelope({ ...(await command('')), text: 'mine' });
    endpoint.send(known);
    await acknowledgedTimes(known.envelope_id, 1);
    expect(endpoint.acknowledged(foreign.envelope_id)).toEqual([]);
    expect(endpoint.acknowledged('E-unreadable')).toEqual([]);
  });
});

describe('the connection', () => {
  test('is made again when it breaks, and when Slack asks for another', async () => {
    slack.start();
    await connected();
    endpoint.drop();
    await connected(2);
    endpoint.send({ type: 'disconnect', reason: 'refresh_requested' });
    await connected(3);
    const sent = envelope({ ...(await command('')), text: 'mine' });
    endpoint.send(sent);
    await acknowledgedTimes(sent.envelope_id, 1);
  });

  test('is made once Slack can be reached, however it failed before', async () => {
    workspace.current.setFaults(
      once('apps.connections.open', { kind: 'lost' }, { kind: 'status', status: 500 }),
    );
    // And then an address where nobody listens.
    let asked = 0;
    workspace.current.proxy.answer('apps.connections.open', () => {
      asked += 1;
      return { ok: true, url: asked === 1 ? 'ws://127.0.0.1:9/' : endpoint.url };
    });
    slack.start();
    await connected();
    expect(asked).toBe(2);
  });

  test('is given up when Slack does not greet for twenty seconds, and made again', async () => {
    const waits: { readonly durationMs: number; readonly end: () => void }[] = [];
    const socket = openSlackSocket({
      appToken: new Secret(APP_TOKEN),
      apiUrl: workspace.current.apiUrl,
      intake: { take: async () => 'acknowledged', drain: async () => undefined },
      logger: { warn: () => undefined, error: () => undefined },
      wait: (durationMs, { up }) =>
        new Promise((resolve) => {
          waits.push({ durationMs, end: resolve });
          if (up.aborted) resolve();
          up.addEventListener('abort', () => resolve());
        }),
    });
    const [GREETING, PAUSE] = [20_000, 500];
    const end = async (durationMs: number): Promise<void> => {
      const isNext = (): boolean => waits.at(-1)?.durationMs === durationMs;
      await expect.poll(isNext, POLLED).toBe(true);
      waits.at(-1)?.end();
    };
    endpoint.greet(false);
    socket.start();
    await expect.poll(() => endpoint.connections(), POLLED).toBe(1);
    expect(socket.isConnected()).toBe(false);
    await end(GREETING);
    await expect.poll(() => endpoint.open(), POLLED).toBe(0);
    endpoint.greet(true);
    await end(PAUSE);
    await expect.poll(() => socket.isConnected(), POLLED).toBe(true);
    expect(endpoint.connections()).toBe(2);
    await socket.stop();
    await expect.poll(() => endpoint.open(), POLLED).toBe(0);
  });

  test('is closed by a stop, and not made again', async () => {
    slack.start();
    await connected();
    await slack.stop();
    await expect.poll(() => endpoint.open(), POLLED).toBe(0);
    const calls = workspace.current.calls('apps.connections.open').length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(workspace.current.calls('apps.connections.open')).toHaveLength(calls);
  });

  test('does not keep a stop waiting that has not been made yet', async () => {
    workspace.current.setFaults(({ method }) =>
      method === 'apps.connections.open' ? { kind: 'slow', afterMs: 2_000 } : null,
    );
    slack.start();
    await expect
      .poll(() => workspace.current.calls('apps.connections.open').length, POLLED)
      .toBeGreaterThan(0);
    const startedAt = performance.now();
    await slack.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await expect.poll(() => endpoint.greeted(), { timeout: 5_000 }).toBe(1);
    await expect.poll(() => endpoint.open(), { timeout: 5_000 }).toBe(0);
  });
});

test('without its token it does not start', () => {
  const { context } = access.current;
  const readSecret: typeof context.settings.readSecret = (reference) => {
    if ('env' in reference && reference.env === 'SLACK_APP_TOKEN') throw new Error('it is not set');
    return context.settings.readSecret(reference);
  };
  const settings = { ...context.settings, readSecret };
  const open = openSlack(
    { ...context, settings },
    { logger: { warn: () => undefined, error: () => undefined } },
  );
  expect(() => open.start()).toThrow('chat.slack.appToken: it is not set');
});
