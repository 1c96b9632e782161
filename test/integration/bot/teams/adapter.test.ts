/** Who may call: the checks of the library that Microsoft made for it, and what is refused before they are asked. */

import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTeamsAdapter, type HttpAnswer, type TeamsAdapter } from '../../../../src/bot/teams/adapter.ts';
import type { TeamsSettings } from '../../../../src/bot/teams/endpoints.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { APP_ID, type Forgery, TENANT } from '../../../support/teams/authority.ts';
import { useTeamsTenant } from '../../../support/teams/tenant.ts';

const teams = useTeamsTenant();
const log: string[] = [];
const logger = {
  warn: (facts: object, message: string) => void log.push(`${message} ${JSON.stringify(facts)}`),
  error: (facts: object, message: string) => void log.push(`error: ${message} ${JSON.stringify(facts)}`),
};
const TAKEN: HttpAnswer = { status: 200, body: { taken: true } };

let adapter: TeamsAdapter;
beforeAll(() => {
  // botbuilder says on the console what it says in its errors.
  vi.spyOn(console, 'error').mockImplementation((...said) => void log.push(said.map(String).join(' ')));
  adapter = createTeamsAdapter(settings(), logger);
});
afterAll(() => vi.restoreAllMocks());

function settings(more: Partial<TeamsSettings['endpoints']> = {}): TeamsSettings {
  return {
    ...{ appId: APP_ID, tenantId: TENANT, cloud: 'public', appPassword: { env: 'TEAMS_APP_PASSWORD' } },
    endpoints: { ...teams.current.endpoints, ...more },
  };
}

function activity(more: object = {}): object {
  return {
    ...{ type: 'message', id: '1', channelId: 'msteams', serviceUrl: teams.current.serviceUrl, text: 'mine' },
    ...{ from: { id: '29:1' }, recipient: { id: '28:1' }, conversation: { id: 'a:1' } },
    ...more,
  };
}

async function statusOf(
  forgery: Forgery | null,
  more: { readonly body?: unknown; readonly by?: TeamsAdapter } = {},
): Promise<number> {
  const { body = activity(), by = adapter } = more;
  const { authority } = teams.current.connector;
  const token = forgery === null ? null : await authority.sign(teams.current.serviceUrl, forgery);
  const authorization = token === null ? undefined : `Bearer ${token}`;
  const { status } = await by.admit({ authorization, body }, async () => TAKEN);
  if (token !== null) expect(log.join('\n')).not.toContain(token.slice(-40));
  return status;
}

describe('a call', () => {
  test('of Teams is taken, with what came of it', async () => {
    const { authority } = teams.current.connector;
    const authorization = `Bearer ${await authority.sign(teams.current.serviceUrl)}`;
    expect(await adapter.admit({ authorization, body: activity() }, async () => TAKEN)).toEqual(TAKEN);
  });

  const forgeries: [name: string, forgery: Forgery | null][] = [
    ['without a token', null],
    ['with a token that has ended', { expiresIn: -301 }],
    ['with a token for another bot', { audience: '00000000-1111-4222-8333-444444444444' }],
    ['with a token for nobody in particular', { audience: 'https://api.botframework.com' }],
    ['with a token of another issuer', { issuer: 'https://evil.example.com' }],
    [
      'with a token of the emulator, for which less is checked',
      { issuer: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/' },
    ],
    ['signed by a key that nobody published', { signedBy: 'unpublished-key' }],
    ['signed by a key of another name', { signedBy: 'unknown-key-id' }],
    ['with a token for another address of answers', { serviceUrl: 'https://evil.example.com/' }],
  ];
  test.each(forgeries)('%s is refused', async (_name, forgery) => {
    expect(await statusOf(forgery)).toBe(401);
  });

  test('is taken for five minutes after its token has ended, since clocks differ', async () => {
    expect(await statusOf({ expiresIn: -290 })).toBe(200);
  });

  const headers: [name: string, authorization: string][] = [
    ['nothing', ''],
    ['a word', 'Bearer'],
    ['no token', 'Bearer a.b'],
    ['something that is no token', 'Bearer a.b.c'],
    ['a password', 'Basic YTpi'],
    ['a token that nobody signed', `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
  ];
  test.each(headers)('is refused whose header has %s', async (_name, authorization) => {
    const answer = await adapter.admit({ authorization, body: activity() }, async () => TAKEN);
    expect(answer).toEqual({ status: 401 });
  });

  test('is refused whose token is signed with the published key as if it were a password', async () => {
    const { authority, url } = teams.current.connector;
    const { keys } = authority.documentsAt(url)['/keys'] as { keys: readonly [{ kid: string; n: string }] };
    const [{ kid, n }] = keys;
    const token = await new SignJWT({ serviceurl: teams.current.serviceUrl })
      .setProtectedHeader({ alg: 'HS256', kid })
      .setIssuer('https://api.botframework.com')
      .setAudience(APP_ID)
      .setExpirationTime('1h')
      .sign(Buffer.from(n));
    const answer = await adapter.admit(
      { authorization: `Bearer ${token}`, body: activity() },
      async () => TAKEN,
    );
    expect(answer).toEqual({ status: 401 });
  });

  const bodies: [name: string, body: unknown, status: number][] = [
    ['is not JSON', null, 400],
    ['is a list', [], 400],
    ['is of another channel, where people choose who they are', { channelId: 'directline' }, 400],
    ['is of the channel that botbuilder asks the environment about', { channelId: 'AseChannel' }, 400],
    ['says nothing of its channel', { channelId: undefined }, 400],
    ['does not say where answers go', { serviceUrl: undefined }, 400],
    ['has answers go nowhere', { serviceUrl: '' }, 400],
    ['has answers go where everybody could read our token', { serviceUrl: 'http://198.51.100.7/' }, 403],
  ];
  test.each(bodies)('is refused that %s', async (_name, body, status) => {
    const sent = body === null || Array.isArray(body) ? body : activity(body as object);
    expect(await statusOf({}, { body: sent })).toBe(status);
  });

  test('may be answered on this machine only where the endpoints say so', async () => {
    const { endpoints: _none, ...standard } = settings();
    const plain = createTeamsAdapter(standard, logger);
    expect(await statusOf({}, { by: plain })).toBe(403);
  });
});

describe('what is not the caller’s fault', () => {
  test('is said as such: keys that cannot be had, now or ever', async () => {
    const { url } = teams.current.connector;
    const unreachable = createTeamsAdapter(settings({ openIdMetadata: 'http://127.0.0.1:1/openid' }), logger);
    expect(await statusOf({}, { by: unreachable })).toBe(503);
    const missing = createTeamsAdapter(settings({ openIdMetadata: `${url}/nothing` }), logger);
    expect(await statusOf({}, { by: missing })).toBe(503);
  });

  const faults: [error: unknown, status: number][] = [
    [new AppError('forbidden', 'another tenant'), 403],
    [new AppError('invalid_input', 'not an activity'), 400],
    [new AppError('unavailable', 'stopping'), 503],
    [new Error('a bug'), 500],
  ];
  test.each(faults)('%s of ours has its own status', async (error, status) => {
    const { authority } = teams.current.connector;
    const authorization = `Bearer ${await authority.sign(teams.current.serviceUrl)}`;
    const answer = await adapter.admit({ authorization, body: activity() }, async () => {
      throw error;
    });
    expect(answer).toEqual({ status });
  });
});
