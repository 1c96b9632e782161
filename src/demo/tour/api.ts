/** `/api/v1` as the pages ask it. */
import { type Browser, unexpected } from './browser.ts';

/** @throws AppError `upstream_failed` unless it is answered with 200 */
export async function readApi<T>(from: { browser: Browser; publicUrl: string }, path: string): Promise<T> {
  const answer = await from.browser.ask(new URL(`/api/v1/${path}`, from.publicUrl));
  if (answer.status !== 200) throw unexpected(answer);
  return JSON.parse(answer.text) as T;
}
