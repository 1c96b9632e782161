import { RequestCommentRow } from '../entities/access.ts';
import type { Database } from '../open-store.ts';

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
  return db.find(
    RequestCommentRow,
    { request: { $in: [...options.requestIds] } },
    { populate: ['author'], orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
}
