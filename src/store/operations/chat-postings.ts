import { ChatPostingRow } from '../entities/chat-posting.ts';
import type { Database } from '../open-store.ts';

export interface PostingKey {
  readonly platform: string;
  readonly key: string;
}

/**
 * Claims a posting for whoever asks first, until `until`: a new one, or one that is not confirmed and that nobody
 * is at.
 * @returns the posting as it is now, and whether the caller may send it
 */
export async function claimChatPosting(
  db: Database,
  posting: PostingKey & {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly now: Date;
    readonly until: Date;
  },
): Promise<{ readonly claimed: boolean; readonly row: ChatPostingRow }> {
  const { platform, key, now, until } = posting;
  const claimed = await db.execute<{ key: string }[]>(
    `insert into chat_posting as known (platform, key, channel, thread_ref, claimed_until, created_at)
     values (?, ?, ?, ?, ?, ?)
     on conflict (platform, key) do update set claimed_until = excluded.claimed_until
       where known.ref is null and known.claimed_until <= excluded.created_at
     returning key`,
    [platform, key, posting.channel, posting.threadRef, until.toISOString(), now.toISOString()],
  );
  const row = await db.findOneOrFail(ChatPostingRow, { platform, key }, { disableIdentityMap: true });
  return { claimed: claimed.length > 0, row };
}

/** Remembers what became of an attempt. A posting that is confirmed stays so. */
export async function noteChatPosting(
  db: Database,
  posting: PostingKey,
  outcome: Partial<Pick<ChatPostingRow, 'ref' | 'draft' | 'attemptedAt' | 'claimedUntil'>>,
): Promise<void> {
  const { platform, key } = posting;
  await db.nativeUpdate(ChatPostingRow, { platform, key, ref: null }, outcome);
}

/** A posting this old is known to whoever needs it, or to nobody. */
export async function deleteOldChatPostings(db: Database, options: { before: Date }): Promise<void> {
  await db.nativeDelete(ChatPostingRow, { createdAt: { $lt: options.before } });
}
