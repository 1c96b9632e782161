import { CardCopyRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';

export interface CardCopyKey {
  readonly subject: 'request' | 'grant' | 'session';
  readonly subjectId: string;
}

export interface CardCopy extends CardCopyKey {
  readonly platform: string;
  readonly channel: string;
  readonly ref: string;
  readonly threadRef: string | null;
  readonly renderedSha256: string;
}

/** Every place where the subject's card has been posted. */
export async function listCardCopies(db: Database, key: CardCopyKey): Promise<readonly CardCopy[]> {
  const rows = await db.find(
    CardCopyRow,
    { subject: key.subject, subjectId: key.subjectId },
    { disableIdentityMap: true },
  );
  return rows.map((row) => ({
    subject: row.subject,
    subjectId: row.subjectId,
    platform: row.platform,
    channel: row.channel,
    ref: row.ref,
    threadRef: row.threadRef ?? null,
    renderedSha256: row.renderedSha256,
  }));
}

export async function saveCardCopy(db: Database, copy: CardCopy): Promise<void> {
  await db.upsert(CardCopyRow, copy, { onConflictFields: ['subject', 'subjectId', 'platform', 'channel'] });
}
