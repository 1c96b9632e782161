import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../src/demo/identity-provider/start-identity-provider.ts';
import { Browser } from '../../src/demo/tour/browser.ts';
import { freePort } from '../support/free-port.ts';

const AUDIENCE = 'http://127.0.0.1:7180';

describe('the sample identity provider', () => {
  let directory: string;
  let port: number;
  let provider: IdentityProvider;
  let callback: URL;
  const page = createServer((_request, response) => response.end('back at the client'));

  const start = (): Promise<IdentityProvider> =>
    startIdentityProvider({
      directory,
      port,
      clientId: 'sallyport',
      redirectUris: ['http://127.0.0.1/callback'],
      audience: AUDIENCE,
    });
  const discover = (): Promise<openid.Configuration> =>
    openid.discovery(new URL(provider.issuer), 'sallyport', {}, openid.None(), {
      execute: [openid.allowInsecureRequests],
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-idp-'));
    port = await freePort();
    provider = await start();
    const callbackPort = await freePort();
    callback = new URL(`http://127.0.0.1:${callbackPort}/callback`);
    await new Promise<void>((resolve) => page.listen(callbackPort, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    page.close();
    await provider.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function authorize(browser: Browser, more: Record<string, string> = {}) {
    const configuration = await discover();
    const codeVerifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: callback.href,
      scope: 'openid profile email offline_access',
      state: 'a-state',
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...more,
    });
    const choice = await browser.visit(url);
    const exchange = (landed: URL) =>
      openid.authorizationCodeGrant(
        configuration,
        landed,
        { pkceCodeVerifier: codeVerifier, expectedState: 'a-state' },
        more['resource'] === undefined ? {} : { resource: more['resource'] },
      );
    return { configuration, choice, exchange };
  }

  test('signs a person in and names their groups in the ID token and in userinfo', async () => {
    const browser = new Browser();
    const { configuration, choice, exchange } = await authorize(browser);
    const landed = await browser.submit(choice.url, { username: 'bob' });
    const tokens = await exchange(landed.url);
    expect(tokens.claims()).toMatchObject({
      sub: 'bob',
      email: 'bob@example.com',
      email_verified: true,
      groups: ['sre'],
    });
    const userInfo = await openid.fetchUserInfo(configuration, tokens.access_token, 'bob');
    expect(userInfo).toMatchObject({ name: 'Bob Lindqvist', groups: ['sre'] });
  });

  test('gives a command line a JWT for the resource it names, and renews it across a restart', async () => {
    const browser = new Browser();
    const { configuration, choice, exchange } = await authorize(browser, { resource: AUDIENCE });
    const landed = await browser.submit(choice.url, { username: 'dana' });
    const tokens = await exchange(landed.url);
    const keys = createRemoteJWKSet(new URL(configuration.serverMetadata().jwks_uri ?? ''));
    const expected = { issuer: provider.issuer, audience: AUDIENCE };
    expect((await jwtVerify(tokens.access_token, keys, expected)).payload).toMatchObject({
      sub: 'dana',
      email: 'dana@example.com',
      groups: ['dba'],
    });

    await provider.stop();
    provider = await start();
    // The client's pool must notice that its idle connection to the first server is gone.
    await sleep(100);
    const renewed = await openid.refreshTokenGrant(await discover(), tokens.refresh_token ?? '', {
      resource: AUDIENCE,
    });
    expect((await jwtVerify(renewed.access_token, keys, expected)).payload.sub).toBe('dana');
  });

  test('lets another person sign in when the account is to be selected', async () => {
    const browser = new Browser();
    const first = await authorize(browser);
    await browser.submit(first.choice.url, { username: 'alice' });
    const again = await authorize(browser);
    expect(again.choice.url.pathname).toBe('/callback');

    const other = await authorize(browser, { prompt: 'select_account' });
    expect(other.choice.text).toContain('Who do you want to be?');
    const landed = await browser.submit(other.choice.url, { username: 'carol' });
    expect((await other.exchange(landed.url)).claims()?.sub).toBe('carol');
  });

  test('gives the CI workload a token that says which run it is', async () => {
    const { clientId, clientSecret } = provider.workload;
    const configuration = await openid.discovery(
      new URL(provider.issuer),
      clientId,
      {},
      openid.ClientSecretBasic(clientSecret.reveal()),
      {
        execute: [openid.allowInsecureRequests],
      },
    );
    const tokens = await openid.clientCredentialsGrant(configuration);
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      aud: AUDIENCE,
      repository: 'acme/orders',
      ref: 'refs/heads/main',
      environment: 'production',
    });
  });

  test('refuses a callback that was not registered, and a choice of somebody unknown', async () => {
    const stranger = await authorize(new Browser(), { redirect_uri: 'http://127.0.0.1:1/elsewhere' });
    expect(stranger.choice.status).toBe(400);
    const browser = new Browser();
    const { choice } = await authorize(browser);
    expect((await browser.submit(choice.url, { username: 'mallory' })).status).toBe(400);
    expect((await new Browser().submit(choice.url, { username: 'bob' })).status).toBe(400);
  });
});
