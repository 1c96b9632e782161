/** A real browser for the pages: one process, and a context of its own for every person. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, devices, type Page } from 'playwright-core';

/** The first takes half of the others' processor time: it has no window to draw in. */
const PROGRAMS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  // Pages are drawn by the processor in any case; this leaves out the graphics card that would be simulated for it.
  '--disable-software-rasterizer',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
];
const PATIENCE_MS = 20_000;

/** @throws when no Chromium is installed; Debian's package is `chromium-headless-shell` */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find((program) => existsSync(program));
  if (executablePath === undefined)
    throw new Error(`No browser at ${PROGRAMS.join(', ')}: install chromium-headless-shell.`);
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export interface BrowserPerson {
  readonly page: Page;
  /** What the browser complained about: scripts that threw, contents the security policy refused. */
  readonly complaints: readonly string[];
}

/** A window of its own, at no page yet. */
export async function openWindow(
  browser: Browser,
  { phone = false }: { readonly phone?: boolean } = {},
): Promise<BrowserPerson> {
  const context = await browser.newContext({
    ...(phone ? devices['iPhone 14'] : { viewport: { width: 1280, height: 900 } }),
    // What moves without end is drawn sixty times a second, in every window.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  return { page, complaints };
}

/** Opens `url` in a window of its own, signs in at the sample provider as `name`, and is back at `url`. */
export async function signIn(
  browser: Browser,
  options: { name: string; url: string; phone?: boolean },
): Promise<BrowserPerson> {
  const person = await openWindow(browser, options);
  await person.page.goto(options.url);
  await person.page.getByRole('button', { name: options.name }).click();
  await person.page.waitForURL(options.url);
  return person;
}

/** Types a line into the composer and sends it. */
export async function say(page: Page, line: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Message / });
  await composer.fill(line);
  await composer.press('Enter');
}
