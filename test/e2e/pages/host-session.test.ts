/** The page of a session with a host: its terminal, commands, files, live and afterwards. */
import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow } from './browser.ts';
import { EARLY, LATER, type RecordedHost, SESSION_ID, serveRecordedHost } from './recorded-host.ts';
import { useBrowser } from './shared-browser.ts';

const browser = useBrowser();
let host: RecordedHost;
let page: Page;
let complaints: readonly string[];

const terminal = (): FrameLocator => page.frameLocator('iframe[title="What the terminal showed"]');
/** The player draws its text in elements of its own; what they say is what is on the screen. */
const screen = (text: string) => terminal().locator('.ap-term').filter({ hasText: text });
const commandOf = (text: string) => page.locator('.statement').filter({ hasText: text });

beforeAll(async () => {
  host = await serveRecordedHost(EARLY);
  ({ page, complaints } = await openWindow(browser.current));
});

afterAll(async () => {
  await host?.stop();
});

describe('a session with a host', () => {
  it('shows its terminal while it lives, with what was printed last', async () => {
    await page.goto(`${host.url}/sessions/${SESSION_ID}`);
    await screen('denied by rule no-recursive-delete').waitFor();
    await page.getByRole('heading', { name: 'Commands' }).waitFor();
    const denied = commandOf('rm -rf /srv/shop');
    expect(await denied.textContent()).toMatch(/Denied by\s+rule no-recursive-delete/);
  });

  it('goes on by itself, up to the end', async () => {
    host.append(LATER);
    await screen('restarted').waitFor();
    await page.getByText('Sealed.').waitFor();
    const held = commandOf('systemctl restart shop');
    expect(await held.textContent()).toMatch(/exit 0.*h-abcd2345.*by Bob Lindqvist/s);
  });

  it('has the marks as chapters', async () => {
    await page.reload();
    await terminal()
      .getByText(/^\d+ marks$/)
      .waitFor();
    await terminal().getByRole('button', { name: 'denied: rm -rf /srv/shop' }).click();
    await screen('order 4722 paid').waitFor();
  });

  it('begins at the moment that a link names, with what was idle cut short', async () => {
    await page.goto(`${host.url}/sessions/${SESSION_ID}?at=9100`);
    await screen('denied by rule no-recursive-delete').waitFor();
    expect(await terminal().locator('.ap-term').textContent()).not.toContain('restarted');
    expect(await page.locator('.statement-linked', { hasText: 'systemctl restart shop' }).count()).toBe(1);
  });

  it('folds what a command printed, without its colours', async () => {
    const output = commandOf('tail /var/log/shop.log').locator('details');
    expect(await output.getAttribute('open')).toBeNull();
    await output.getByText('Output, 12 lines').click();
    expect(await output.locator('pre').textContent()).toMatch(/^10:00 checkout: order 4711 paid\n/);
  });

  it('lists the files with size and digest, and says where there is none', async () => {
    const [down, up] = [page.locator('.file').first(), page.locator('.file').last()];
    expect(await down.textContent()).toMatch(/\/var\/log\/shop\.log.*downloaded, 3\.4 MiB.*9f86d081884c/s);
    expect(await up.textContent()).toMatch(/next\.tar.*uploaded, 812 bytes, not to its end.*no SHA-256/s);
  });

  it('finds commands by what they are, did and printed', async () => {
    const search = page.getByRole('searchbox', { name: 'Search these commands' });
    await search.fill('4711 tail');
    expect(await page.locator('.statement').count()).toBe(1);
    await search.fill('FORWARD db.internal');
    await commandOf('ssh-forward db.internal:5432').waitFor();
    await search.fill('no such thing');
    await page.getByText('No command has that in it').waitFor();
    await search.fill('');
  });

  it('is no wider than a phone, and never broke the content security policy', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(width).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
});

describe('a session with a host in which nothing was printed', () => {
  it('says so in the place of the terminal', async () => {
    const empty = await serveRecordedHost([...EARLY.slice(0, 1), ...LATER.slice(-1)]);
    await page.goto(`${empty.url}/sessions/${SESSION_ID}`);
    await terminal().getByText('Nothing was printed in this session.').waitFor();
    await page.getByText('No commands').waitFor();
    await empty.stop();
  });
});
