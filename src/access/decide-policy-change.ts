/**
 * Deciding about another policy, as about a request: under its row lock, by distinct people, and never by who
 * proposed it. The vote names the version that was shown. With the last seat filled it is in force.
 */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { PolicyChangeRow, PolicyChangeVoteRow } from '../store/entities/policy-change.ts';
import type { Database } from '../store/open-store.ts';
import {
  findPolicyChange,
  findPolicyInForce,
  insertPolicyChangeVote,
  listPolicyChangeVotes,
  lockPolicyChange,
  lockPolicyChanges,
} from '../store/operations/policy-changes.ts';
import { applyChange, dropChange } from './apply-policy.ts';
import type { AccessContext } from './context.ts';
import { refusalOfFileEditor } from './file-editors.ts';
import { keepRefusal } from './keep-refusal.ts';
import { type PolicyChangeView, policyChangeViews } from './policy-change-views.ts';
import { mayReadPolicy } from './policy-rights.ts';
import { askForJob, recordEvent } from './record.ts';
import { admitVoter } from './voting/admit-voter.ts';
import { type AdmittedVote, agreeing, quorumWith, type VoteMatter } from './voting/matter.ts';
import { checkNote, voteOnce } from './voting/vote-once.ts';
import { claimsFor } from './voting/voter.ts';

export interface PolicyBallot {
  readonly changeId: string;
  readonly voter: Identity;
  readonly verdict: VoteVerdict;
  readonly note: string | null;
  /** That the voter was shown. */
  readonly version: string;
  readonly platform: string;
}

/**
 * @throws AppError `forbidden` (own change, not an approver, group facts too old), `conflict` (voted or decided
 *   already, another version), `not_found`, `invalid_input`
 */
export async function voteOnPolicyChange(
  context: AccessContext,
  ballot: PolicyBallot,
): Promise<PolicyChangeView> {
  const { changeId, voter, platform, note, verdict } = ballot;
  checkNote({ note, refuses: verdict === 'deny' });
  const now = context.clock.now();
  const asked = await findPolicyChange(context.store.read(), { id: changeId });
  if (asked === null) throw unknownChange(changeId);
  const claims =
    voter.kind === 'person' ? await claimsFor(context, { person: voter, seats: asked.seats }) : [];
  return voteOnce(context, { subject: changeId, voter, platform, at: now }, async (db) => {
    await lockPolicyChanges(db);
    const change = await lockPolicyChange(db, { id: changeId });
    if (change === null) throw unknownChange(changeId);
    const votes = await listPolicyChangeVotes(db, { changeIds: [changeId] });
    const closed = refusalOfClosedChange(change, { votes, version: ballot.version, now });
    if (closed !== null) return closed;
    const matter = policyChangeMatter(change, votes);
    const admitted = await admitVoter(context, db, { matter, voter, claims, now });
    if (admitted instanceof AppError) return admitted;
    const editor =
      verdict === 'approve' ? await refusalOfItsEditor(context, db, { change, vote: admitted }) : null;
    if (editor !== null) return editor;
    return count(db, { change, matter, ballot, vote: admitted, now });
  });
}

/** A change of the policy, as something to vote on. */
export function policyChangeMatter(
  change: PolicyChangeRow,
  votes: readonly PolicyChangeVoteRow[],
): VoteMatter {
  return {
    noun: 'change of the policy',
    id: change.id,
    openedAt: change.createdAt,
    seats: change.seats,
    parties: change.proposer == null ? [] : [change.proposer],
    votes,
  };
}

/** The refusal of an approval by whoever may have written the change into a server's file; otherwise null. */
export async function refusalOfItsEditor(
  context: Pick<AccessContext, 'policy'>,
  db: Database,
  input: { change: PolicyChangeRow; vote: AdmittedVote },
): Promise<AppError | null> {
  const { change, vote } = input;
  if (change.source !== 'file') return null;
  const people = vote.onBehalfOf === null ? [vote.person] : [vote.person, vote.onBehalfOf];
  return refusalOfFileEditor(context.policy.current().document, db, { people });
}

/** The refusal of whatever would decide about a change that is not open, or is another one; otherwise null. */
export function refusalOfClosedChange(
  change: PolicyChangeRow,
  { votes, version, now }: { votes: readonly PolicyChangeVoteRow[]; version: string; now: Date },
): AppError | null {
  if (change.state !== 'pending') return new AppError('conflict', decidedText(change, votes));
  if (change.lapsesAt <= now) return new AppError('conflict', lapsedText(change.id));
  if (version === change.version) return null;
  return new AppError(
    'conflict',
    `The vote is about version ${version.slice(0, 20)}, not ${change.version}.`,
  );
}

interface AdmittedBallot {
  readonly change: PolicyChangeRow;
  readonly matter: VoteMatter;
  readonly ballot: PolicyBallot;
  readonly vote: AdmittedVote;
  readonly now: Date;
}

async function count(db: Database, admitted: AdmittedBallot): Promise<PolicyChangeView> {
  const { change, ballot, vote, now } = admitted;
  const { verdict, note, version, platform } = ballot;
  const onBehalfOfId = vote.onBehalfOf?.id ?? null;
  await insertPolicyChangeVote(db, {
    changeId: change.id,
    identityId: vote.person.id,
    onBehalfOfId,
    verdict,
    note: note?.trim() || null,
    version,
    claims: vote.claims,
    platform,
    createdAt: now,
  });
  await recordEvent(db, {
    at: now,
    type: 'vote.cast',
    actorId: vote.person.id,
    subject: change.id,
    data: { verdict, platform, version, onBehalfOfId },
  });
  await settle(db, admitted);
  await askForJob(db, { job: 'sync-card', payload: { subject: 'policy-change', id: change.id } }, { now });
  return viewOf(db, change.id);
}

/** One denial decides; approvals decide when every seat is filled. */
async function settle(db: Database, { change, matter, ballot, vote, now }: AdmittedBallot): Promise<void> {
  const actorId = vote.person.id;
  if (ballot.verdict === 'deny') {
    await dropChange(db, { id: change.id, to: 'denied', actorId, at: now });
    return;
  }
  if (!quorumWith(matter, { vote })) return;
  const inForce = await findPolicyInForce(db);
  // Nothing applies while a change waits; should it ever, what was approved was about another policy.
  if (inForce?.version !== change.baseVersion) {
    await dropChange(db, { id: change.id, to: 'superseded', actorId: null, at: now });
    return;
  }
  const voters = [...agreeing(matter.votes).map(({ id }) => id), actorId];
  await applyChange(db, { change, actorId, at: now, data: { voters } });
}

/** @throws AppError `forbidden` unless it is the caller's own, or they may read every change, `conflict`, `not_found` */
export async function cancelPolicyChange(
  context: AccessContext,
  input: { changeId: string; by: Identity },
): Promise<PolicyChangeView> {
  const { changeId, by } = input;
  const now = context.clock.now();
  const attempt = { actorId: by.id, subject: changeId, data: { act: 'cancel' } };
  return keepRefusal(context, { ...attempt, type: 'policy.refused' }, () =>
    context.store.transaction(async (db) => {
      await lockPolicyChanges(db);
      const change = await lockPolicyChange(db, { id: changeId });
      if (change === null) throw unknownChange(changeId);
      if (change.proposer?.id !== by.id && !mayReadPolicy(context, by)) {
        throw new AppError(
          'forbidden',
          'Only who proposed a change, overseers and whom policy.who names can cancel it.',
        );
      }
      if (!(await dropChange(db, { id: changeId, to: 'cancelled', actorId: by.id, at: now }))) {
        throw new AppError('conflict', `Policy change ${changeId} is ${change.state} already.`);
      }
      return viewOf(db, changeId);
    }),
  );
}

/** Lapses a change that nobody decided about in time. Idempotent. @returns true if this call did it */
export async function expirePolicyChange(
  context: AccessContext,
  input: { changeId: string },
): Promise<boolean> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    await lockPolicyChanges(db);
    const change = await lockPolicyChange(db, { id: input.changeId });
    if (change === null || change.state !== 'pending' || change.lapsesAt > now) return false;
    return dropChange(db, { id: change.id, to: 'expired', actorId: null, at: now });
  });
}

async function viewOf(db: Database, id: string): Promise<PolicyChangeView> {
  const row = await findPolicyChange(db, { id });
  const [view] = await policyChangeViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the policy change could not be read back');
  return view;
}

function unknownChange(id: string): AppError {
  return new AppError('not_found', `There is no policy change ${id.slice(0, 40)}.`);
}

function lapsedText(id: string): string {
  return `Policy change ${id} has lapsed; nobody decided in time.`;
}

function decidedText(change: PolicyChangeRow, votes: readonly PolicyChangeVoteRow[]): string {
  const names = (verdict: VoteVerdict): string =>
    votes
      .filter((vote) => vote.verdict === verdict)
      .map((vote) => vote.identity.name)
      .join(' and ');
  const { id, state } = change;
  switch (state) {
    case 'applied':
      return `Policy change ${id} is in force already${names('approve') === '' ? '' : `, approved by ${names('approve')}`}.`;
    case 'denied':
      return `Policy change ${id} was denied already by ${names('deny')}.`;
    case 'cancelled':
      return `Policy change ${id} was cancelled.`;
    case 'superseded':
      return `Policy change ${id} was replaced by another.`;
    case 'expired':
      return lapsedText(id);
    case 'pending':
      return `Policy change ${id} is open.`;
  }
}
