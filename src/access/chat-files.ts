/** Files of our own chat page: kept with its messages, for whoever may read their channel. */
import { createHash } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { findChatFile, insertChatFile } from '../store/operations/chat-documents.ts';
import type { AccessContext } from './context.ts';

export interface StoredChatFile {
  readonly id: string;
  readonly channel: string;
  /** With its extension. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @param file.key a file is kept once for each. @returns its id */
export async function storeChatFile(
  context: AccessContext,
  file: { key: string; channel: string; name: string; bytes: Uint8Array },
): Promise<string> {
  const id = createHash('sha256').update(file.key).digest('hex');
  await insertChatFile(context.store.read(), { ...file, id, createdAt: context.clock.now() });
  return id;
}

/** @throws AppError `not_found` */
export async function readChatFile(context: AccessContext, input: { id: string }): Promise<StoredChatFile> {
  const row = await findChatFile(context.store.read(), input);
  if (row === null) throw new AppError('not_found', 'There is no such file.');
  const { id, channel, name, bytes } = row;
  return { id, channel, name, bytes };
}
