/**
 * From a request on a narrow screen to the evidence of what was done: found, opened at its moment, played, narrowed and
 * taken away, with the keyboard alone; and a person without the right, who sees nothing of it.
 */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { openSshClient } from '../../../src/demo/tour/host/openssh-client.ts';
import { type BrowserPerson, say, signIn } from './browser.ts';
import { usePagesDeployment } from './deployment.ts';
import { useBrowser } from './shared-browser.ts';

const deployment = usePagesDeployment({ host: true });
const browser = useBrowser();
const REASON = `the checkout is slow ${'x'.repeat(300)}`;
/** In what was done, and nowhere else. */
const SECRETS = ['rm -r logs', 'config.ini', 'workers = 4'];

let alice: BrowserPerson;
let bob: BrowserPerson;
let carol: BrowserPerson;
let requestPath = '';
let sessionPath = '';

const urlOf = (path: string): string => `${deployment.current.url}${path}`;
const press = (within: Page | Locator, name: string): Promise<void> =>
  within.getByRole('button', { name, exact: true }).click();

/** Nothing may be reached by moving the page sideways; what scrolls is the page's own part, not the document. */
async function expectNarrow(page: Page): Promise<void> {
  const wide = await page.evaluate(
    '[document.documentElement, document.querySelector("main")].map((one) => one.scrollWidth - one.clientWidth)',
  );
  expect(wide, page.url()).toEqual([0, 0]);
}

/** As a script of the page asks. */
function post<T>(page: Page, path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-sallyport-csrf': '1' };
  const request = JSON.stringify({ method: 'POST', headers, body: JSON.stringify(body) });
  return page.evaluate(
    `fetch(${JSON.stringify(`/api/v1${path}`)}, ${request}).then((answer) => answer.json())`,
  );
}

beforeAll(async () => {
  alice = await signIn(browser.current, {
    name: 'Alice',
    url: urlOf(`/chat/${INCIDENT_CHANNEL}`),
    phone: true,
  });
  bob = await signIn(browser.current, { name: 'Bob', url: urlOf('/inbox'), phone: true });
});

describe('a request on a narrow screen', () => {
  it('is asked for, approved and listed, and nothing of it is wider than the screen', async () => {
    await say(alice.page, `/access request web-1 as operator for 1h because "${REASON}"`);
    const card = alice.page.getByRole('article').filter({ hasText: 'web-1' }).last();
    requestPath = (await card.getByRole('link', { name: 'Details' }).getAttribute('href')) ?? '';
    const waiting = bob.page.getByRole('region', { name: /Needs your decision/ });
    await press(waiting.getByRole('article').first(), 'Approve');
    await waiting.getByText('Nothing waits for you.').waitFor();
    for (const path of ['/requests', requestPath]) {
      await alice.page.goto(urlOf(path));
      await alice.page.locator('.badge', { hasText: 'Approved' }).first().waitFor();
      await expectNarrow(alice.page);
    }
    await alice.page.getByText(/^after \d/).waitFor();
  });

  it('is found by its person, resource and state, and among those that somebody voted on', async () => {
    const { page } = bob;
    const row = page.getByRole('link', { name: /Alice Moreau · web-1 as operator/ });
    await page.goto(urlOf('/requests?show=voted'));
    await row.waitFor();
    await press(page, 'Filters');
    await page.getByLabel('Person').fill('moreau');
    await page.getByLabel('State').selectOption('approved');
    await page.waitForURL(/show=voted&.*state=approved.*who=moreau|show=voted&.*who=moreau.*state=approved/);
    await row.waitFor();
    await page.getByLabel('Resource').fill('orders-db');
    await page.getByText('No request matches').waitFor();
    await expectNarrow(page);
    await press(page, 'Clear filters');
    await row.waitFor();
  });
});

describe('the evidence of what was done', () => {
  beforeAll(async () => {
    const { page } = alice;
    const { grant } = await page.evaluate<{ grant: { id: string } }>(
      `fetch('/api/v1${requestPath}').then((answer) => answer.json())`,
    );
    await page.getByRole('button', { name: 'Reveal connection' }).waitFor();
    const access = await post<Parameters<typeof openSshClient>[0]>(page, `/grants/${grant.id}/reveal`, {});
    const client = openSshClient(access, 'ssh');
    await client.shell(['ls', 'cat app/config.ini', 'rm -r logs']);
    carol = await signIn(browser.current, { name: 'Carol', url: urlOf('/sessions') });
  });

  it('is found and opened at its moment with the keyboard alone', async () => {
    const { page } = carol;
    await page.getByRole('row').filter({ hasText: 'web-1' }).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('"rm -r"');
    await page
      .getByRole('link', { name: /rm -r logs/ })
      .first()
      .waitFor();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/\/sessions\/s-[a-z2-7]{8}\?at=\d+#s-3$/);
    sessionPath = new URL(page.url()).pathname;
    await page.locator('#s-3.statement-linked', { hasText: 'rm -r logs' }).waitFor();
  });

  it('is played from there on', async () => {
    const terminal = carol.page.frameLocator('iframe[title="What the terminal showed"]');
    const screen = terminal.locator('.ap-term');
    await screen.waitFor();
    expect(await screen.textContent()).not.toContain('no-recursive-removal');
    await terminal.locator('.ap-wrapper').press('Space');
    await screen.filter({ hasText: 'no-recursive-removal' }).waitFor();
  });

  it('is narrowed to what was denied and what was masked, with the arrows', async () => {
    const { page } = carol;
    const statements = page.locator('.statement');
    await page.getByRole('radio', { name: /^All/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/show=denied/);
    expect(await statements.allTextContents()).toEqual([
      expect.stringMatching(/rm -r logs.*no-recursive-removal/s),
    ]);
    for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await page.waitForURL(/show=masked/);
    expect(await statements.allTextContents()).toEqual([expect.stringContaining('cat app/config.ini')]);
    expect(await statements.textContent()).not.toContain('AKIA');
  });

  it('is taken away as text', async () => {
    const downloading = carol.page.waitForEvent('download');
    await carol.page.getByRole('link', { name: 'Text', exact: true }).click();
    const transcript = await readFile(await (await downloading).path(), 'utf8');
    expect(transcript).toContain('Alice Moreau');
    expect(transcript).toContain('cat app/config.ini');
    expect(transcript).toMatch(/DENY by rule no-recursive-removal/);
    expect(transcript).not.toContain('AKIA');
    expect(carol.complaints).toEqual([]);
  });

  it('cannot be asked for with more words than are looked for, and the page says so', async () => {
    const { page } = carol;
    await page.goto(urlOf(`/sessions?search=${'a+'.repeat(21)}`));
    await page.getByText('A search has at most 20 words').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.getByRole('searchbox').fill('workers');
    await page.getByText('No session matches').waitFor();
  });

  it('is shown in no page to a person without the right', async () => {
    const dana = await signIn(browser.current, { name: 'Dana', url: urlOf('/sessions') });
    const pages = [
      { path: '/sessions', says: 'No sessions yet' },
      { path: '/sessions?search=config.ini', says: 'No session matches' },
      { path: '/sessions?denied=true&who=alice', says: 'No session matches' },
      { path: sessionPath, says: 'that you may see' },
      { path: `${sessionPath}/terminal`, says: 'There is no recording of this session here.' },
      { path: requestPath, says: 'Nobody has connected yet, or you may not see it.' },
      { path: `/incidents/${INCIDENT_CHANNEL}`, says: 'Alice Moreau' },
    ];
    for (const { path, says } of pages) {
      await dana.page.goto(urlOf(path));
      await dana.page.getByText(says).first().waitFor();
      expect(await dana.page.locator('h1').count(), path).toBe(path.endsWith('/terminal') ? 0 : 1);
      const content = await dana.page.content();
      // What she looked for stands in its field.
      for (const secret of SECRETS.filter((one) => !path.includes(one)))
        expect(content, path).not.toContain(secret);
      if (path !== sessionPath) expect(content, path).not.toContain(sessionPath);
    }
    expect(dana.complaints).toEqual([]);
  });

  it('that was deleted is said to be, when and why, in the place of its commands', async () => {
    const because = 'older than its retention of 90d';
    await deployment.current.query(
      `insert into recording (session_id, deleted_at, deleted_because) values ($1, now(), $2)
         on conflict (session_id) do update set deleted_at = excluded.deleted_at, deleted_because = excluded.deleted_because`,
      [sessionPath.slice('/sessions/'.length), because],
    );
    await carol.page.goto(urlOf(sessionPath));
    await carol.page.getByText(`: ${because}. The audit log says so, too.`).waitFor();
    for (const gone of ['.statement', 'iframe', 'a[download]']) {
      expect(await carol.page.locator(gone).count(), gone).toBe(0);
    }
  });
});
