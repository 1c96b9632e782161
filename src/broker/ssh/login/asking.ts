/**
 * The login that asks: what is wanted, the request, and what becomes of it, on the terminal of whoever logs in. Nothing
 * is posted before every question was answered; whoever leaves takes back what they have asked for.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  askAtLogin,
  cancelAtLogin,
  findOrTakeLogin,
  type LoginEnd,
  type LoginNews,
  watchLogin,
} from '../../../access/ask-at-login.ts';
import type { HostLogin, LoginWish } from '../../../access/host-login.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import type { BrokerServices } from '../../services.ts';
import type { Deadline } from './deadline.ts';
import { oneLine } from './one-line.ts';
import type { Prompter } from './prompter.ts';
import { askWhatIsWanted, type Wanted } from './questions.ts';

const ROUNDS_MAX = 3;
/** Whether the client is still there; a network that is gone says nothing. */
const ALIVE_EVERY_MS = 15_000;
const ALIVE_MS_MAX = 30_000;

export interface Asking {
  readonly services: Pick<BrokerServices, 'access' | 'logger'>;
  readonly prompter: Prompter;
  readonly wish: LoginWish;
  readonly deadline: Deadline;
  /** The client left, or began another attempt. */
  readonly gone: AbortSignal;
  /** The client does not answer any more. */
  readonly onSilent: () => void;
}

/** @returns null when the client is gone */
export async function askForAccess(asking: Asking): Promise<LoginEnd | null> {
  const { services, wish } = asking;
  // What was found with the key may be over, and what was not there may be there.
  const found = await findOrTakeLogin(services.access, wish);
  switch (found.kind) {
    case 'granted':
    case 'refused':
      return found;
    case 'preparing':
    case 'pending':
      return wait(asking, { requestId: found.requestId, isOwn: false });
    case 'can-ask': {
      const asked = await ask(asking, found);
      return typeof asked === 'string' ? wait(asking, { requestId: asked, isOwn: true }) : asked;
    }
  }
}

/** @returns the id of the request; null when the client is gone */
async function ask(
  { services, prompter, wish, deadline, gone }: Asking,
  { roles, resource }: Extract<HostLogin, { kind: 'can-ask' }>,
): Promise<string | LoginEnd | null> {
  const key = randomUUID();
  let note = `You have no access to ${oneLine(resource)} now. Answer to ask for it; Ctrl-C leaves.`;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const wanted: Wanted | null = await askWhatIsWanted(prompter, { roles, note });
    if (gone.aborted) return null;
    if (wanted === null) break;
    deadline.restart();
    try {
      const request = await askAtLogin(services.access, { ...wanted, by: wish.by, resource, key });
      return request.id;
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (error.code !== 'invalid_input') return { kind: 'refused', message: error.message };
      note = oneLine(error.message);
    }
  }
  return { kind: 'refused', message: 'Nothing was asked for: the answers could not be used.' };
}

async function wait(
  asking: Asking,
  request: { readonly requestId: string; readonly isOwn: boolean },
): Promise<LoginEnd | null> {
  const { services, prompter, deadline, gone } = asking;
  const { requestId, isOwn } = request;
  const telling = tellNews(prompter, request);
  const watch = watchLogin(services.access, { requestId, onNews: telling });
  const over = new AbortController();
  const stop = (): void => watch.stop();
  gone.addEventListener('abort', stop, { once: true });
  if (gone.aborted) stop();
  // It ends with the request, which the policy limits.
  deadline.suspend();
  void watchClient(asking, over.signal);
  try {
    const end = await watch.ended;
    if (end !== null && !gone.aborted) return end;
  } finally {
    over.abort();
    gone.removeEventListener('abort', stop);
    deadline.restart();
    watch.stop();
  }
  if (isOwn) await takeBack(asking, requestId);
  return null;
}

function tellNews(
  prompter: Prompter,
  { requestId, isOwn }: { readonly requestId: string; readonly isOwn: boolean },
): (news: LoginNews) => void {
  let known: string | null = null;
  return ({ waitingFor, votes }) => {
    if (known === null)
      prompter.tell(
        isOwn
          ? `Asked as ${requestId}. Ctrl-C gives up.`
          : `${requestId} is asked already. Ctrl-C leaves it.`,
      );
    for (const { person, verdict, note } of votes) {
      const what = verdict === 'approve' ? 'approved' : 'denied';
      prompter.tell(oneLine(`${person.name} ${what}${note === null ? '' : `: ${note}`}`));
    }
    if (waitingFor !== '' && waitingFor !== known)
      prompter.tell(`${oneLine(waitingFor).replace(/^./u, (first) => first.toUpperCase())}...`);
    known = waitingFor;
  };
}

async function watchClient({ prompter, onSilent }: Asking, over: AbortSignal): Promise<void> {
  const pause = (durationMs: number): Promise<unknown> =>
    sleep(durationMs, undefined, { ref: false, signal: over }).catch(() => undefined);
  for (;;) {
    await pause(ALIVE_EVERY_MS);
    if (over.aborted) return;
    const answered = prompter.isThere().then(() => true);
    const isThere = await Promise.race([answered, pause(ALIVE_MS_MAX).then(() => over.aborted)]);
    if (!isThere) return onSilent();
  }
}

/** A fault here leaves a request that lapses by itself. */
async function takeBack({ services, wish }: Asking, requestId: string): Promise<void> {
  try {
    await cancelAtLogin(services.access, { requestId, by: wish.by });
  } catch (error) {
    services.logger.error({ requestId, problem: messageOf(error) }, 'taking a request back failed');
  }
}
