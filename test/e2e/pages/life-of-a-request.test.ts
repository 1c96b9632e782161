/** What a request goes through besides votes, in the browser: consent, words, more time, an emergency, a freeze. */
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { type BrowserPerson, say, signIn } from './browser.ts';
import { usePagesDeployment } from './deployment.ts';
import { useBrowser } from './shared-browser.ts';

const deployment = usePagesDeployment();
const browser = useBrowser();
let alice: BrowserPerson;
let bob: BrowserPerson;
let dana: BrowserPerson;
let carol: BrowserPerson;

const incidentUrl = (): string => `${deployment.current.url}/chat/${INCIDENT_CHANNEL}`;
const cardOf = (page: Page, title: RegExp): Locator =>
  page
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: title }) })
    .last();
const press = (within: Page | Locator, name: string): Promise<void> =>
  within.getByRole('button', { name, exact: true }).click();

async function answerDialog(page: Page, texts: readonly string[], submit: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  for (const [index, text] of texts.entries()) await dialog.getByRole('textbox').nth(index).fill(text);
  await press(dialog, submit);
  await dialog.waitFor({ state: 'detached' });
}

beforeAll(async () => {
  const url = incidentUrl();
  alice = await signIn(browser.current, { name: 'Alice', url });
  bob = await signIn(browser.current, { name: 'Bob', url });
  dana = await signIn(browser.current, { name: 'Dana', url, phone: true });
  carol = await signIn(browser.current, { name: 'Carol', url });
});

describe('the life of a request in the browser', () => {
  it('asks whoever answers for a workload for consent, on their phone, and grants it then', async () => {
    const because = 'because "the release needs its migration"';
    await say(alice.page, `/access request orders-db as write for 1h ${because} for-user @orders-migrator`);
    const card = cardOf(alice.page, /asks for write on orders-db for orders-migrator/);
    const href = await card.getByRole('link', { name: 'Details' }).getAttribute('href');
    await bob.page.goto(deployment.current.url + href);
    await bob.page.getByText('It waits for the consent of dana@example.com').waitFor();
    await dana.page.goto(deployment.current.url + href);
    await press(dana.page, 'Consent');
    await dana.page.getByText('given by Dana Okafor').waitFor();
    await bob.page.locator('.records-states').getByText('Approved', { exact: true }).waitFor();
    const width = await dana.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(width, 'nothing is wider than the phone').toBeLessThanOrEqual(0);
  });

  it('shows a question and its answer on the page and on the card', async () => {
    await say(alice.page, '/access request orders-db as write for 1h because "refunds are stuck"');
    const card = cardOf(alice.page, /^Alice Moreau asks for write on orders-db$/);
    const href = await card.getByRole('link', { name: 'Details' }).getAttribute('href');
    await bob.page.goto(deployment.current.url + href);
    // Everybody reads the card; its buttons are for whom they would do something.
    await card.getByText('You cannot decide about your own request.').waitFor();
    expect(await card.getByRole('button').allTextContents()).toEqual(['Comment']);
    await press(bob.page, 'Comment…');
    await answerDialog(bob.page, ['Which refunds?'], 'Say it');
    await card.getByText('Bob Lindqvist: Which refunds?').waitFor();
    await press(card, 'Comment');
    await answerDialog(alice.page, ['Those of order 42'], 'Say it');
    await bob.page.getByText('Those of order 42').waitFor();
    await dana.page.goto(deployment.current.url + href);
    for (const { page } of [bob, dana]) await press(page, 'Approve');
    await bob.page.getByText('Active', { exact: true }).waitFor();
  });

  it('asks for more time from the request, and moves the deadline for all to see', async () => {
    await alice.page.goto(bob.page.url());
    const expires = alice.page.locator('.fact', { hasText: 'Expires' }).locator('time');
    const before = await expires.getAttribute('datetime');
    await press(alice.page, 'Extend…');
    await answerDialog(alice.page, ['30m', 'the backfill is not through'], 'Ask');
    await alice.page.getByRole('heading', { name: /asks for 30m more/ }).waitFor();
    for (const { page } of [bob, dana]) {
      await page.goto(alice.page.url());
      await press(page, 'Approve');
    }
    // A vote says "Approved", too: this is the request's own state.
    await alice.page.locator('.records-states').getByText('Approved', { exact: true }).waitFor();
    const after = await expires.getAttribute('datetime');
    expect(Date.parse(after ?? '') - Date.parse(before ?? '')).toBe(30 * 60_000);
  });

  it('has in one place what waits for somebody and what they hold, and asks because of what was said', async () => {
    await alice.page.goto(incidentUrl());
    await say(alice.page, 'refunds are stuck again');
    const said = alice.page.locator('.message', { hasText: 'refunds are stuck again' });
    await said.hover();
    await press(said, 'Ask for access');
    const dialog = alice.page.getByRole('dialog');
    await dialog.getByLabel('Resource').selectOption('orders-db');
    await dialog.getByLabel('For how long').fill('9h');
    // The form says what the policy says while it is filled in.
    await dialog
      .getByText(/at most 4h|up to 4h/)
      .first()
      .waitFor();
    await dialog.getByLabel('For how long').fill('1h');
    expect(await dialog.getByLabel('Because').inputValue()).toBe('refunds are stuck again');
    await dialog.getByLabel('Role').selectOption('write');
    await press(dialog, 'Ask');
    await dialog.waitFor({ state: 'detached' });
    await bob.page.goto(`${deployment.current.url}/inbox`);
    const waiting = bob.page.getByRole('region', { name: /Needs your decision/ });
    await press(waiting.getByRole('article').first(), 'Approve');
    await waiting.getByText('Nothing waits for you.').waitFor();
    await alice.page.goto(`${deployment.current.url}/inbox`);
    const asked = alice.page
      .getByRole('region', { name: /Your requests/ })
      .getByRole('article')
      .first();
    await press(asked, 'Cancel');
    await asked.getByText(/cancelled/).waitFor();
    const held = alice.page.getByRole('region', { name: /Your access/ });
    await held.getByRole('button', { name: 'Extend', exact: true }).first().waitFor();
  });

  it('tells everybody of an emergency, and lets others say whether it was one', async () => {
    await alice.page.goto(incidentUrl());
    await say(alice.page, '/access breakglass orders-db because "checkout is down"');
    await carol.page.goto(`${deployment.current.url}/chat/access`);
    await cardOf(carol.page, /^Break-glass: Alice Moreau/).waitFor();
    await bob.page.goto(`${deployment.current.url}/reviews`);
    await bob.page.getByText('Access still open').waitFor();
    await bob.page.locator('.row-link').first().click();
    await bob.page.getByText('It is reviewed once it has ended').waitFor();
    const review = cardOf(alice.page, /^Review: Alice Moreau/);
    const handle = await review.getByText(/^g-[a-z2-7]{8}$/).textContent();
    await say(alice.page, `/access done ${handle}`);
    await press(bob.page, 'Not justified…');
    await answerDialog(bob.page, ['A request would have done'], 'Not justified');
    await bob.page.getByText('A request would have done').first().waitFor();
    await review.getByText(/Found unjustified by Bob Lindqvist/).waitFor();
  });

  it('says on every page that access is frozen, and why, until it is lifted', async () => {
    await carol.page.evaluate(
      `fetch('/api/v1/freeze', { method: 'POST', body: '{"reason":"stolen laptop"}',
        headers: { 'content-type': 'application/json', 'x-sallyport-csrf': '1' } })`,
    );
    for (const { page } of [alice, bob, dana, carol]) {
      await page.locator('.freeze').getByText('stolen laptop').waitFor();
    }
    await press(bob.page, 'Lift…');
    await bob.page.getByRole('dialog').getByRole('textbox').fill('found');
    await press(bob.page.getByRole('dialog'), 'Lift it');
    await bob.page.getByRole('alert').getByText('is for members of the groups').waitFor();
    await press(carol.page, 'Lift…');
    await answerDialog(carol.page, ['the laptop was found'], 'Lift it');
    await dana.page.locator('.freeze').waitFor({ state: 'detached' });
  });

  it('delegates votes, and shows it to both', async () => {
    await bob.page.goto(`${deployment.current.url}/delegations`);
    await press(bob.page, 'Delegate…');
    const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    await answerDialog(bob.page, ['dana@example.com', inAWeek], 'Delegate');
    await dana.page.goto(`${deployment.current.url}/delegations`);
    for (const { page } of [bob, dana]) await page.getByText(/in the place of/).waitFor();
    await dana.page.getByRole('button', { name: /^End/ }).click();
    await dana.page.getByText('Everybody decides for themselves').waitFor();
  });

  it('never broke the content security policy or threw', () => {
    for (const person of [alice, bob, dana, carol]) expect(person.complaints).toEqual([]);
  });
});
