/**
 * Deciding about a held command. A vote names the hash of the bytes it is about, and is looked at under the
 * hold's row lock, as a vote on a request is: of fifty parallel clicks one decides.
 */
import { claimsOf } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { HoldScope } from '../core/hold.ts';
import type { Identity, Person } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import { quorumMet } from '../policies/access/quorum.ts';
import type { HoldRow, HoldVoteRow } from '../store/entities/hold.ts';
import type { Database } from '../store/open-store.ts';
import { insertHoldVote, listHoldVotes, lockHold } from '../store/operations/holds.ts';
import { admitVoter, checkNote, voteOnce } from './admit-voter.ts';
import type { AccessContext } from './context.ts';
import { holdViews } from './hold-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { settleHold } from './settle-hold.ts';
import type { HoldView } from './views.ts';

export interface HoldBallot {
  readonly holdId: string;
  readonly voter: Identity;
  readonly verdict: VoteVerdict;
  /** What an approval is for; of several approvals the narrowest counts. */
  readonly scope: HoldScope;
  readonly note: string | null;
  /** Of the command that the voter was shown. */
  readonly textSha256: string;
  readonly platform: string;
}

/**
 * @throws AppError `forbidden` (own command, not an approver, group facts too old), `conflict` (voted or
 *   decided already, other bytes), `not_found`, `invalid_input`
 */
export async function voteOnHold(context: AccessContext, ballot: HoldBallot): Promise<HoldView> {
  checkNote(ballot);
  const now = context.clock.now();
  const { holdId, voter, platform } = ballot;
  return voteOnce(context, { subject: holdId, voter, platform, at: now }, async (db) => {
    const hold = await lockHold(db, { id: holdId });
    if (hold === null) throw new AppError('not_found', `There is no held command ${holdId.slice(0, 40)}.`);
    const votes = await listHoldVotes(db, { holdIds: [hold.id] });
    const admitted = admit(context, { hold, votes, ballot, now });
    if (admitted instanceof AppError) return admitted;
    return count(db, { hold, votes, ballot, voter: admitted, now });
  });
}

/** Ends the wait for a command that nobody decided about in time. Idempotent. */
export async function expireHold(context: AccessContext, input: { holdId: string }): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    const hold = await lockHold(db, { id: input.holdId });
    if (hold === null || hold.state !== 'held' || hold.expiresAt > now) return;
    await settleHold(db, { id: hold.id, outcome: { to: 'expired' }, at: now, actorId: null });
  });
}

function admit(
  context: AccessContext,
  input: { hold: HoldRow; votes: readonly HoldVoteRow[]; ballot: HoldBallot; now: Date },
): Person | AppError {
  const { hold, votes, ballot, now } = input;
  if (hold.state !== 'held') return new AppError('conflict', decidedText(hold, votes));
  if (hold.expiresAt <= now) return new AppError('conflict', lapsedText(hold));
  const { grant } = hold.session;
  if (grant.state !== 'active' || grant.expiresAt <= now || hold.session.endedAt != null) {
    return new AppError('conflict', `The access that ${hold.id} was made under has ended.`);
  }
  if (ballot.textSha256 !== hold.textSha256) {
    return new AppError('conflict', `The vote is about another command than the one ${hold.id} holds.`);
  }
  const matter = {
    noun: 'command',
    id: hold.id,
    seats: hold.seats,
    parties: [grant.holder, grant.request.requester],
    votes,
  } as const;
  return admitVoter(context, { matter, voter: ballot.voter, now });
}

interface AdmittedBallot {
  readonly hold: HoldRow;
  /** Those cast before. */
  readonly votes: readonly HoldVoteRow[];
  readonly ballot: HoldBallot;
  readonly voter: Person;
  readonly now: Date;
}

async function count(db: Database, admitted: AdmittedBallot): Promise<HoldView> {
  const { hold, ballot, voter, now } = admitted;
  const { verdict, scope, textSha256, platform } = ballot;
  await insertHoldVote(db, {
    holdId: hold.id,
    identityId: voter.id,
    verdict,
    scope,
    note: noteOf(ballot),
    textSha256,
    claims: claimsOf(voter),
    onBehalfOfId: null,
    platform,
    createdAt: now,
  });
  await recordEvent(db, {
    at: now,
    type: 'vote.cast',
    actorId: voter.id,
    subject: hold.id,
    data: { verdict, scope, platform, textSha256 },
  });
  const settled = await settle(db, admitted);
  if (!settled) await askForJob(db, { job: 'sync-card', payload: { subject: 'hold', id: hold.id } }, { now });
  const row = await lockHold(db, { id: hold.id });
  const [view] = await holdViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the hold could not be read back');
  return view;
}

/** One denial decides; approvals decide when every seat is filled. @returns true if this vote decided */
async function settle(db: Database, admitted: AdmittedBallot): Promise<boolean> {
  const { hold, votes, ballot, voter, now } = admitted;
  const decision = { id: hold.id, at: now, actorId: voter.id } as const;
  const note = noteOf(ballot);
  if (ballot.verdict === 'deny') return settleHold(db, { ...decision, outcome: { to: 'denied', note } });
  const approving = votes.filter((vote) => vote.verdict === 'approve');
  const voters = [
    ...approving.map((vote) => ({ id: vote.identity.id, claims: vote.claims })),
    { id: voter.id, claims: claimsOf(voter) },
  ];
  if (!quorumMet(hold.seats, voters)) return false;
  const scopes = [...approving.map((vote) => vote.scope), ballot.scope];
  const scope = scopes.every((one) => one === 'session') ? 'session' : 'once';
  return settleHold(db, {
    ...decision,
    outcome: { to: 'approved', scope, note },
    data: { scope, textSha256: hold.textSha256, voters: voters.map((one) => one.id) },
  });
}

function noteOf(ballot: HoldBallot): string | null {
  return ballot.note?.trim() || null;
}

function lapsedText(hold: HoldRow): string {
  return `Command ${hold.id} has lapsed; nobody decided in time.`;
}

function decidedText(hold: HoldRow, votes: readonly HoldVoteRow[]): string {
  const names = (verdict: VoteVerdict): string =>
    votes
      .filter((vote) => vote.verdict === verdict)
      .map((vote) => vote.identity.name)
      .join(' and ');
  switch (hold.state) {
    case 'approved':
      return `Command ${hold.id} was approved already by ${names('approve')}.`;
    case 'denied':
      return `Command ${hold.id} was denied already by ${names('deny')}.`;
    case 'expired':
      return lapsedText(hold);
    case 'withdrawn':
      return hold.withdrawnBecause === 'client'
        ? `Command ${hold.id} was withdrawn by ${hold.session.grant.holder.name}.`
        : `Command ${hold.id} was withdrawn: its session has ended.`;
    case 'held':
      return `Command ${hold.id} is open.`;
  }
}
