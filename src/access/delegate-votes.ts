/**
 * Deciding in somebody's place for a while, for whoever accepts to. A delegate votes as what the one who delegates was
 * then and still is; one person and one authority count once, and nothing is handed on.
 */
import { claimsOf } from '../core/claim.ts';
import { after } from '../core/clock.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import type { DelegationRow } from '../store/entities/delegation.ts';
import type { Database } from '../store/open-store.ts';
import {
  endDelegationsBetween,
  endDelegation as endRow,
  insertDelegation,
  listDelegationsBetween,
  listDelegations as listRows,
  lockDelegator,
} from '../store/operations/delegations.ts';
import { listLinkedAccounts } from '../store/operations/linked-accounts.ts';
import { findIdentities } from '../store/operations/people.ts';
import { type AccessContext, newId } from './context.ts';
import { delegationNamed, delegationView, syncDelegation } from './delegation-views.ts';
import { checkGroupsAge } from './group-facts.ts';
import { keepRefusal } from './keep-refusal.ts';
import { recordEvent } from './record.ts';
import { refusalUnlessOverseer } from './rights.ts';
import type { DelegationView } from './views.ts';
import { isSamePerson } from './voting/same-person.ts';

/** A vote that somebody else casts shows no more through which account it was handed on. */
const ACCOUNT_AGE_MS_MIN = 24 * 3_600_000;
const LASTS_MS_MIN = 60_000;
/** How many people may stand in for one at a time. */
const DELEGATES_MAX = 10;
const LISTED_MAX = 100;

/**
 * Asks `toId` to decide in the place of `from`, which they do once they have accepted it. A delegation to the same
 * person takes the place of the one before: at once when it is shorter, otherwise when it is accepted. Who is on call
 * is decided where the schedule is kept: that is not delegated.
 * @throws AppError `forbidden` (a workload, groups that were confirmed too long ago), `invalid_input` (too long,
 *   over, to oneself), `not_found`, `conflict` when ten people stand in already
 */
export async function delegateVotes(
  context: AccessContext,
  input: { from: Identity; toId: string; until: Date },
): Promise<DelegationView> {
  const { from, toId, until } = input;
  const at = context.clock.now();
  if (from.kind !== 'person') throw new AppError('forbidden', 'Only people vote, so only they delegate.');
  checkUntil(context, { until, at });
  const stale = checkGroupsAge(context, { seenAt: from.groupsSeenAt, now: at, next: 'delegate' });
  if (stale !== null) throw stale;
  if (from.through !== undefined && from.through.linkedAt > after(at, -ACCOUNT_AGE_MS_MIN)) {
    throw new AppError(
      'forbidden',
      'This chat account was linked to you less than a day ago. Delegate on the page, where you sign in yourself.',
    );
  }
  return context.store.transaction(async (db) => {
    const [to] = await findIdentities(db, { ids: [toId] });
    if (to === undefined) throw new AppError('not_found', `Nobody known here is ${toId.slice(0, 100)}.`);
    if (to.kind !== 'person') throw new AppError('invalid_input', "Only people vote, in whoever's place.");
    if (isSamePerson(from, to)) {
      throw new AppError('invalid_input', 'That is you. Name the person who decides in your place.');
    }
    // One at a time, so that two at once cannot both be the tenth.
    await lockDelegator(db, { fromId: from.id });
    const before = (await listDelegationsBetween(db, { fromId: from.id, toId })).find(
      ({ acceptedAt }) => acceptedAt != null,
    );
    // Whoever agreed to a longer time agreed to this one.
    const isShorter = before !== undefined && until <= before.until && before.until > at;
    const id = newId(context, 'd');
    await replaceBetween(db, { from, toId, by: id, at, accepted: isShorter ? [true, false] : [false] });
    const mine = await listRows(db, { ofIds: [from.id], now: at, limit: LISTED_MAX });
    const others = new Set(mine.filter((row) => row.from.id === from.id).map((row) => row.to.id));
    if (others.size >= DELEGATES_MAX && !others.has(toId)) {
      throw new AppError('conflict', `${DELEGATES_MAX} people decide in your place already. End one first.`);
    }
    const claims = claimsOf(from);
    const acceptedAt = isShorter ? at : null;
    await insertDelegation(db, { id, fromId: from.id, toId, claims, createdAt: at, acceptedAt, until });
    await recordEvent(db, {
      at,
      type: isShorter ? 'delegation.begun' : 'delegation.offered',
      actorId: from.id,
      subject: id,
      data: { from: from.id, to: toId, until: until.toISOString(), claims },
    });
    await syncDelegation(db, { id, at });
    return delegationView(await delegationNamed(db, id));
  });
}

/** Ends what stands between the two, for another to take its place. */
async function replaceBetween(
  db: Database,
  input: { from: Person; toId: string; by: string; at: Date; accepted: readonly boolean[] },
): Promise<void> {
  const { from, toId, by, at } = input;
  for (const accepted of input.accepted) {
    for (const subject of await endDelegationsBetween(db, { fromId: from.id, toId, accepted, at })) {
      const data = { replacedBy: by };
      await recordEvent(db, { at, type: 'delegation.ended', actorId: from.id, subject, data });
      await syncDelegation(db, { id: subject, at });
    }
  }
}

/**
 * Also for the one who was asked to stand in, who declines by it what they have not accepted, and for overseers.
 * @throws AppError `forbidden`, `conflict` when it is over, `not_found`
 */
export async function endDelegation(
  context: AccessContext,
  input: { id: string; by: Identity },
): Promise<DelegationView> {
  const { id, by } = input;
  const at = context.clock.now();
  const attempt = { actorId: by.id, subject: id, data: { act: 'end' } };
  return keepRefusal(context, { ...attempt, type: 'delegation.refused' }, () =>
    context.store.transaction(async (db) => {
      const row = await delegationNamed(db, id);
      const refusal = refusalToEndDelegation(context, { delegation: row, by });
      if (refusal !== null) throw refusal;
      if (!(await endRow(db, { id, at }))) throw overAlready(row);
      const data = row.acceptedAt == null ? { declined: true } : {};
      await recordEvent(db, { at, type: 'delegation.ended', actorId: by.id, subject: id, data });
      await syncDelegation(db, { id, at });
      return delegationView(await delegationNamed(db, id));
    }),
  );
}

/** Null for the two people, and for overseers, until it is over. */
export function refusalToEndDelegation(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { delegation, by }: { delegation: DelegationRow; by: Identity },
): AppError | null {
  const { from, to, endedAt, until } = delegation;
  const isOneOfTwo = by.kind === 'person' && (isSamePerson(by, from) || isSamePerson(by, to));
  const text = 'A delegation is ended by one of the two people, or by an overseer.';
  const stranger = isOneOfTwo ? null : refusalUnlessOverseer(context, { identity: by, text });
  if (stranger !== null) return stranger;
  return endedAt != null || until <= context.clock.now() ? overAlready(delegation) : null;
}

function overAlready({ id }: DelegationRow): AppError {
  return new AppError('conflict', `Delegation ${id} is over already.`);
}

/** Those that stand or wait to be accepted, from and to a person, on any of their accounts; newest first. */
export async function listDelegations(
  context: AccessContext,
  input: { of: Identity },
): Promise<DelegationView[]> {
  const { of } = input;
  if (of.kind !== 'person') return [];
  const db = context.store.read();
  const accounts = await listLinkedAccounts(db, { emails: [of.email] });
  const ofIds = [of.id, ...accounts.map(({ id }) => id)];
  return (await listRows(db, { ofIds, now: context.clock.now(), limit: LISTED_MAX })).map(delegationView);
}

function checkUntil(context: AccessContext, { until, at }: { until: Date; at: Date }): void {
  const maxMs = context.policy.current().document.delegation.max;
  if (until < after(at, LASTS_MS_MIN)) {
    throw new AppError('invalid_input', 'That is over already. Say until when, at least a minute from now.');
  }
  if (until > after(at, maxMs)) {
    throw new AppError('invalid_input', `Votes are delegated for at most ${formatDuration(maxMs)}.`);
  }
}
