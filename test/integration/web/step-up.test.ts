/** Confirming a vote after a fresh sign-in, with a browser, at a real OpenID Connect provider. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readRequest } from '../../../src/access/read-access.ts';
import { Browser } from '../../../src/demo/tour/browser.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
const MADE = z.object({ id: z.string() });
const REFUSED = z.object({ url: z.string().regex(/\/step-up\/[a-z2-7]{32}$/) });

async function ask(): Promise<string> {
  const json = { resource: 'orders-db', role: 'careful', reason: 'refunds <b>& more</b>' };
  const made = await web.current.call('alice', { path: '/requests', json });
  return MADE.parse(made.body).id;
}

/** Votes over the API. @returns the link that the answer names */
async function linkOf(requestId: string, verdict: 'approve' | 'deny' = 'approve'): Promise<string> {
  const path = `/requests/${requestId}/votes`;
  const answer = await web.current.call('bob', { path, json: { verdict, note: 'looked at it' } });
  expect(answer).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
  return REFUSED.parse(answer.body).url;
}

/** Follows a link to the provider's page and chooses who to be. */
async function follow(browser: Browser, link: string, username: string) {
  const choice = await browser.visit(link);
  expect(choice.text).toContain('Who do you want to be?');
  return browser.submit(choice.url, { username });
}

test('the link leads through a sign-in to the decision, and its button casts the vote once', async () => {
  const requestId = await ask();
  const link = await linkOf(requestId);
  const browser = new Browser();
  await follow(browser, `${web.current.url}/auth/login`, 'bob');
  // Signed in already, and still asked again.
  const page = await follow(browser, link, 'bob');
  expect(page.url.href).toBe(link);
  for (const text of [
    'Approve',
    requestId,
    'careful on orders-db',
    'Your vote is on',
    'a request for access',
    'refunds &lt;b&gt;&amp; more',
    'looked at it',
  ])
    expect(page.text).toContain(text);
  expect(await readRequest(web.current.access, { id: requestId })).toMatchObject({ votes: [] });

  const done = await browser.submit(link, {});
  expect(done.text).toContain('The request is approved.');
  expect(await readRequest(web.current.access, { id: requestId })).toMatchObject({
    state: 'approved',
    votes: [{ steppedUp: true, note: 'looked at it', platform: 'api' }],
  });
  expect(await browser.submit(link, {})).toMatchObject({ status: 410 });
});

test('another person who follows the link is told whose it is', async () => {
  const requestId = await ask();
  const link = await linkOf(requestId);
  const browser = new Browser();
  const page = await follow(browser, link, 'dana');
  expect(page.status).toBe(403);
  expect(page.text).toMatch(/This link is for Bob/);
  expect(await browser.submit(link, {})).toMatchObject({ status: 403 });
  expect(await readRequest(web.current.access, { id: requestId })).toMatchObject({ votes: [] });
});

test('a session of before does not do, nor a button on another site’s page', async () => {
  const requestId = await ask();
  const link = await linkOf(requestId);
  const before = await web.current.browserOf('bob');
  const { cookie = '', origin = '' } = before;
  const looked = await fetch(link, { redirect: 'manual', headers: { cookie } });
  expect(looked.status).toBe(302);
  expect(looked.headers.get('location')).toMatch(/^\/auth\/login\?.*prompt=login/);
  const pressed = await fetch(link, { method: 'POST', redirect: 'manual', headers: { cookie, origin } });
  expect(pressed.status).toBe(403);
  expect(await pressed.text()).toContain('fresh sign-in');

  const browser = new Browser();
  await follow(browser, link, 'bob');
  for (const headers of [{ origin: 'https://evil.example' }, {}]) {
    const forged = await fetch(link, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers } });
    expect(forged.status).toBe(403);
  }
  expect(await readRequest(web.current.access, { id: requestId })).toMatchObject({ votes: [] });
  expect((await browser.submit(link, {})).text).toContain('approved');
});

test('a link that nobody has and a denial', async () => {
  const page = await follow(new Browser(), `${web.current.url}/step-up/${'a'.repeat(32)}`, 'bob');
  expect(page.status).toBe(404);
  const requestId = await ask();
  const link = await linkOf(requestId, 'deny');
  const browser = new Browser();
  await follow(browser, link, 'bob');
  expect((await browser.submit(link, {})).text).toContain('The request is denied.');
});
