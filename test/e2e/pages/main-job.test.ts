/** The main job as people do it: four of them, in the browser, with the real psql in between. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { runPsql } from '../../support/psql.ts';
import { type BrowserPerson, say, signIn } from './browser.ts';
import { usePagesDeployment } from './deployment.ts';
import { useBrowser } from './shared-browser.ts';

const deployment = usePagesDeployment();
const browser = useBrowser();
let alice: BrowserPerson;
let bob: BrowserPerson;
let dana: BrowserPerson;
let connectionUrl = '';

const incidentUrl = (): string => `${deployment.current.url}/chat/${INCIDENT_CHANNEL}`;

/** The newest card whose title fits. */
const cardOf = (page: Page, title: RegExp): Locator =>
  page
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: title }) })
    .last();
/** Two sessions that end at once may be told of in either order: theirs are found by what was done in them. */
const sessionCard = (page: Page, statement: string): Locator =>
  page
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: /session/i }) })
    .filter({ hasText: statement });
const requestCard = (page: Page): Locator => cardOf(page, /Alice Moreau.*orders-db|orders-db.*Alice Moreau/);

describe('the main job in the browser', () => {
  it('signs in through the provider and comes back to the link that was opened', async () => {
    alice = await signIn(browser.current, { name: 'Alice', url: incidentUrl() });
    await alice.page.getByRole('heading', { name: INCIDENT_CHANNEL, level: 1 }).waitFor();
    await alice.page.getByRole('button', { name: 'Alice Moreau: account' }).click();
    expect(await alice.page.locator('#user-menu').textContent()).toContain('engineering');
    await alice.page.keyboard.press('Escape');
  });

  it('completes a command while it is typed', async () => {
    const composer = alice.page.getByRole('textbox', { name: /^Message / });
    await composer.pressSequentially('/access req');
    await composer.press('Tab');
    await composer.pressSequentially('ord');
    await alice.page.getByRole('option', { name: /orders-db/ }).waitFor();
    await composer.press('Tab');
    expect(await composer.inputValue()).toBe('/access request orders-db ');
    await composer.fill('');
  });

  it('opens a form for a request without details, says what is missing, and gives the focus back', async () => {
    await say(alice.page, '/access request');
    const dialog = alice.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.getByText('Because is needed.').waitFor();
    await alice.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    const focused = alice.page.locator('*:focus');
    expect(await focused.getAttribute('aria-label')).toBe(`Message ${INCIDENT_CHANNEL}`);
  });

  it('posts the card of a request into the incident, with who must still approve', async () => {
    await say(
      alice.page,
      '/access request orders-db as write for 1h because "refunds are stuck" ticket OPS-4711',
    );
    const card = requestCard(alice.page);
    await card.getByRole('button', { name: 'Comment', exact: true }).waitFor();
    const text = await card.textContent();
    for (const part of ['refunds are stuck', 'OPS-4711', 'sre', 'dba', 'write']) expect(text).toContain(part);
  });

  it('refuses the vote of the person who asked, to her alone', async () => {
    bob = await signIn(browser.current, { name: 'Bob', url: incidentUrl() });
    const own = 'You cannot decide about your own request';
    await requestCard(alice.page).getByText(own).waitFor();
    const id = await requestCard(alice.page)
      .getByText(/^r-[a-z2-7]{8}$/)
      .textContent();
    // What her card does not offer is refused as well.
    await say(alice.page, `/access deny ${id} because "I want to"`);
    const refusal = alice.page.locator('.note').filter({ hasText: own });
    await refusal.getByText('Only visible to you').waitFor();
    expect(await bob.page.getByText('Only visible to you').count()).toBe(0);
    await refusal.getByRole('button', { name: 'Dismiss' }).click();
    await refusal.waitFor({ state: 'detached' });
  });

  it('counts a vote and shows it on every screen without a reload', async () => {
    await requestCard(bob.page).getByRole('button', { name: 'Approve', exact: true }).click();
    await requestCard(alice.page)
      .getByText(/Bob Lindqvist/)
      .first()
      .waitFor();
    await requestCard(alice.page).getByText('Pending: still needs 1 of dba.').waitFor();
    // Who has voted has nothing more to decide, and reads why.
    await requestCard(bob.page)
      .getByText(/You have voted on .* already: approve/)
      .waitFor();
    await requestCard(bob.page)
      .getByRole('button', { name: 'Approve', exact: true })
      .waitFor({ state: 'detached' });
  });

  it('approves with the second vote, from a phone', async () => {
    dana = await signIn(browser.current, { name: 'Dana', url: incidentUrl(), phone: true });
    await requestCard(dana.page).getByRole('button', { name: 'Approve', exact: true }).click();
    await requestCard(dana.page)
      .getByText(/Dana Okafor/)
      .first()
      .waitFor();
    await requestCard(bob.page).getByRole('button', { name: 'Revoke', exact: true }).waitFor();
    await requestCard(alice.page)
      .getByText(/^Approved/)
      .waitFor();
    expect(await requestCard(alice.page).getByRole('button', { name: 'Revoke' }).count()).toBe(0);
    const width = await dana.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(width, 'nothing is wider than the phone').toBeLessThanOrEqual(0);
  });

  it('reveals the connection in the private channel, to its holder only', async () => {
    await alice.page
      .getByRole('navigation', { name: 'Channels' })
      .getByRole('link', { name: /Sallyport/ })
      .click();
    await alice.page
      .getByRole('button', { name: /Reveal/ })
      .last()
      .click();
    const line = alice.page.locator('pre', { hasText: /^postgresql:/ }).last();
    connectionUrl = (await line.textContent()) ?? '';
    expect(connectionUrl).toContain('g-');
    const secret = decodeURIComponent(new URL(connectionUrl).password);
    expect(secret.length).toBeGreaterThan(10);
    await alice.page.reload();
    await alice.page
      .getByRole('button', { name: /Reveal/ })
      .last()
      .waitFor();
    for (const { page } of [alice, bob, dana]) expect(await page.content()).not.toContain(secret);
  });

  it('shows in the thread what psql did with it', async () => {
    const read = await runPsql({
      url: connectionUrl,
      commands: ['SELECT name, email FROM customers ORDER BY id LIMIT 3'],
    });
    expect(read.stderr).toBe('');
    const refused = await runPsql({ url: connectionUrl, commands: ['DELETE FROM customers'] });
    expect(refused.stderr).toContain('Add a WHERE clause');
    await alice.page.goto(incidentUrl());
    const refusal = sessionCard(alice.page, 'DELETE FROM customers');
    await refusal.waitFor();
    expect(await refusal.textContent()).toMatch(/denied/i);
  });

  it('replays the session statement by statement', async () => {
    const { page } = alice;
    await sessionCard(page, 'DELETE FROM customers').getByRole('link', { name: 'Replay' }).click();
    await page.waitForURL(/\/sessions\/s-/);
    const statement = page.locator('.statement').filter({ hasText: 'DELETE FROM customers' });
    await statement.waitFor();
    expect(await statement.textContent()).toMatch(/Denied by\s+rule no-unbounded-writes/);
    await page.getByText('Sealed.').waitFor();
    await page.getByRole('radio', { name: /Masked/ }).check({ force: true });
    await page.getByText('Nothing was masked').waitFor();
  });

  it('tells the incident in order, on a page that everything of it leads to', async () => {
    const { page } = alice;
    await page.getByRole('link', { name: '#inc-', exact: false }).first().click();
    await page.waitForURL(/\/incidents\/inc-/);
    const happenings = page.locator('.happening');
    await happenings.filter({ hasText: 'DELETE FROM customers' }).first().waitFor();
    expect(await happenings.first().textContent()).toContain('asked for');
    await happenings.first().getByRole('link').click();
    await page.waitForURL(/\/requests\/r-/);
  });

  it('marks what was masked, and downloads a recording that is whole', async () => {
    const { page } = alice;
    await page.goto(`${deployment.current.url}/sessions`);
    const rows = page.getByRole('row').filter({ hasText: 'orders-db' });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(2);
    await rows
      .last()
      .getByRole('link', { name: /^Session of Alice Moreau/ })
      .click();
    await page.getByRole('columnheader', { name: /email\s*masked/ }).waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Recording' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^s-.*\.sprec$/);
    expect(await download.failure()).toBeNull();
  });

  it('holds a command: denied on its card with a reason, approved on its page, and shown in the replay', async () => {
    await dana.page.goto(incidentUrl());
    const command = 'DELETE FROM payments WHERE id = -1 /* a \u202e b */';
    const first = runPsql({ url: connectionUrl, commands: [command] });
    const card = cardOf(dana.page, /Alice Moreau wants to run a command/);
    await card.getByRole('button', { name: 'Approve for this session' }).waitFor();
    expect(await card.getByLabel('Command').textContent()).toContain(command.replace('\u202e', '\\u{202e}'));
    await card.getByText(/left\)/).waitFor();
    const width = await dana.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(width, 'nothing is wider than the phone').toBeLessThanOrEqual(0);
    await card.getByRole('button', { name: 'Deny' }).click();
    const dialog = dana.page.getByRole('dialog');
    await dialog.getByText('/* a \\u{202e} b */').waitFor();
    await dialog.getByRole('textbox', { name: 'Because' }).fill('Use the refund page');
    await dialog.getByRole('button', { name: 'Deny', exact: true }).click();
    expect((await first).stderr).toContain('Use the refund page');
    await alice.page.goto(incidentUrl());
    await cardOf(alice.page, /Alice Moreau wants to run a command/)
      .getByText(/^Denied by Dana Okafor/)
      .waitFor();

    const second = runPsql({ url: connectionUrl, commands: [command] });
    await dana.page.goto(`${deployment.current.url}/requests?show=vote`);
    await dana.page
      .getByRole('region', { name: 'Held commands' })
      .getByRole('link', { name: /orders-db/ })
      .click();
    await dana.page.getByRole('button', { name: 'Approve once' }).click();
    const result = await second;
    expect(result.stdout).toContain('DELETE 0');
    await dana.page.getByText('Approved', { exact: true }).first().waitFor();
    await dana.page.getByRole('link', { name: 'the session' }).click();
    await dana.page
      .locator('.statement')
      .filter({ hasText: /h-[a-z2-7]{8}\s+Approved\s+by\s+Dana Okafor/ })
      .waitFor();
  });

  it('finds what was done in sessions from the keyboard, and leads to its moment', async () => {
    const { page } = alice;
    await page.goto(`${deployment.current.url}/sessions`);
    await page.getByRole('row').filter({ hasText: 'orders-db' }).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('"delete from"');
    const hit = page.getByRole('link', { name: /DELETE FROM customers/ });
    await hit.waitFor();
    expect((await hit.locator('mark').allTextContents()).join(' ')).toBe('DELETE FROM');
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Table').fill('cust*');
    await page.getByLabel('Denied').check();
    await page.waitForURL(/search=.*table=cust.*denied=true/);
    await page
      .getByRole('link', { name: /DELETE FROM payments/ })
      .first()
      .waitFor({ state: 'detached' });
    await page.getByRole('searchbox').press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sessions\/s-[a-z2-7]{8}\?at=\d+#s-1$/);
    await page.locator('#s-1', { hasText: 'DELETE FROM customers' }).waitFor();
    await page.goBack();
    await hit.waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page
      .getByRole('link', { name: /DELETE FROM payments/ })
      .first()
      .waitFor();
    await page.getByRole('searchbox').fill('"from delete"');
    await page.getByText('No session matches').waitFor();
  });

  it('ends the access when its holder says so', async () => {
    await alice.page.goto(`${deployment.current.url}/requests?show=mine`);
    await alice.page
      .getByRole('link', { name: /orders-db/ })
      .first()
      .click();
    await alice.page.getByRole('button', { name: 'I’m done' }).click();
    await alice.page.getByRole('button', { name: 'I’m done' }).waitFor({ state: 'detached' });
    expect((await runPsql({ url: connectionUrl, commands: ['SELECT 1'] })).code).not.toBe(0);
  });

  it('denies with a reason that everybody sees', async () => {
    await alice.page.goto(incidentUrl());
    await say(alice.page, '/access request orders-db as read for 30m because "one more look"');
    const card = requestCard(bob.page).filter({ hasText: 'one more look' });
    await card.getByRole('button', { name: /^Deny/ }).click();
    const dialog = bob.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Because' }).fill('The replica has the same rows');
    await dialog.getByRole('button', { name: 'Deny', exact: true }).click();
    await requestCard(alice.page).getByText('The replica has the same rows').first().waitFor();
  });

  it('decides on the page of a request: approve for less, revoke with a reason', async () => {
    await say(alice.page, '/access request orders-db as read for 30m because "from the page"');
    await requestCard(bob.page).filter({ hasText: 'from the page' }).waitFor();
    await dana.page.goto(`${deployment.current.url}/requests?show=vote`);
    await dana.page
      .getByRole('link', { name: /orders-db/ })
      .first()
      .click();
    await dana.page.getByRole('button', { name: 'Approve for less…' }).click();
    const dialog = dana.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'For how long' }).fill('ten minutes');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('textbox', { name: 'For how long' }).fill('10m');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dana.page.getByText('for 10m only').waitFor();

    await bob.page.goto(dana.page.url());
    await bob.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await bob.page.getByRole('button', { name: 'Revoke…' }).click();
    await bob.page.getByRole('textbox', { name: 'Why' }).fill('Not needed after all');
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await bob.page.getByText('Revoked', { exact: true }).waitFor();
  });

  it('terminates a live session, and the client notices', async () => {
    await say(alice.page, '/access request orders-db as read for 30m because "to be cut off"');
    for (const { page } of [bob, dana]) {
      await page.goto(incidentUrl());
      const card = requestCard(page).filter({ hasText: 'to be cut off' });
      await card.getByRole('button', { name: 'Approve', exact: true }).click();
      await page.locator('.note').first().waitFor();
    }
    await alice.page
      .getByRole('link', { name: /^Sallyport/ })
      .last()
      .click();
    // Her ended access stands above it, and may still be drawn with its buttons.
    const held = alice.page.getByRole('article').filter({ hasText: 'to be cut off' });
    await held.getByRole('button', { name: 'Reveal connection' }).click();
    const line = alice.page.locator('pre', { hasText: /^postgresql:/ }).last();
    const client = runPsql({ url: (await line.textContent()) ?? '', commands: ['SELECT pg_sleep(60)'] });

    await alice.page.goto(`${deployment.current.url}/sessions?live=true`);
    await alice.page
      .getByRole('link', { name: /^Session of Alice Moreau/ })
      .first()
      .click();
    await alice.page.getByText('Allowed, running').waitFor();
    await alice.page.getByRole('button', { name: 'Terminate' }).first().click();
    const dialog = alice.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('it takes too long');
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    expect((await client).code).not.toBe(0);
    await alice.page.getByText(/Terminated by Alice Moreau/).waitFor();
  });

  it('shows the sessions to oversight, and to nobody who may not see them', async () => {
    const carol = await signIn(browser.current, { name: 'Carol', url: `${deployment.current.url}/sessions` });
    await carol.page.getByRole('row').filter({ hasText: 'orders-db' }).first().waitFor();
    await carol.page.getByRole('searchbox').fill('no such thing');
    await carol.page.getByText('No session matches').waitFor();
    await carol.page.goto(`${deployment.current.url}/sessions/s-nothere1`);
    await carol.page.getByText('There is nothing here').waitFor();
    expect(carol.complaints).toEqual([]);
  });

  it('never broke the content security policy or threw', () => {
    for (const person of [alice, bob, dana]) expect(person.complaints).toEqual([]);
  });
});
