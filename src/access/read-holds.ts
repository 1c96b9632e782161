/** Questions that people ask about held commands. Their texts are evidence: not everybody may read them. */
import { AppError } from '../core/errors.ts';
import type { HoldState } from '../core/hold.ts';
import type { Identity } from '../core/identity.ts';
import { listHolds as listRows } from '../store/operations/holds.ts';
import type { AccessContext } from './context.ts';
import { holdViews } from './hold-views.ts';
import { scopeOf } from './rights.ts';
import type { HoldView } from './views.ts';

/** Each can be a megabyte long. */
const LIMIT_MAX = 50;

/**
 * The session's holder, whoever may oversee it, and those who are asked may see a hold.
 * @param input.viewer null for the system itself
 * @throws AppError `not_found`, also when the viewer may not see it: ids tell nothing
 */
export async function readHold(
  context: AccessContext,
  input: { id: string; viewer: Identity | null },
): Promise<HoldView> {
  const { id, viewer } = input;
  const db = context.store.read();
  const rows = await listRows(db, { id, visibleTo: await scopeOf(context, viewer), limit: 1 });
  const [view] = await holdViews(db, rows);
  if (view === undefined) {
    throw new AppError('not_found', `There is no held command ${id.slice(0, 40)} that you may see.`);
  }
  return view;
}

/** Those that the viewer may see, newest first; at most 50. */
export async function listHolds(
  context: AccessContext,
  input: { viewer: Identity; state?: HoldState; sessionId?: string; holderId?: string; limit?: number },
): Promise<HoldView[]> {
  const { viewer, limit = LIMIT_MAX, ...filter } = input;
  const db = context.store.read();
  const rows = await listRows(db, {
    ...filter,
    visibleTo: await scopeOf(context, viewer),
    limit: Math.min(Math.max(1, limit), LIMIT_MAX),
  });
  return holdViews(db, rows);
}
