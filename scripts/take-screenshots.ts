/**
 * Takes the pictures of the README from the running product: `node scripts/take-screenshots.ts`. It
 * starts a demo of its own, lets the four people do the main job, and stops it again.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { INCIDENT_CHANNEL } from '../src/demo/sample-policy.ts';
import { startDemo } from '../src/demo/start-demo.ts';
import { launchBrowser, say, signIn } from '../test/e2e/pages/browser.ts';
import { runPsql } from '../test/support/psql.ts';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const SETTLE_MS = 800;
const STATEMENTS = [
  'SELECT id, name, email, phone FROM customers ORDER BY id LIMIT 3',
  'SELECT order_id, card_number, amount FROM payments ORDER BY id LIMIT 3',
  "UPDATE orders SET status = 'refunded' WHERE id = 42",
  'DELETE FROM customers',
];

const requestCard = (page: Page): Locator =>
  page
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: /Alice Moreau.*orders-db|orders-db.*Alice Moreau/ }) })
    .last();

mkdirSync(IMAGES, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), 'sallyport-pictures-'));
const demo = await startDemo({ workingDirectory: directory, port: null });
const browser = await launchBrowser();
const picture = async (page: Page, name: string, fullPage = false): Promise<void> => {
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage });
};
try {
  const url = `${demo.url}/chat/${INCIDENT_CHANNEL}`;
  const alice = await signIn(browser, { name: 'Alice', url });
  const bob = await signIn(browser, { name: 'Bob', url });
  const dana = await signIn(browser, { name: 'Dana', url, phone: true });
  await alice.page.setViewportSize({ width: 1_100, height: 760 });
  await say(alice.page, 'Refunds have been failing since the 14:02 checkout release. Looking at the orders.');
  await say(
    alice.page,
    '/access request orders-db as write for 1h because "refunds are stuck since the checkout release" ticket OPS-4711',
  );
  await requestCard(bob.page).getByRole('button', { name: 'Approve', exact: true }).click();
  await requestCard(alice.page)
    .getByText(/Bob Lindqvist/)
    .first()
    .waitFor();
  await picture(alice.page, 'chat');
  await picture(dana.page, 'phone');

  await requestCard(dana.page).getByRole('button', { name: 'Approve', exact: true }).click();
  await requestCard(alice.page)
    .getByRole('button', { name: 'Approve', exact: true })
    .waitFor({ state: 'detached' });
  await alice.page.setViewportSize({ width: 1_100, height: 940 });
  await alice.page
    .getByRole('navigation', { name: 'Channels' })
    .getByRole('link', { name: /Sallyport/ })
    .click();
  await alice.page
    .getByRole('button', { name: /Reveal/ })
    .last()
    .click();
  const line = alice.page.locator('pre', { hasText: /^postgresql:/ }).last();
  const connection = (await line.textContent()) ?? '';
  await picture(alice.page, 'card');

  await runPsql({ url: connection, commands: STATEMENTS });
  await alice.page.goto(`${demo.url}/sessions`);
  await alice.page
    .getByRole('link', { name: /^Session of Alice Moreau/ })
    .first()
    .click();
  await alice.page.locator('.statement').filter({ hasText: 'DELETE FROM customers' }).waitFor();
  await alice.page.setViewportSize({ width: 1_100, height: 1_620 });
  await picture(alice.page, 'session', true);
} finally {
  await browser.close();
  await demo.stop();
  rmSync(directory, { recursive: true, force: true });
}
