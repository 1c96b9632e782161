/** Messages on platforms that keep them themselves: each is sent once, however often and from wherever it is asked. */
import { after } from '../core/clock.ts';
import {
  claimChatPosting as claimRow,
  noteChatPosting as noteRow,
  type PostingKey,
} from '../store/operations/chat-postings.ts';
import type { AccessContext } from './context.ts';

export type { PostingKey } from '../store/operations/chat-postings.ts';

/** What is known of a message. */
export interface ChatPosting {
  /** Null until the platform has confirmed it. */
  readonly ref: string | null;
  readonly draft: string | null;
  /** When it was first sent with an outcome that nobody knows; null when it surely is not there. */
  readonly attemptedAt: Date | null;
  readonly claimedUntil: Date;
}

/**
 * Asks for the right to send a message; nobody else gets it for `claimMs`.
 * @returns what is known of it, and whether the caller may send it
 */
export async function claimChatPosting(
  context: AccessContext,
  input: PostingKey & {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly claimMs: number;
  },
): Promise<{ readonly claimed: boolean; readonly posting: ChatPosting }> {
  const now = context.clock.now();
  const { claimMs, ...posting } = input;
  const { claimed, row } = await claimRow(context.store.read(), {
    ...posting,
    now,
    until: after(now, claimMs),
  });
  const { ref = null, draft = null, attemptedAt = null, claimedUntil } = row;
  return { claimed, posting: { ref, draft, attemptedAt, claimedUntil } };
}

/** Remembers what became of an attempt to send it. */
export async function noteChatPosting(
  context: AccessContext,
  posting: PostingKey,
  outcome: Partial<ChatPosting>,
): Promise<void> {
  const { platform, key } = posting;
  await noteRow(context.store.read(), { platform, key }, outcome);
}
