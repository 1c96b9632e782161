/**
 * Takes the pictures of docs/teams.md: `node scripts/take-teams-pictures.ts`. What they show are the cards that would
 * be sent to Teams, drawn by Microsoft's own library. With a directory and `all`, every card in every look goes there.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../test/e2e/pages/browser.ts';
import { SAMPLES } from '../test/support/teams/sample-adaptive-cards.ts';
import { drawCard } from './draw-adaptive-card.ts';

const [directory = fileURLToPath(new URL('../docs/images/', import.meta.url)), which] = process.argv.slice(2);
const IN_DOCS = new Set(['request', 'everybody', 'deny', 'command', 'grant', 'connection', 'session', 'ask']);
const PHONE = { width: 360, height: 200 };
const DESKTOP = { width: 720, height: 200 };
/** What is longer goes on below: the picture shows where it begins. */
const HEIGHT_MAX = 1_150;
const LOOKS = [
  { suffix: '', viewport: PHONE, theme: 'light' },
  { suffix: '-dark', viewport: PHONE, theme: 'dark' },
  { suffix: '-desktop', viewport: DESKTOP, theme: 'light' },
  { suffix: '-desktop-dark', viewport: DESKTOP, theme: 'dark' },
] as const;

mkdirSync(directory, { recursive: true });
const browser = await launchBrowser();
try {
  const page = await browser.newPage({
    deviceScaleFactor: 1.5,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  });
  for (const { suffix, viewport, theme } of which === 'all' ? LOOKS : LOOKS.slice(0, 1)) {
    for (const [name, drawn] of Object.entries(SAMPLES)) {
      if (which !== 'all' && !IN_DOCS.has(name)) continue;
      await page.setViewportSize(viewport);
      await drawCard(page, drawn, theme);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...viewport, height: Math.min(height, HEIGHT_MAX) });
      await page.screenshot({ path: join(directory, `teams-${name}${suffix}.png`) });
    }
  }
} finally {
  await browser.close();
}
