/**
 * Takes the pictures of docs/slack.md: `node scripts/take-slack-pictures.ts`. What they show are the blocks that
 * would be sent to Slack for these cards, drawn about as a phone draws them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../test/e2e/pages/browser.ts';
import { drawMessage, drawView } from '../test/support/slack/block-kit-page.ts';
import { SAMPLE_MESSAGES, SAMPLE_VIEWS } from '../test/support/slack/sample-blocks.ts';

const IMAGES = process.argv[2] ?? fileURLToPath(new URL('../docs/images/', import.meta.url));
const PHONE = { width: 360, height: 200 };
/** What is longer goes on below: the picture shows where it begins. */
const HEIGHT_MAX = 1_150;

mkdirSync(IMAGES, { recursive: true });
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 1.5 });
  const pages = new Map([
    ...Object.entries(SAMPLE_MESSAGES).map(([name, message]) => [name, drawMessage(message)] as const),
    ...Object.entries(SAMPLE_VIEWS).map(([name, view]) => [name, drawView(view)] as const),
  ]);
  for (const [name, html] of pages) {
    await page.setContent(html);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...PHONE, height: Math.min(height, HEIGHT_MAX) });
    await page.screenshot({ path: join(IMAGES, `slack-${name}.png`) });
    await page.setViewportSize(PHONE);
  }
} finally {
  await browser.close();
}
