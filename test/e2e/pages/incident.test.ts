/** An incident as a responder sees it: the list, what mattered, the moment in the session, and the report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { type BrowserPerson, signIn } from './browser.ts';
import { usePagesDeployment } from './deployment.ts';
import { useBrowser } from './shared-browser.ts';

const INCIDENT = 'inc-4811-refunds';
const deployment = usePagesDeployment();
const browser = useBrowser();
let alice: BrowserPerson;
let carol: BrowserPerson;
let directory = '';

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function post<Answer>(page: Page, path: string, data: object): Promise<Answer> {
  const { url } = deployment.current;
  const headers = { origin: url, 'x-sallyport-csrf': '1' };
  const answer = await page.request.post(`${url}/api/v1${path}`, { headers, data });
  expect(answer.status()).toBeLessThan(300);
  return answer.json();
}

interface Revealed {
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

async function connection(page: Page, requestId: string): Promise<Revealed> {
  const path = `${deployment.current.url}/api/v1/requests/${requestId}`;
  const grant = async (): Promise<{ id: string; state: string } | null> =>
    (await (await page.request.get(path)).json()).grant;
  await expect.poll(async () => (await grant())?.state, { timeout: 20_000 }).toBe('active');
  return post(page, `/grants/${(await grant())?.id}/reveal`, {});
}

async function work({ username, password, database }: Revealed): Promise<void> {
  const client = new Client({
    ...{ host: '127.0.0.1', port: deployment.current.brokerPort, user: username, password, database },
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  await client.query('select count(*) from orders');
  await client.query('select card_number from payments limit 2');
  await client.query("update orders set status = 'refunded' where id = 1");
  await client.query('delete from payments').catch(() => undefined);
  await client.end();
}

describe('an incident', () => {
  it('is worked on with approved access', async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-incident-'));
    const home = `${deployment.current.url}/incidents`;
    alice = await signIn(browser.current, { name: 'Alice', url: home });
    const bob = await signIn(browser.current, { name: 'Bob', url: home });
    const dana = await signIn(browser.current, { name: 'Dana', url: home });
    carol = await signIn(browser.current, { name: 'Carol', url: home });
    const asked = {
      resource: 'orders-db',
      role: 'write',
      duration: '1h',
      reason: 'refunds hang',
      incident: INCIDENT,
    };
    const { id } = await post<{ id: string }>(alice.page, '/requests', asked);
    for (const { page } of [bob, dana]) await post(page, `/requests/${id}/votes`, { verdict: 'approve' });
    await work(await connection(alice.page, id));
  });

  it('is in the list of those that there are', async () => {
    const { page } = alice;
    await page.goto(`${deployment.current.url}/incidents`);
    await page
      .getByRole('navigation', { name: 'Sections' })
      .getByRole('link', { name: 'Incidents' })
      .waitFor();
    await page.getByRole('link', { name: `#${INCIDENT}` }).click();
    await page.getByRole('heading', { name: `#${INCIDENT}`, level: 1 }).waitFor();
  });

  it('shows the people, the statements that matter as they come, and how many others there are', async () => {
    const { page } = alice;
    await page.getByText('delete from payments', { exact: true }).waitFor();
    const shown = page.locator('.happening');
    expect(await shown.filter({ hasText: "status = 'refunded'" }).textContent()).toContain('Changed');
    expect(await shown.filter({ hasText: 'select card_number' }).textContent()).toContain('Masked');
    expect(await page.locator('.happening-fold').first().textContent()).toMatch(
      /\d+ more statements? on orders-db/,
    );
    const people = page.locator('.incident-people');
    for (const name of ['Alice Moreau', 'Bob Lindqvist', 'Dana'])
      expect(await people.textContent()).toContain(name);
  });

  it('is narrowed to what was denied, and leads to the moment in the session', async () => {
    const { page, complaints } = alice;
    await page.getByLabel('Denied').check();
    await page.waitForURL(/\?show=denied$/);
    await expect.poll(() => page.locator('.happening').count()).toBe(1);
    const link = page.getByRole('link', { name: /^Statement \d+ of s-/ });
    const statement = (await link.getAttribute('href'))?.split('#')[1] ?? '';
    await link.click();
    const linked = page.locator(`#${statement}.statement-linked`);
    await linked.waitFor();
    expect(await linked.textContent()).toContain('delete from payments');
    await page.goBack();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByLabel('Person').selectOption({ label: 'Bob Lindqvist' });
    await expect.poll(() => page.locator('.happening', { hasText: 'approved it' }).count()).toBe(1);
    expect(await page.locator('.happening-code').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('has a report that is read without a script and without asking anybody for anything', async () => {
    const { page } = alice;
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Report', exact: true }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`report-${INCIDENT}.html`);
    const path = join(directory, 'report.html');
    await download.saveAs(path);
    const context = await browser.current.newContext({ javaScriptEnabled: false });
    const reader = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    reader.on('request', (request) => requests.push(request.url()));
    reader.on('console', (message) => complaints.push(message.text()));
    await reader.goto(pathToFileURL(path).href);
    expect(await reader.getByRole('heading', { level: 1 }).textContent()).toBe(`Incident #${INCIDENT}`);
    const verification = reader.getByRole('region', { name: 'Verification' });
    expect(await verification.textContent()).toContain('verified');
    const tables = reader.getByRole('region', { name: 'Tables that were changed' });
    expect(await tables.textContent()).toMatch(/orders.*update1/s);
    expect(await reader.getByRole('region', { name: 'Masked fields' }).first().textContent()).toContain(
      'card_number',
    );
    // Its style is there: the browser took what the page itself allows.
    expect(await reader.evaluate(`getComputedStyle(document.querySelector('.figures')).display`)).toBe(
      'grid',
    );
    expect(requests).toEqual([pathToFileURL(path).href]);
    expect(complaints).toEqual([]);
    await context.close();
    expect(await readFile(path, 'utf8')).not.toContain('<script');
  });

  it('is there for a responder in oversight, and says of a name that there is no such incident', async () => {
    const { page } = carol;
    await page.goto(`${deployment.current.url}/incidents/${INCIDENT}`);
    await page.getByText('delete from payments', { exact: true }).waitFor();
    await page.goto(`${deployment.current.url}/incidents/inc-nobody`);
    await page.getByText('Nothing was asked for in an incident inc-nobody.').waitFor();
  });
});
