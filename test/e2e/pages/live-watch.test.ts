/** Watching a session while it runs, and ending it: three people in the browser, and a real client in between. */
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BrowserPerson, signIn } from './browser.ts';
import { usePagesDeployment } from './deployment.ts';
import { useBrowser } from './shared-browser.ts';

const deployment = usePagesDeployment();
const browser = useBrowser();
let alice: BrowserPerson;
let carol: BrowserPerson;
let client: pg.Client;
let sessionUrl = '';
let broken: Promise<Error>;

const statementOf = (page: Page, text: string) => page.locator('.statement').filter({ hasText: text });

/** As a page of ours calls it. */
async function post(page: Page, path: string, data: object): Promise<Record<string, never>> {
  const { url } = deployment.current;
  const headers = { origin: new URL(url).origin, 'x-sallyport-csrf': '1' };
  const response = await page.request.post(`${url}/api/v1${path}`, { headers, data });
  if (!response.ok()) throw new Error(await response.text());
  return response.json();
}

/** In an emergency nobody has to approve. */
async function connectAsAlice(): Promise<pg.Client> {
  const { page } = alice;
  const { query } = deployment.current;
  const reason = 'checkout is down and refunds are stuck';
  await post(page, '/break-glass', { resource: 'orders-db', role: 'write', reason });
  const grantId = await vi.waitFor(
    async () => {
      const [grant] = await query<{ id: string }>(`select id from access_grant where state = 'active'`);
      if (grant === undefined) throw new Error('The grant is not active yet.');
      return grant.id;
    },
    { timeout: 20_000 },
  );
  const { username, password, database } = await post(page, `/grants/${grantId}/reveal`, {});
  const { brokerPort: port } = deployment.current;
  const connected = new pg.Client({ host: '127.0.0.1', port, user: username, password, database });
  broken = new Promise((resolve) => connected.on('error', resolve));
  await connected.connect();
  return connected;
}

beforeAll(async () => {
  const { url } = deployment.current;
  alice = await signIn(browser.current, { name: 'Alice', url: `${url}/sessions` });
  carol = await signIn(browser.current, { name: 'Carol', url: `${url}/sessions` });
  client = await connectAsAlice();
});
afterAll(async () => {
  await client?.end().catch(() => undefined);
});

describe('watching a session in the browser', () => {
  it('begins at the list, which marks what is live', async () => {
    const { page } = carol;
    await page.getByRole('link', { name: 'Watch Alice Moreau on orders-db' }).click();
    await page.waitForURL(/\/sessions\/s-/);
    sessionUrl = page.url();
    await page
      .getByRole('region', { name: 'Watching this session' })
      .getByText('Live', { exact: true })
      .waitFor();
    await page.getByText('Connected, and nothing has been sent yet.').waitFor();
  });

  it('shows each statement as it comes, without a reload, and moves to it', async () => {
    const { page } = carol;
    await page.evaluate('window.neverReloaded = true');
    for (let id = 1; id <= 8; id += 1)
      await client.query('select name, email from customers where id = $1', [id]);
    await client.query('select count(*) from orders');
    const newest = statementOf(page, 'select count(*) from orders');
    await newest.getByText('Allowed', { exact: true }).waitFor();
    const box = await newest.boundingBox();
    expect(box?.y, 'the newest is on screen').toBeLessThan(900);
    expect(await page.evaluate('window.neverReloaded')).toBe(true);
    await page.locator('.counts').getByText('9', { exact: true }).first().waitFor();
    await page.getByText(/^\d\.\d s behind$/).waitFor();
  });

  it('stays where somebody scrolls to, and says what came meanwhile', async () => {
    const { page } = carol;
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, -1_500);
    await page.getByRole('button', { name: 'Follow', exact: true }).waitFor();
    await client.query('select 1 as unseen');
    await page.getByRole('button', { name: 'Follow: 1 new statement' }).click();
    await page.getByRole('button', { name: 'Stop following' }).waitFor();
    const box = await statementOf(page, 'select 1 as unseen').boundingBox();
    expect(box?.y).toBeLessThan(900);
  });

  it('says to everybody who is on it', async () => {
    const { page } = alice;
    await page.goto(sessionUrl);
    await page.getByText(/Watched by Carol Reyes/).waitFor();
  });

  it('makes the statement stand out that waits for somebody', async () => {
    const { page } = carol;
    const held = client.query('DELETE FROM orders WHERE id = 1').catch((error: unknown) => error);
    await page.locator('.statement-held', { hasText: 'DELETE FROM orders WHERE id = 1' }).waitFor();
    await page.getByRole('button', { name: 'Terminate' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    await dialog.getByText('Reason is needed.').waitFor();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('that order is not ours');
    await page.keyboard.press('Tab');
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    expect(await held).toBeInstanceOf(Error);
    expect((await Promise.race([broken, held as Promise<Error>])).message).toMatch(/terminat/i);
  });

  it('ends with who ended it and why, for everybody', async () => {
    for (const { page } of [carol, alice]) {
      await page.getByText(/Terminated by Carol Reyes/).waitFor();
      await page.getByText(/Carol Reyes ended it.*that order is not ours/).waitFor();
      await page.getByText('Sealed.').waitFor();
      expect(await page.getByRole('button', { name: 'Terminate' }).count()).toBe(0);
    }
    expect(await deployment.current.shop.query('select from orders where id = 1')).toHaveLength(1);
    expect(carol.complaints).toEqual([]);
  });

  it('is not for whoever may not see the session', async () => {
    const dana = await signIn(browser.current, { name: 'Dana', url: `${deployment.current.url}/sessions` });
    await dana.page.getByText('No sessions yet').waitFor();
    await dana.page.goto(sessionUrl);
    await dana.page.getByRole('alert').waitFor();
    expect(await dana.page.getByRole('button', { name: 'Terminate' }).count()).toBe(0);
    const id = sessionUrl.split('/').at(-1);
    for (const what of ['', '/live', '/timeline'])
      expect(
        (await dana.page.request.get(`${deployment.current.url}/api/v1/sessions/${id}${what}`)).status(),
      ).toBe(404);
  });
});
