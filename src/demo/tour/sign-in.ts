import type { CastName } from '../cast.ts';
import { Browser, unexpected } from './browser.ts';

/**
 * Signs a person in as they would: Sallyport's login, the identity provider's page, and back.
 * @returns the browser that now holds their session
 * @throws AppError `upstream_failed` when it ends anywhere but on the chat page
 */
export async function signIn(options: { publicUrl: string; username: CastName }): Promise<Browser> {
  const browser = new Browser();
  const choice = await browser.visit(new URL('/auth/login?returnTo=/chat', options.publicUrl));
  if (choice.status !== 200 || !choice.text.includes('name="username"')) throw unexpected(choice);
  const landed = await browser.submit(choice.url, { username: options.username });
  if (landed.status !== 200 || landed.url.pathname !== '/chat') throw unexpected(landed);
  return browser;
}
