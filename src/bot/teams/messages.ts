/**
 * Messages of Teams. A bot cannot look for what it has posted: where the outcome of an attempt is not known, the card is
 * posted again, since one that is there twice is better than none. What is pressed on the other one counts all the same.
 */
import type { AccessContext } from '../../access/context.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { postOnce } from '../post-once.ts';
import {
  type ConversationAddress,
  type OutgoingActivity,
  TEAMS_PLATFORM,
  type TeamsConnector,
} from './connector.ts';

export interface TeamsMessages {
  /**
   * @param message.to without the message that begins a thread
   * @throws as `ChatPlatform.post`
   */
  postOnce(message: {
    readonly to: ConversationAddress;
    readonly threadRef: string | null;
    readonly key: string;
    readonly activity: OutgoingActivity;
  }): Promise<{ readonly ref: string }>;

  /**
   * @param message.ref as `postOnce` has given it
   * @param message.canWait another edit follows soon anyway
   * @throws as `ChatPlatform.update`
   */
  edit(message: {
    readonly to: ConversationAddress;
    readonly ref: string;
    readonly activity: OutgoingActivity;
    readonly canWait?: boolean;
  }): Promise<void>;
}

/** Longer than all attempts of one message may take, with their waits. */
const CLAIM_MS = 90_000;

export function createTeamsMessages(access: AccessContext, connector: TeamsConnector): TeamsMessages {
  const edit: TeamsMessages['edit'] = async ({ to, ref, activity, canWait = false }) => {
    const { thread, message } = readRef(ref);
    await connector.update(inThread(to, thread), message, activity, { canWait }).catch(goneWhereBlocked);
  };

  return {
    postOnce: async ({ to, threadRef, key, activity }) => {
      const thread = threadRef === null ? null : threadOf(threadRef);
      const { conversation: channel } = to;
      const { ref, isNew } = await postOnce(
        access,
        { platform: TEAMS_PLATFORM, key, channel, threadRef },
        {
          claimMs: CLAIM_MS,
          find: async () => null,
          send: async (sending) => {
            await sending();
            const sent = await connector.send(inThread(to, thread), activity);
            return thread === null ? sent.ref : `${thread}/${sent.ref}`;
          },
        },
      );
      if (!isNew) await edit({ to, ref, activity });
      return { ref };
    },
    edit,
  };
}

/** Where a message stands that is a reply: what begins its thread, a slash, and its own id. */
function readRef(ref: string): { readonly thread: string | null; readonly message: string } {
  const [first = '', second] = ref.split('/');
  return second === undefined ? { thread: null, message: first } : { thread: first, message: second };
}

function threadOf(ref: string): string {
  const { thread, message } = readRef(ref);
  return thread ?? message;
}

function inThread(to: ConversationAddress, thread: string | null): ConversationAddress {
  return thread === null ? to : { ...to, conversation: `${to.conversation};messageid=${thread}` };
}

/** What was posted where the app is not any more stays as it is. */
function goneWhereBlocked(error: unknown): never {
  if (!isAppError(error, 'forbidden')) throw error;
  throw new AppError('not_found', error.message, { cause: error });
}
