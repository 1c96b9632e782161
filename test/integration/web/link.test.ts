/** The page that links a chat account, with a browser, at a real OpenID Connect provider. */
import { expect, test } from 'vitest';
import { beginLink, showLinkCode } from '../../../src/access/linking/begin-link.ts';
import { listLinkedChatAccounts } from '../../../src/access/linking/unlink.ts';
import { Browser } from '../../../src/demo/tour/browser.ts';
import { chatAccount } from '../../support/chat-accounts.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();

async function follow(browser: Browser, link: string, username: string) {
  const choice = await browser.visit(link);
  expect(choice.text).toContain('Who do you want to be?');
  return browser.submit(choice.url, { username });
}

async function linkedTo(username: 'alice' | 'bob' | 'dana'): Promise<readonly string[]> {
  const by = await web.current.person(username);
  return (await listLinkedChatAccounts(web.current.access, { by })).map(({ account }) => account);
}

test('the link leads through a sign-in to whose account it is, and its code links it once', async () => {
  const { access, url } = web.current;
  const account = chatAccount('bob', { accountName: 'bob <b>& co', tenantName: 'Acme\u202e Inc' });
  const link = await beginLink(access, { account });
  const browser = new Browser();
  await follow(browser, `${url}/auth/login`, 'bob');
  // Signed in already, and still asked again.
  const page = await follow(browser, link.url, 'bob');
  expect(page.url.href).toBe(link.url);
  expect(page.status).toBe(200);
  expect(page.text).toContain('<p class="large">bob &lt;b&gt;&amp; co in Acme');
  expect(page.text).not.toContain('\u202e');
  expect(page.text).toMatch(/ask, approve and deny as Bob/);
  expect(page.text).toContain('nobody');
  expect(await linkedTo('bob')).toEqual([]);

  const { code } = await showLinkCode(access, { account });
  expect(page.text).not.toContain(code.reveal());
  const wrong = await browser.submit(link.url, { code: code.reveal() === '123456' ? '654321' : '123456' });
  expect(wrong).toMatchObject({ status: 400 });
  expect(wrong.text).toContain('4 tries are left');
  const done = await browser.submit(link.url, { code: code.reveal() });
  expect(done).toMatchObject({ status: 200 });
  expect(done.text).toContain('The account is linked');
  expect(await linkedTo('bob')).toEqual([account.account]);
  expect(await browser.submit(link.url, { code: code.reveal() })).toMatchObject({ status: 410 });
});

test('a session of before does not do, nor a button on another site’s page', async () => {
  const { access } = web.current;
  const account = chatAccount('careful');
  const link = await beginLink(access, { account });
  const { cookie = '', origin = '' } = await web.current.browserOf('bob');
  const looked = await fetch(link.url, { redirect: 'manual', headers: { cookie } });
  expect(looked.status).toBe(302);
  expect(looked.headers.get('location')).toMatch(/^\/auth\/login\?.*prompt=login/);
  const nobody = await fetch(link.url, { redirect: 'manual' });
  expect(nobody.status).toBe(302);
  // Looking without a fresh sign-in has opened nothing.
  await expect(showLinkCode(access, { account })).rejects.toMatchObject({ code: 'conflict' });

  const browser = new Browser();
  await follow(browser, link.url, 'bob');
  const code = (await showLinkCode(access, { account })).code.reveal();
  const body = new URLSearchParams({ code });
  for (const headers of [{ origin: 'https://evil.example' }, {}]) {
    const forged = await fetch(link.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, ...headers },
      body,
    });
    expect(forged.status).toBe(403);
  }
  const stale = await fetch(link.url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin },
    body,
  });
  expect(stale.status).toBe(403);
  expect(await linkedTo('bob')).not.toContain(account.account);
});

test('who comes second is told who was first; links that nobody has and posts without a code are refused', async () => {
  const { access, url } = web.current;
  const account = chatAccount('second');
  const link = await beginLink(access, { account });
  await follow(new Browser(), link.url, 'bob');
  const browser = new Browser();
  const second = await follow(browser, link.url, 'dana');
  expect(second.status).toBe(409);
  expect(second.text).toMatch(/Bob .*has opened this link already/);
  const { code } = await showLinkCode(access, { account });
  expect(await browser.submit(link.url, { code: code.reveal() })).toMatchObject({ status: 409 });
  expect(await browser.submit(link.url, {})).toMatchObject({ status: 400 });
  expect(await browser.submit(link.url, { code: '1'.repeat(21) })).toMatchObject({ status: 400 });
  expect(await browser.submit(link.url, { code: 'x'.repeat(2_000) })).toMatchObject({ status: 413 });
  expect(await linkedTo('dana')).toEqual([]);
  expect((await browser.visit(`${url}/link/${'a'.repeat(32)}`)).status).toBe(404);
});
