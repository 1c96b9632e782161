import type { ChatDocumentRow as Row } from '../entities/chat-document.ts';
import { ChatDocumentRow, ChatFileRow } from '../entities/chat-document.ts';
import type { Database } from '../open-store.ts';

/** @returns false when it was asked for under this key before; nothing is written then */
export async function insertChatDocument(
  db: Database,
  document: {
    id: string;
    kind: Row['kind'];
    subjectId: string;
    platform: string;
    channel: string;
    askedById: string;
    askedAt: Date;
    idempotencyKey: string;
  },
): Promise<boolean> {
  const rows = await db.execute<{ id: string }[]>(
    `insert into chat_document (id, kind, subject_id, platform, channel, asked_by_id, asked_at, idempotency_key)
     values (?, ?, ?, ?, ?, ?, ?::timestamptz, ?) on conflict (idempotency_key) do nothing returning id`,
    [
      document.id,
      document.kind,
      document.subjectId,
      document.platform,
      document.channel,
      document.askedById,
      document.askedAt.toISOString(),
      document.idempotencyKey,
    ],
  );
  return rows.length > 0;
}

export async function findChatDocument(db: Database, options: { id: string }): Promise<Row | null> {
  return db.findOne(ChatDocumentRow, options, { populate: ['askedBy'], disableIdentityMap: true });
}

export async function setChatDocumentPosted(db: Database, options: { id: string; at: Date }): Promise<void> {
  await db.nativeUpdate(ChatDocumentRow, { id: options.id, postedAt: null }, { postedAt: options.at });
}

/** Those asked for between the two moments that were not posted. */
export async function listChatDocumentsToPost(
  db: Database,
  options: { after: Date; before: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    ChatDocumentRow,
    { postedAt: null, askedAt: { $gt: options.after, $lte: options.before } },
    { fields: ['id'], orderBy: { askedAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** A file of our own chat page. A key that was used before keeps its first file. */
export async function insertChatFile(
  db: Database,
  file: { id: string; key: string; channel: string; name: string; bytes: Uint8Array; createdAt: Date },
): Promise<void> {
  await db.execute(
    `insert into chat_file (id, key, channel, name, bytes, created_at)
     values (?, ?, ?, ?, decode(?, 'base64'), ?::timestamptz) on conflict do nothing`,
    [
      file.id,
      file.key,
      file.channel,
      file.name,
      Buffer.from(file.bytes).toString('base64'),
      file.createdAt.toISOString(),
    ],
  );
}

export async function findChatFile(db: Database, options: { id: string }): Promise<ChatFileRow | null> {
  return db.findOne(ChatFileRow, options, { disableIdentityMap: true });
}
