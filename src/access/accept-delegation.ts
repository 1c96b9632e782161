/** The other half of a delegation: nobody stands for another before they have agreed to. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { DelegationRow } from '../store/entities/delegation.ts';
import {
  acceptDelegation as acceptRow,
  endDelegationsBetween,
  lockDelegator,
} from '../store/operations/delegations.ts';
import type { AccessContext } from './context.ts';
import { delegationNamed, delegationView, syncDelegation } from './delegation-views.ts';
import { keepRefusal } from './keep-refusal.ts';
import { recordEvent } from './record.ts';
import type { DelegationView } from './views.ts';
import { isSamePerson } from './voting/same-person.ts';

/**
 * From now on the delegate decides in the place of the one who asked. One between the two that stood before ends.
 * @throws AppError `forbidden` for anybody else, `conflict` when it is over or accepted, `not_found`
 */
export async function acceptDelegation(
  context: AccessContext,
  input: { id: string; by: Identity },
): Promise<DelegationView> {
  const { id, by } = input;
  const attempt = { actorId: by.id, subject: id, data: { act: 'accept' } };
  return keepRefusal(context, { ...attempt, type: 'delegation.refused' }, () =>
    context.store.transaction(async (db) => {
      const seen = await delegationNamed(db, id);
      const stranger = refusalUnlessAsked(seen, by);
      if (stranger !== null) throw stranger;
      await lockDelegator(db, { fromId: seen.from.id });
      const at = context.clock.now();
      const row = await delegationNamed(db, id);
      const settled = refusalOfSettled(row, at);
      if (settled !== null) throw settled;
      const replaced = await endDelegationsBetween(db, {
        fromId: row.from.id,
        toId: row.to.id,
        accepted: true,
        at,
      });
      for (const subject of replaced) {
        await recordEvent(db, {
          at,
          type: 'delegation.ended',
          actorId: by.id,
          subject,
          data: { replacedBy: id },
        });
        await syncDelegation(db, { id: subject, at });
      }
      if (!(await acceptRow(db, { id, at })))
        throw new AppError('conflict', `Delegation ${id} is over already.`);
      const { from, to, until, claims } = row;
      const data = { from: from.id, to: to.id, until: until.toISOString(), claims };
      await recordEvent(db, { at, type: 'delegation.begun', actorId: by.id, subject: id, data });
      await syncDelegation(db, { id, at });
      return delegationView(await delegationNamed(db, id));
    }),
  );
}

/** Null for the person who is asked by a delegation that waits for them. */
export function refusalToAccept(
  delegation: DelegationRow,
  { by, now }: { readonly by: Identity; readonly now: Date },
): AppError | null {
  return refusalUnlessAsked(delegation, by) ?? refusalOfSettled(delegation, now);
}

function refusalUnlessAsked({ to }: DelegationRow, by: Identity): AppError | null {
  if (by.kind === 'person' && isSamePerson(by, to)) return null;
  return new AppError('forbidden', `Only ${to.name} can accept this: it asks them to decide.`);
}

function refusalOfSettled({ id, endedAt, until, acceptedAt }: DelegationRow, now: Date): AppError | null {
  if (endedAt != null || until <= now) {
    return new AppError('conflict', `Delegation ${id} is over already.`);
  }
  return acceptedAt == null ? null : new AppError('conflict', `Delegation ${id} is accepted already.`);
}
