/** Signing in with a browser, at a real OpenID Connect provider. */
import { describe, expect, test } from 'vitest';
import { Browser } from '../../../src/demo/tour/browser.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();

/** Follows no redirect: what the server itself says. */
async function look(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${web.current.url}${path}`, { redirect: 'manual', headers });
}

async function signIn(browser: Browser, username: string, path: string) {
  const choice = await browser.visit(`${web.current.url}${path}`);
  expect(choice.text).toContain('Who do you want to be?');
  return browser.submit(choice.url, { username });
}

describe('a sign-in with a browser', () => {
  test('comes back to the page that was asked for, as the person who signed in', async () => {
    const browser = new Browser();
    const landed = await signIn(browser, 'bob', '/auth/login?returnTo=/requests/r-abc%3Ftab=votes');
    expect(landed.url.pathname + landed.url.search).toBe('/requests/r-abc?tab=votes');
    const me = await browser.ask(`${web.current.url}/api/v1/me`);
    expect(JSON.parse(me.text)).toMatchObject({ email: 'bob@example.com', groups: ['sre'] });
  });

  test('ends with the logout, which another page cannot cause', async () => {
    const browser = await web.current.browserOf('alice');
    const { cookie = '' } = browser;
    const logOut = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${web.current.url}/auth/logout`, { method: 'POST', headers });
    const me = async (): Promise<number> => (await look('/api/v1/me', { cookie })).status;

    expect((await logOut({ cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect(await me()).toBe(200);
    const response = await logOut(browser);
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()[0]).toMatch(/^sallyport_session=;.*Max-Age=0/);
    expect(await me()).toBe(401);
  });

  test('lets another person sign in where one already is', async () => {
    const browser = new Browser();
    await signIn(browser, 'alice', '/auth/login');
    await signIn(browser, 'carol', '/auth/login?prompt=select_account');
    const me = await browser.ask(`${web.current.url}/api/v1/me`);
    expect(JSON.parse(me.text)).toMatchObject({ email: 'carol@example.com' });
  });

  test('can be under way in several tabs at once', async () => {
    const browser = new Browser();
    const [first, second] = [
      await browser.visit(`${web.current.url}/auth/login?returnTo=/sessions`),
      await browser.visit(`${web.current.url}/auth/login?returnTo=/requests`),
    ];
    expect((await browser.submit(second.url, { username: 'dana' })).url.pathname).toBe('/requests');
    expect((await browser.submit(first.url, { username: 'dana' })).url.pathname).toBe('/sessions');
  });

  test('sends the browser away with PKCE, state and nonce, and keeps nothing that a script could read', async () => {
    const response = await look('/auth/login?returnTo=/sessions');
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin).toBe(web.current.provider.issuer);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${web.current.url}/auth/callback`,
      state: expect.stringMatching(/.{20,}/),
      nonce: expect.stringMatching(/.{20,}/),
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^sallyport_login_/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).toContain('Max-Age=600');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('never leads to another site', async () => {
    const browser = new Browser();
    const landed = await signIn(browser, 'bob', '/auth/login?returnTo=//evil.example/x');
    expect(landed.url.origin).toBe(web.current.url);
    expect(landed.url.pathname).toBe('/chat');
  });

  test('is refused when another browser brings the answer', async () => {
    const victim = new Browser();
    const attacker = new Browser();
    const choice = await attacker.visit(`${web.current.url}/auth/login`);
    // The attacker's own sign-in, up to the address the provider would send them back to.
    const answered = await fetch(choice.url, { redirect: 'manual' });
    expect(answered.status).toBe(400);
    const stolen = await victim.visit(`${web.current.url}/auth/callback?code=stolen&state=of-another`);
    expect(stolen.status).toBe(401);
    expect(stolen.text).toContain('You are not signed in');
    expect((await victim.ask(`${web.current.url}/api/v1/me`)).status).toBe(401);
  });

  test('is refused when the provider says no, with its reason and without its markup', async () => {
    const begun = await look('/auth/login');
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const query = new URLSearchParams({
      state,
      error: 'access_denied',
      error_description: 'Not <b>you</b>.',
      iss: web.current.provider.issuer,
    });
    const response = await look(`/auth/callback?${query}`, { cookie });
    expect(response.status).toBe(401);
    const page = await response.text();
    expect(page).toContain('Not &lt;b&gt;you&lt;/b&gt;.');
    expect(page).not.toContain('<b>');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('is refused when the answer names another issuer (RFC 9207)', async () => {
    const begun = await look('/auth/login');
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const query = new URLSearchParams({ state, code: 'x', iss: 'https://evil.example' });
    const response = await look(`/auth/callback?${query}`, { cookie });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('iss');
  });

  test('moves to the public address first when a loopback name differs', async () => {
    const local = web.current.url.replace('127.0.0.1', 'localhost');
    const { host } = new URL(local);
    const response = await web.current.server.inject({
      url: '/auth/login?returnTo=/sessions',
      headers: { host },
    });
    expect(response.statusCode).toBe(302);
    expect(response.headers.location).toBe(`${web.current.url}/auth/login?returnTo=/sessions`);
  });
});
