import { AppError } from '../core/errors.ts';
import type { DelegationRow } from '../store/entities/delegation.ts';
import type { Database } from '../store/open-store.ts';
import { findDelegation } from '../store/operations/delegations.ts';
import type { AccessContext } from './context.ts';
import { partyOf } from './read-views.ts';
import { askForJob } from './record.ts';
import type { DelegationView } from './views.ts';

export function delegationView(row: DelegationRow): DelegationView {
  return {
    id: row.id,
    from: partyOf(row.from),
    to: partyOf(row.to),
    createdAt: row.createdAt,
    acceptedAt: row.acceptedAt ?? null,
    until: row.until,
    endedAt: row.endedAt ?? null,
  };
}

/** @throws AppError `not_found` */
export async function delegationNamed(db: Database, id: string): Promise<DelegationRow> {
  const row = await findDelegation(db, { id });
  if (row === null) throw new AppError('not_found', `There is no delegation ${id.slice(0, 40)}.`);
  return row;
}

/** For its card; whoever may see it is not asked here. @throws AppError `not_found` */
export async function readDelegation(context: AccessContext, input: { id: string }): Promise<DelegationView> {
  return delegationView(await delegationNamed(context.store.read(), input.id));
}

/** Both people are told privately of what becomes of it. */
export async function syncDelegation(
  db: Database,
  { id, at }: { readonly id: string; readonly at: Date },
): Promise<void> {
  await askForJob(db, { job: 'sync-card', payload: { subject: 'delegation', id } }, { now: at });
}
