/** Bot tokens that expire: exchanged by one replica for all, kept sealed, used on while Slack is out of reach. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSlackClient, type SlackClient } from '../../../../src/bot/slack/client.ts';
import { openSlack } from '../../../../src/bot/slack/open-slack.ts';
import { EXCHANGED_BEFORE_MS, rotatingToken } from '../../../../src/bot/slack/rotating-token.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { ROTATION, type RotatingSlack, startRotatingSlack } from '../../../support/slack/rotating-slack.ts';

const LASTS_MS = 43_200_000;

const secrets: Record<string, string> = { SLACK_CLIENT_SECRET: ROTATION.clientSecret };
const access = useTestAccess({ secrets });
let slack: RotatingSlack;
let installed: string;
let errors: object[];

beforeEach(async () => {
  slack = await startRotatingSlack(access.current.clock);
  await access.current.store.read().execute('delete from rotating_token');
  installed = slack.install();
  errors = [];
});

afterEach(async () => {
  await slack.close();
});

/** A process with this refresh token in its configuration. */
function replica(refreshToken = installed, clientSecret = ROTATION.clientSecret): SlackClient {
  const token = rotatingToken(access.current.context, {
    rotation: {
      clientId: ROTATION.clientId,
      clientSecret: new Secret(clientSecret),
      refreshToken: new Secret(refreshToken),
    },
    apiUrl: slack.apiUrl,
    logger: { warn: () => undefined, error: (facts) => void errors.push(facts) },
  });
  return createSlackClient({ token, apiUrl: slack.apiUrl });
}

const call = (client: SlackClient) => client.call('say who we are', (web) => web.auth.test());

describe('a bot token that rotates', () => {
  test('is asked for when it is first needed, kept sealed, and found by whoever starts later', async () => {
    await call(replica());
    await call(replica());
    expect(slack.used()).toEqual(['xoxe.xoxb-access-1', 'xoxe.xoxb-access-1']);
    expect(slack.exchanges()).toBe(1);
    const rows = await access.current.store
      .read()
      .execute<{ all: string }[]>(
        `select rotating_token::text || encode(sealed, 'escape') as all from rotating_token`,
      );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.all).not.toMatch(/xox|refresh-/);
  });

  test('is exchanged once, however many replicas find it about to expire', async () => {
    const replicas = [replica(), replica(), replica()];
    await Promise.all(replicas.map(call));
    expect(slack.exchanges()).toBe(1);
    access.current.clock.stepMs(LASTS_MS - EXCHANGED_BEFORE_MS - 60_000);
    await Promise.all(replicas.map(call));
    expect(slack.exchanges()).toBe(1);
    access.current.clock.stepMs(60_000);
    await Promise.all(replicas.flatMap((one) => [call(one), call(one)]));
    expect(slack.exchanges()).toBe(2);
    expect(new Set(slack.used().slice(-6))).toEqual(new Set(['xoxe.xoxb-access-2']));
  });

  test('is used on while Slack does not exchange it, and until it expires', async () => {
    const one = replica();
    await call(one);
    access.current.clock.stepMs(LASTS_MS - EXCHANGED_BEFORE_MS);
    slack.break();
    await expect(call(one)).rejects.toMatchObject({ code: 'unavailable' });
    expect(errors).toHaveLength(1);
    slack.mend();
    // Not asked again within the minute: the one in force works.
    await call(one);
    expect(slack.used().at(-1)).toBe('xoxe.xoxb-access-1');
    access.current.clock.stepMs(60_000);
    await call(one);
    expect(slack.used().at(-1)).toBe('xoxe.xoxb-access-2');
    expect(JSON.stringify(errors)).not.toMatch(/xox/);
  });

  test('that has expired is exchanged before anything is sent', async () => {
    const one = replica();
    await call(one);
    access.current.clock.stepMs(LASTS_MS + 1_000);
    await call(one);
    expect(slack.used()).toEqual(['xoxe.xoxb-access-1', 'xoxe.xoxb-access-2']);
  });

  test('that Slack took back early is exchanged, and what was refused is sent again', async () => {
    const [one, other] = [replica(), replica()];
    await Promise.all([call(one), call(other)]);
    slack.revoke('xoxe.xoxb-access-1');
    await Promise.all([call(one), call(other)]);
    expect(slack.exchanges()).toBe(2);
    slack.revoke('xoxe.xoxb-access-2');
    // Not more often than once a minute: an app that was removed gets no token that works.
    await expect(call(one)).rejects.toMatchObject({ code: 'unavailable' });
    access.current.clock.stepMs(60_000);
    await call(one);
    expect(slack.exchanges()).toBe(3);
  });

  test('that Slack gave is not lost when it cannot be stored at once', async () => {
    const one = replica();
    await call(one);
    access.current.clock.stepMs(LASTS_MS);
    const store = access.current.store.read();
    await store.execute(`create function refuse_to_keep() returns trigger language plpgsql
      as 'begin raise exception ''the disk is full''; end'`);
    await store.execute(`create trigger refuse_to_keep before insert or update on rotating_token
      for each row execute function refuse_to_keep()`);
    await expect(call(one)).rejects.toThrow(/disk is full/);
    expect(slack.exchanges()).toBe(2);
    await store.execute('drop function refuse_to_keep cascade');
    // What it was exchanged for is used up: asking Slack once more would end in a reinstallation.
    await Promise.all([call(one), call(one)]);
    expect(slack.exchanges()).toBe(2);
    expect(slack.used().at(-1)).toBe('xoxe.xoxb-access-2');
    await call(replica());
    expect(slack.used().at(-1)).toBe('xoxe.xoxb-access-2');
  });

  test('begins anew with another refresh token, also for replicas that still have the old one', async () => {
    await call(replica());
    const again = slack.install();
    access.current.clock.stepMs(LASTS_MS);
    await call(replica(again));
    access.current.clock.stepMs(LASTS_MS);
    await call(replica(installed));
    await call(replica(again));
    expect(slack.exchanges()).toBe(3);
  });

  test('says what to do when its refresh token was used elsewhere', async () => {
    await expect(call(replica('xoxe-1-spent'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('reinstall the app'),
    });
  });

  test('is not opened with another client secret, nor with one that is none', async () => {
    await call(replica());
    const other = 'f'.repeat(32);
    await expect(call(replica(installed, other))).rejects.toMatchObject({ code: 'config_invalid' });
    slack.changeSecret(other);
    await call(replica(slack.install(), other));
    expect(slack.exchanges()).toBe(2);
    expect(() => replica(installed, 'short')).toThrow(/fewer than 16 characters/);
  });

  test('is what Slack is opened with where the policy says so', async () => {
    secrets['SLACK_REFRESH_TOKEN'] = installed;
    access.current.applyPolicy(`${TEST_POLICY}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { slack: { mode: socket, apiUrl: "${slack.apiUrl}", rotation: { clientId: "1.2" } } }
`);
    const { platform } = openSlack(access.current.context, {
      logger: { warn: () => undefined, error: () => undefined },
    });
    const card = { tone: 'neutral', title: 'Hello', status: '', fields: [], lists: [], actions: [] } as const;
    const posted = await platform.post({
      channel: 'C0123456',
      threadRef: null,
      card: { ...card, fallback: 'Hello' },
      key: 'rotated',
    });
    expect(posted.ref).toBe('1.1');
    expect(slack.used()).toEqual(['xoxe.xoxb-access-1']);
  });
});
