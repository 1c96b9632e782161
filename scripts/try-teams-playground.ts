/**
 * The main job in Microsoft's Agents Playground, clicked by a browser. It is no part of the product and of no test:
 *
 *     mkdir /tmp/playground && cd /tmp/playground && npm install @microsoft/m365agentsplayground@0.2.28
 *     node scripts/try-teams-playground.ts /tmp/playground [DIRECTORY FOR PICTURES]
 *
 * docs/teams.md says what the playground has no place for.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../test/e2e/pages/browser.ts';
import { runPsql } from '../test/support/psql.ts';
import { addedToTeam, type Gateway, startGateway } from './teams-playground/gateway.ts';
import { startPlayground, startSallyport } from './teams-playground/parts.ts';
import { memberOf, type Name } from './teams-playground/people.ts';

const [installedIn, pictures = 'teams-playground'] = process.argv.slice(2);
if (installedIn === undefined) throw new Error('Say where the playground is installed.');
const PATIENCE_MS = 20_000;
const SETTLE_MS = 800;

const directory = mkdtempSync(join(tmpdir(), 'sallyport-teams-'));
mkdirSync(pictures, { recursive: true });
const stops: (() => unknown)[] = [];
try {
  const gateway = await startGateway();
  stops.push(gateway.close);
  const sallyport = await startSallyport(directory, gateway.url);
  stops.push(sallyport.stop);
  gateway.connect({ sallyport: sallyport.url });
  const appUrl = `${gateway.url}/api/messages`;
  const playground = await startPlayground({ installedIn: resolve(installedIn), directory, appUrl });
  stops.push(playground.stop);
  gateway.connect({ playground: playground.url });
  await gateway.send('alice', addedToTeam());
  const browser = await launchBrowser();
  stops.push(() => browser.close());
  for (const name of ['alice', 'bob', 'dana'] as const) await link(browser, gateway, name);
  await theMainJob(browser, gateway, playground.url);
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Opens the link that chat gave, signs in as oneself, and types the code that chat shows then. */
async function link(browser: Browser, gateway: Gateway, name: Name): Promise<void> {
  await gateway.send(name, { type: 'message', textFormat: 'plain', text: 'link' });
  const said = () => JSON.stringify(gateway.saidTo(name));
  const url = await eventually(() => /http:[^"]*\/link\/[^"]*/.exec(said())?.[0]);
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await page.getByRole('button', { name: firstNameOf(name) }).click();
  const code = page.getByRole('textbox');
  await code.waitFor();
  await code.fill(valueIn(await gateway.invoke(name, { action: 'show-link-code', subject: 'mine' })));
  await page.getByRole('button', { name: 'This account is mine: link it' }).click();
  await page.getByText('linked', { exact: false }).first().waitFor();
  await page.context().close();
}

async function theMainJob(browser: Browser, gateway: Gateway, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 1_000 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  const picture = createPictures(page, pictures);
  const card = (text: string): Locator =>
    page
      .getByRole('group')
      .filter({ has: page.getByRole('heading', { name: text }) })
      .last();
  const as = async (name: Name, text: string, button: string): Promise<Locator> => {
    gateway.actAs(name);
    const shown = card(text);
    await shown.getByRole('button', { name: 'What can I do?' }).click();
    await shown.getByRole('button', { name: button, exact: true }).waitFor();
    return shown;
  };
  const go = (place: string): Promise<void> => page.getByRole('treeitem', { name: place }).click();
  const ask = async (text: string): Promise<void> => {
    await go('Personal Chat');
    gateway.actAs('alice');
    await page.getByRole('textbox').last().click();
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };

  await ask(
    'request orders-db as read for 30m because "a look at *one* order, see [x](https://evil.example)"',
  );
  await page.getByText('Asked for', { exact: false }).or(page.getByText('r-')).last().waitFor();
  await picture('1-asked');

  await go('Payments - access');
  await card('Alice Moreau asks for read').waitFor();
  await picture('2-everybody-sees');
  const denied = await as('bob', 'Alice Moreau asks for read', 'Deny');
  await picture('3-bob-sees');
  await denied.getByRole('button', { name: 'Deny', exact: true }).click();
  await denied.getByRole('textbox').first().fill('Use the *replica*: it has the same orders.');
  await picture('4-bob-says-why');
  await denied.getByRole('button', { name: 'Deny', exact: true }).last().click();
  await page.getByText('Denied by Bob Lindqvist').first().waitFor();
  await picture('5-denied');

  await ask('request orders-db as write for 1h because "refunds are stuck since the release"');
  await go('Payments - access');
  for (const name of ['bob', 'dana'] as const) {
    const shown = await as(name, 'Alice Moreau asks for write', 'Approve');
    await shown.getByRole('button', { name: 'Approve', exact: true }).click();
    await page
      .getByText(`${memberOf(name).name} approved`)
      .first()
      .waitFor();
  }
  await picture('6-approved');

  await go('Personal Chat');
  await page.getByRole('button', { name: 'Reveal connection' }).last().waitFor();
  await picture('7-granted');
  const grant = /g-[a-z2-7]{8}/.exec(JSON.stringify(gateway.saidTo('alice').at(-1)))?.[0] ?? '';
  const revealed = JSON.stringify(await gateway.invoke('alice', { action: 'reveal', subject: grant }));
  const connection = /postgresql:\/\/[^:"]+:[^@"\\]+@[^"\\]+/.exec(revealed)?.[0] ?? '';
  const deleting = runPsql({ url: connection, commands: ['delete from orders where id = 42'] });

  await go('Payments - access');
  const held = await as('dana', 'Alice Moreau wants to run a command', 'Approve once');
  await picture('8-held');
  await held.getByRole('button', { name: 'Approve once' }).click();
  const { code: exitCode, stderr } = await deleting;
  if (exitCode !== 0) throw new Error(`psql said: ${stderr}`);
  await page.getByText('Approved to run once').first().waitFor();
  await picture('9-ran');

  await go('Personal Chat');
  gateway.actAs('alice');
  await page.getByRole('button', { name: 'I’m done' }).last().click();
  await page.getByRole('button', { name: 'I’m done' }).last().click();
  await go('Payments - access');
  const session = card('Session: Alice Moreau on orders-db');
  await session.getByText('Ended').first().waitFor();
  await session.scrollIntoViewIfNeeded();
  await picture('10-session');
}

function createPictures(page: Page, into: string): (name: string) => Promise<void> {
  return async (name) => {
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: join(into, `${name}.png`) });
  };
}

function firstNameOf(name: Name): string {
  return memberOf(name).name.split(' ')[0] ?? name;
}

/** What stands in the field of a dialog. */
function valueIn(dialog: unknown): string {
  return /"value":"(\d+)"/.exec(JSON.stringify(dialog))?.[1] ?? '';
}

async function eventually<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not come.');
}
