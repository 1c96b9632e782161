import { ChatMessageRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const readMessages = rowReader(ChatMessageRow, { alias: 'm', with: [] });

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
  const [inserted] = rows;
  if (inserted !== undefined) await announce(db, inserted.id);
  const [row] = await readMessages(db, { where: 'm.key = ?', values: [message.key] });
  if (row === undefined) throw new Error('a chat message is not there although its key is taken');
  return row;
}

export async function updateChatMessage(
  db: Database,
  change: { id: string; text: string; card: unknown; at: Date },
): Promise<ChatMessageRow | null> {
  const changed = await db.execute<object[]>(
    `with changed as (update chat_message set text = ?, card = ?::jsonb, edited_at = ? where id = ? returning id)
     select pg_notify('sallyport_chat', id::text) from changed`,
    [
      change.text,
      change.card === null ? null : JSON.stringify(change.card),
      change.at.toISOString(),
      change.id,
    ],
  );
  return changed.length === 0 ? null : findChatMessage(db, { id: change.id });
}

export async function findChatMessage(db: Database, options: { id: string }): Promise<ChatMessageRow | null> {
  const [found] = await readMessages(db, { where: 'm.id = ?', values: [options.id] });
  return found ?? null;
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

export async function findChatMessages(
  db: Database,
  options: { channel: string; viewerId: string; ids: readonly string[] },
): Promise<readonly ChatMessageRow[]> {
  const { channel, viewerId, ids } = options;
  return db.find(
    ChatMessageRow,
    { id: { $in: [...ids] }, channel, $or: [{ audienceId: null }, { audienceId: viewerId }] },
    { disableIdentityMap: true },
  );
}

/** Listeners get the id after the commit. */
async function announce(db: Database, id: string): Promise<void> {
  await db.execute(`select pg_notify('sallyport_chat', ?)`, [id]);
}
