/** Breaking the glass again and again, while nobody has looked at the times before, is no emergency any more. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Database } from '../store/open-store.ts';
import { listOpenReviewsOf } from '../store/operations/reviews.ts';

/** Where the policy says nothing. */
const OPEN_MAX_DEFAULT = 3;
const LISTED_MAX = 5;

/**
 * The refusal of whoever has as many open reviews as the policy lets them, on all of their accounts, or null. Until
 * the transaction ends nobody else takes emergency access in their name.
 * @param input.openMax from the policy; three when left out
 */
export async function refusalWhileUnreviewed(
  db: Database,
  input: { holder: Identity; openMax: number | undefined },
): Promise<AppError | null> {
  const { holder, openMax = OPEN_MAX_DEFAULT } = input;
  if (holder.kind !== 'person') return null;
  const open = await listOpenReviewsOf(db, { email: holder.email });
  if (open.length < openMax) return null;
  const listed = open.slice(0, LISTED_MAX).join(', ') + (open.length > LISTED_MAX ? ', …' : '');
  const count = open.length === 1 ? 'A review' : `${open.length} reviews`;
  return new AppError(
    'forbidden',
    `${count} of emergency access that you took before ${open.length === 1 ? 'is' : 'are'} still open (${listed}), and at most ${openMax} may be. Have one of them decided, or ask for access in the ordinary way.`,
  );
}
