import { readUsualWait } from '../store/operations/usual-wait.ts';
import type { AccessContext } from './context.ts';

const SINCE_MS = 30 * 86_400_000;
const LATEST = 50;
/** Of fewer, the next is not to be told. */
const COUNT_MIN = 3;

/**
 * How long approval of such a request usually takes: the median of the last 30 days.
 * @returns milliseconds; null when too few were approved by people to say
 */
export async function usualWait(
  context: Pick<AccessContext, 'store' | 'clock'>,
  asked: { readonly resource: string; readonly role: string },
): Promise<number | null> {
  const since = new Date(context.clock.now().getTime() - SINCE_MS);
  const wait = await readUsualWait(context.store.read(), { ...asked, since, latest: LATEST });
  return wait.count < COUNT_MIN ? null : wait.medianMs;
}
