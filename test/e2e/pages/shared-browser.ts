/** One browser for all files of a worker: to start it takes longer than most of what is done in it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser } from './browser.ts';

/** It ends with the worker. */
let launched: Promise<Browser> | null = null;

/** The browser before the block's tests, and none of its windows after them. Read the result inside tests only. */
export function useBrowser(): { readonly current: Browser } {
  let browser: Browser | null = null;
  beforeAll(async () => {
    launched ??= launchBrowser();
    browser = await launched;
  });
  afterAll(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  return {
    get current() {
      if (browser === null) throw new Error('The browser is there only while tests run.');
      return browser;
    },
  };
}
