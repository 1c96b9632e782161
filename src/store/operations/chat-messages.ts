import { ChatMessageRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';

export interface NewChatMessage {
  readonly key: string;
  readonly channel: string;
  readonly threadOf: string | null;
  readonly audienceId: string | null;
  readonly author: { readonly id: string; readonly name: string } | null;
  readonly text: string;
  readonly card: unknown;
  readonly createdAt: Date;
}

/** Inserts the message, or finds the one that was inserted under the same key before. */
export async function insertChatMessage(db: Database, message: NewChatMessage): Promise<ChatMessageRow> {
  const rows = await db.execute<{ id: string }[]>(
    `insert into chat_message (key, channel, thread_of, audience_id, author, text, card, created_at)
     values (?, ?, ?, ?, ?::jsonb, ?, ?::jsonb, ?) on conflict (key) do nothing returning id`,
    [
      message.key,
      message.channel,
      message.threadOf,
      message.audienceId,
      message.author === null ? null : JSON.stringify(message.author),
      message.text,
      message.card === null ? null : JSON.stringify(message.card),
      message.createdAt.toISOString(),
    ],
  );
  const row = await db.findOneOrFail(ChatMessageRow, { key: message.key }, { disableIdentityMap: true });
  if (rows.length > 0) await announce(db, row.id);
  return row;
}

export async function updateChatMessage(
  db: Database,
  change: { id: string; text: string; card: unknown; at: Date },
): Promise<ChatMessageRow | null> {
  const changed = await db.nativeUpdate(
    ChatMessageRow,
    { id: change.id },
    { text: change.text, card: change.card, editedAt: change.at },
  );
  if (changed === 0) return null;
  await announce(db, change.id);
  return findChatMessage(db, { id: change.id });
}

export async function findChatMessage(db: Database, options: { id: string }): Promise<ChatMessageRow | null> {
  return db.findOne(ChatMessageRow, { id: options.id }, { disableIdentityMap: true });
}

/** The newest `limit` messages of a channel before `before`, that the viewer may see; oldest first. */
export async function listChatMessages(
  db: Database,
  options: { channel: string; viewerId: string; before?: string; limit: number },
): Promise<readonly ChatMessageRow[]> {
  const rows = await db.find(
    ChatMessageRow,
    {
      channel: options.channel,
      $or: [{ audienceId: null }, { audienceId: options.viewerId }],
      ...(options.before === undefined ? {} : { id: { $lt: options.before } }),
    },
    { orderBy: { id: 'desc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.toReversed();
}

/** Listeners get the id after the commit. */
async function announce(db: Database, id: string): Promise<void> {
  await db.execute(`select pg_notify('sallyport_chat', ?)`, [id]);
}
