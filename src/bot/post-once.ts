/**
 * One message for each key, on platforms that know no such thing. A posting is claimed in our store before anything is
 * sent. Where the outcome of an attempt is not known, nobody sends it again before the platform had time to show it,
 * and then only when it is not found there.
 */
import {
  type ChatPosting,
  claimChatPosting,
  noteChatPosting,
  type PostingKey,
} from '../access/chat-postings.ts';
import type { AccessContext } from '../access/context.ts';
import { after } from '../core/clock.ts';
import { AppError, isAppError } from '../core/errors.ts';

/** The platform may still be at what we gave up waiting for. */
const SETTLE_MS = 5_000;

export interface PostingSteps {
  /** For how long nobody else sends it: longer than `find` and `send` may take together. */
  readonly claimMs: number;
  /**
   * Looks for what an earlier attempt may have sent.
   * @returns its reference; null when it is not there
   */
  find(earlier: ChatPosting): Promise<string | null>;
  /**
   * Sends it. A failure whose context has `uncertain` may have sent it all the same.
   * @param sending to be called when the next call can make it seen, so that a process that dies then is not taken for
   *   one that never sent it; `draft` is what `find` will know it by
   * @returns its reference
   */
  send(sending: (draft?: string) => Promise<void>): Promise<string>;
}

/**
 * @returns the reference of the message that has this key; `isNew` is false for one that was there before, which may
 *   show something older
 * @throws AppError `rate_limited` with `retryAfterSeconds` while somebody else sends it; and whatever the steps throw
 */
export async function postOnce(
  access: AccessContext,
  posting: PostingKey & { readonly channel: string; readonly threadRef: string | null },
  steps: PostingSteps,
): Promise<{ readonly ref: string; readonly isNew: boolean }> {
  const { platform, key, channel, threadRef } = posting;
  const note = (outcome: Partial<ChatPosting>) => noteChatPosting(access, { platform, key }, outcome);
  const { claimMs } = steps;
  const { claimed, posting: known } = await claimChatPosting(access, {
    ...{ platform, key, channel, threadRef },
    claimMs,
  });
  if (known.ref !== null) return { ref: known.ref, isNew: false };
  if (!claimed) throw beingPosted(known, access);
  const sent = await attempt(known, { steps, note, access });
  // Outside the attempt: a message whose reference cannot be kept is there all the same, and will be found.
  await note({ ref: sent.ref });
  return sent;
}

async function attempt(
  known: ChatPosting,
  { steps, note, access }: AttemptContext,
): Promise<{ readonly ref: string; readonly isNew: boolean }> {
  const sending = (draft?: string): Promise<void> => {
    const attemptedAt = known.attemptedAt ?? access.clock.now();
    return note(draft === undefined ? { attemptedAt } : { attemptedAt, draft });
  };
  try {
    const found = known.attemptedAt === null ? null : await steps.find(known);
    return { ref: found ?? (await steps.send(sending)), isNew: found === null };
  } catch (error) {
    const now = access.clock.now();
    await note(
      surelyFailed(error)
        ? { claimedUntil: now, attemptedAt: known.attemptedAt }
        : { claimedUntil: after(now, SETTLE_MS) },
    );
    throw error;
  }
}

interface AttemptContext {
  readonly steps: PostingSteps;
  readonly note: (outcome: Partial<ChatPosting>) => Promise<void>;
  readonly access: AccessContext;
}

/** False when the platform may have done what it did not confirm. */
function surelyFailed(error: unknown): boolean {
  return isAppError(error) && error.context['uncertain'] !== true;
}

function beingPosted({ claimedUntil }: ChatPosting, access: AccessContext): AppError {
  const waitMs = Math.max(claimedUntil.getTime() - access.clock.now().getTime(), 0);
  return new AppError('rate_limited', 'It is being posted already.', {
    context: { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) },
  });
}
