/** What the jobs may have missed, found in the state itself. The sweep is the truth; a job is a hint. */

import { listCardsBehind } from '../store/operations/cards.ts';
import { listEphemeralRolesToDrop } from '../store/operations/ephemeral-roles.ts';
import { listGrantsToSettle } from '../store/operations/grants.ts';
import { listLapsedHolds } from '../store/operations/holds.ts';
import { deleteExpiredWebSessions } from '../store/operations/identities.ts';
import { listLapsedRequests } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import type { CardSubject } from './ports.ts';

const LIMIT = 500;
/** Each may wait for a target that does not answer. */
const ROLES_LIMIT = 10;

export interface Overdue {
  readonly lapsedRequests: readonly string[];
  readonly lapsedHolds: readonly string[];
  readonly expiredGrants: readonly string[];
  readonly grantsToIssue: readonly string[];
  /** Grants that ended and left a login role on their target. */
  readonly rolesToDrop: readonly string[];
  /** Cards that are missing, or whose subject may have changed since. */
  readonly cards: readonly { readonly subject: CardSubject; readonly id: string }[];
}

/** Everything whose time has come, whether or not a job remembers it. */
export async function findOverdue(context: AccessContext): Promise<Overdue> {
  const now = context.clock.now();
  const db = context.store.read();
  await deleteExpiredWebSessions(db, { now });
  const grants = await listGrantsToSettle(db, { now, limit: LIMIT });
  return {
    lapsedRequests: await listLapsedRequests(db, { now, limit: LIMIT }),
    lapsedHolds: await listLapsedHolds(db, { now, limit: LIMIT }),
    expiredGrants: grants.expired,
    grantsToIssue: grants.issuing,
    rolesToDrop: await listEphemeralRolesToDrop(db, { now, limit: ROLES_LIMIT }),
    cards: await listCardsBehind(db, { now, limit: LIMIT }),
  };
}
