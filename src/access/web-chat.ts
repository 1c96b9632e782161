/** Messages of a chat platform that keeps them with us. */
import type { ChatMessageRow } from '../store/entities/chat.ts';
import type { Subscription } from '../store/open-store.ts';
import {
  findChatMessage,
  findChatMessages,
  insertChatMessage as insertRow,
  listChatMessages as listRows,
  updateChatMessage as updateRow,
} from '../store/operations/chat-messages.ts';
import type { AccessContext } from './context.ts';

export interface StoredChatMessage {
  readonly id: string;
  readonly channel: string;
  readonly threadOf: string | null;
  /** The only person who may see it; null for everyone in the channel. */
  readonly audienceId: string | null;
  readonly author: { readonly id: string; readonly name: string } | null;
  readonly text: string;
  readonly card: unknown;
  readonly createdAt: Date;
  readonly editedAt: Date | null;
}

const MESSAGES_LIMIT_MAX = 200;

/** @param input.key posting twice under one key gives the first message */
export async function insertChatMessage(
  context: AccessContext,
  input: Omit<StoredChatMessage, 'id' | 'createdAt' | 'editedAt'> & { readonly key: string },
): Promise<StoredChatMessage> {
  const createdAt = context.clock.now();
  return context.store.transaction(async (db) => stored(await insertRow(db, { ...input, createdAt })));
}

/** @returns the changed message, or null when there is none of this id */
export async function updateChatMessage(
  context: AccessContext,
  input: { id: string; text: string; card: unknown },
): Promise<StoredChatMessage | null> {
  const at = context.clock.now();
  const row = await context.store.transaction((db) => updateRow(db, { ...input, at }));
  return row === null ? null : stored(row);
}

/** The newest messages of a channel that the viewer may see; oldest first. */
export async function listChatMessages(
  context: AccessContext,
  input: { channel: string; viewerId: string; before?: string; limit: number },
): Promise<StoredChatMessage[]> {
  const limit = Math.min(input.limit, MESSAGES_LIMIT_MAX);
  const rows = await listRows(context.store.read(), { ...input, limit });
  return rows.map(stored);
}

/** Those of these messages that are in the channel and that the viewer may see, in no particular order. */
export async function readChatMessages(
  context: AccessContext,
  input: { channel: string; viewerId: string; ids: readonly string[] },
): Promise<StoredChatMessage[]> {
  return (await findChatMessages(context.store.read(), input)).map(stored);
}

/**
 * Every message that is new or edited, after its commit, on every replica.
 * @param watcher.onGap called when some may have been missed: the connection was lost and is there again
 */
export async function watchChatMessages(
  context: AccessContext,
  watcher: { readonly onMessage: (message: StoredChatMessage) => void; readonly onGap: () => void },
): Promise<Subscription> {
  const { onMessage, onGap } = watcher;
  return context.store.listen('sallyport_chat', (id) => {
    if (id === null) {
      onGap();
      return;
    }
    findChatMessage(context.store.read(), { id })
      .then((row) => {
        if (row !== null) onMessage(stored(row));
      })
      .catch(() => onGap());
  });
}

function stored(row: ChatMessageRow): StoredChatMessage {
  return {
    id: row.id,
    channel: row.channel,
    threadOf: row.threadOf ?? null,
    audienceId: row.audienceId ?? null,
    author: row.author ?? null,
    text: row.text,
    card: row.card ?? null,
    createdAt: row.createdAt,
    editedAt: row.editedAt ?? null,
  };
}
