import { RequestCommentRow } from '../entities/access.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const readComments = rowReader(RequestCommentRow, { alias: 'c', with: ['author'] });

export async function insertComment(
  db: Database,
  comment: { requestId: string; authorId: string; text: string; platform: string; createdAt: Date },
): Promise<void> {
  const { requestId, authorId, ...rest } = comment;
  await db.insert(RequestCommentRow, { ...rest, request: requestId, author: authorId });
}

/** Oldest first. */
export async function listComments(
  db: Database,
  options: { requestIds: readonly string[] },
): Promise<readonly RequestCommentRow[]> {
  if (options.requestIds.length === 0) return [];
  return readComments(db, {
    where: 'c.request_id in (select jsonb_array_elements_text(?::jsonb))',
    values: [JSON.stringify(options.requestIds)],
    orderBy: 'c.id',
  });
}
