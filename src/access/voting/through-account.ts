/**
 * Deciding through a linked chat account. Who could link an account while something waits could lend themselves the
 * vote of whoever was tricked into it: so an account decides only about what came after it was linked.
 */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Database } from '../../store/open-store.ts';
import { lockChatAccount } from '../../store/operations/chat-accounts.ts';
import type { VoteMatter } from './matter.ts';

/** @returns the refusal when the account became this person's only after the matter had been opened, or null */
export function linkedTooLate(
  voter: Identity,
  { noun, openedAt }: Pick<VoteMatter, 'noun' | 'openedAt'>,
): AppError | null {
  if (voter.kind !== 'person' || voter.through === undefined) return null;
  if (voter.through.linkedAt < openedAt) return null;
  return new AppError(
    'forbidden',
    `This chat account was linked to you after the ${noun} came up, so it does not decide about it. Decide on the page, where you sign in yourself.`,
  );
}

/**
 * @returns the refusal when the account is not this person's any more, or not still; null for who signed in
 *   themselves. Until the transaction ends it stays as it is
 */
export async function refusalOfAccount(db: Database, voter: Identity): Promise<AppError | null> {
  if (voter.kind !== 'person' || voter.through === undefined) return null;
  const { through } = voter;
  const row = await lockChatAccount(db, through);
  const same =
    row?.identity.id === voter.id &&
    (row.enterprise ?? null) === through.enterprise &&
    row.linkedAt.getTime() === through.linkedAt.getTime();
  if (same) return null;
  return new AppError('forbidden', 'This chat account is not linked to you any more. Link it: /access link');
}
