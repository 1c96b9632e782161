/** What is granted already, and has a target to be prepared on: a matter of seconds. */
import { type LoginEnd, watchLogin } from '../../../access/ask-at-login.ts';
import type { AccessContext } from '../../../access/context.ts';

const PREPARATION_MS_MAX = 30_000;

/** @returns null when the client has left */
export async function awaitPreparation(
  access: AccessContext,
  options: { readonly requestId: string; readonly left: AbortSignal },
): Promise<LoginEnd | null> {
  const { requestId, left } = options;
  let waitingFor = '';
  const watch = watchLogin(access, { requestId, onNews: (news) => (waitingFor = news.waitingFor) });
  const late = setTimeout(watch.stop, PREPARATION_MS_MAX);
  left.addEventListener('abort', watch.stop);
  try {
    if (left.aborted) watch.stop();
    const end = await watch.ended;
    if (end !== null || left.aborted) return end;
    return {
      kind: 'refused',
      message: `${requestId} is not ready: ${waitingFor}. Connect again in a moment.`,
    };
  } finally {
    clearTimeout(late);
    left.removeEventListener('abort', watch.stop);
  }
}
