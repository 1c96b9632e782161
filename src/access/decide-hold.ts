/**
 * Deciding about a held command. A vote names the hash of the bytes it is about, and is looked at under the
 * hold's row lock, as a vote on a request is: of fifty parallel clicks one decides.
 */
import type { Claim } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { HoldScope } from '../core/hold.ts';
import type { Identity } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { HoldRow, HoldVoteRow } from '../store/entities/hold.ts';
import type { Database } from '../store/open-store.ts';
import { findHold, insertHoldVote, listHoldVotes, lockHold } from '../store/operations/holds.ts';
import type { AccessContext } from './context.ts';
import { holdViews } from './hold-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { settleHold } from './settle-hold.ts';
import type { HoldView } from './views.ts';
import { admitVoter } from './voting/admit-voter.ts';
import { type AdmittedVote, agreeing, quorumWith, type VoteMatter } from './voting/matter.ts';
import { checkNote, voteOnce } from './voting/vote-once.ts';
import { claimsFor } from './voting/voter.ts';

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
  checkNote({ note: ballot.note, refuses: ballot.verdict === 'deny' });
  const now = context.clock.now();
  const { holdId, voter, platform } = ballot;
  const seen = await findHold(context.store.read(), { id: holdId });
  if (seen === null) throw noSuchHold(holdId);
  // Others are asked who is on call: before the row is locked.
  const claims =
    voter.kind === 'person' ? await claimsFor(context, { person: voter, seats: seen.seats }) : [];
  return voteOnce(context, { subject: holdId, voter, platform, at: now }, async (db) => {
    const hold = await lockHold(db, { id: holdId });
    if (hold === null) throw noSuchHold(holdId);
    const votes = await listHoldVotes(db, { holdIds: [hold.id] });
    const admitted = await admit(context, db, { hold, votes, ballot, claims, now });
    if (admitted instanceof AppError) return admitted;
    return count(db, { hold, votes, ballot, admitted, now });
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

async function admit(
  context: AccessContext,
  db: Database,
  input: {
    hold: HoldRow;
    votes: readonly HoldVoteRow[];
    ballot: HoldBallot;
    claims: readonly Claim[];
    now: Date;
  },
): Promise<AdmittedVote | AppError> {
  const { hold, votes, ballot, claims, now } = input;
  const closed = refusalOfClosedHold(hold, { votes, textSha256: ballot.textSha256, now });
  if (closed !== null) return closed;
  return admitVoter(context, db, { matter: holdMatter(hold, votes), voter: ballot.voter, claims, now });
}

/** The refusal of whatever would decide about a command that nobody decides about any more, or null. */
export function refusalOfClosedHold(
  hold: HoldRow,
  { votes, textSha256, now }: { votes: readonly HoldVoteRow[]; textSha256: string; now: Date },
): AppError | null {
  if (hold.state !== 'held') return new AppError('conflict', decidedText(hold, votes));
  if (hold.expiresAt <= now) return new AppError('conflict', lapsedText(hold));
  const { grant } = hold.session;
  if (grant.state !== 'active' || grant.expiresAt <= now || hold.session.endedAt != null) {
    return new AppError('conflict', `The access that ${hold.id} was made under has ended.`);
  }
  if (textSha256 === hold.textSha256) return null;
  return new AppError('conflict', `The vote is about another command than the one ${hold.id} holds.`);
}

/** A held command, as something to vote on. */
export function holdMatter(hold: HoldRow, votes: readonly HoldVoteRow[]): VoteMatter {
  const { holder, request } = hold.session.grant;
  return {
    noun: 'command',
    id: hold.id,
    openedAt: hold.createdAt,
    seats: hold.seats,
    parties: [holder, request.requester],
    votes,
  };
}

interface AdmittedBallot {
  readonly hold: HoldRow;
  /** Those cast before. */
  readonly votes: readonly HoldVoteRow[];
  readonly ballot: HoldBallot;
  readonly admitted: AdmittedVote;
  readonly now: Date;
}

async function count(db: Database, casting: AdmittedBallot): Promise<HoldView> {
  const { hold, ballot, admitted, now } = casting;
  const { person, onBehalfOf, claims } = admitted;
  const { verdict, scope, textSha256, platform } = ballot;
  await insertHoldVote(db, {
    holdId: hold.id,
    identityId: person.id,
    verdict,
    scope,
    note: noteOf(ballot),
    textSha256,
    claims,
    onBehalfOfId: onBehalfOf?.id ?? null,
    platform,
    createdAt: now,
  });
  await recordEvent(db, {
    at: now,
    type: 'vote.cast',
    actorId: person.id,
    subject: hold.id,
    data: {
      verdict,
      scope,
      platform,
      textSha256,
      ...(onBehalfOf === null ? {} : { onBehalfOf: onBehalfOf.id }),
    },
  });
  const settled = await settle(db, casting);
  if (!settled) await askForJob(db, { job: 'sync-card', payload: { subject: 'hold', id: hold.id } }, { now });
  const row = await lockHold(db, { id: hold.id });
  const [view] = await holdViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the hold could not be read back');
  return view;
}

/** One denial decides; approvals decide when every seat is filled. @returns true if this vote decided */
async function settle(db: Database, casting: AdmittedBallot): Promise<boolean> {
  const { hold, votes, ballot, admitted, now } = casting;
  const decision = { id: hold.id, at: now, actorId: admitted.person.id } as const;
  const note = noteOf(ballot);
  if (ballot.verdict === 'deny') return settleHold(db, { ...decision, outcome: { to: 'denied', note } });
  if (!quorumWith(holdMatter(hold, votes), { vote: admitted })) return false;
  const approving = votes.filter((vote) => vote.verdict === 'approve');
  const scopes = [...approving.map((vote) => vote.scope), ballot.scope];
  const scope = scopes.every((one) => one === 'session') ? 'session' : 'once';
  return settleHold(db, {
    ...decision,
    outcome: { to: 'approved', scope, note },
    data: {
      scope,
      textSha256: hold.textSha256,
      voters: [...agreeing(votes).map(({ id }) => id), admitted.person.id],
    },
  });
}

function noteOf(ballot: HoldBallot): string | null {
  return ballot.note?.trim() || null;
}

function noSuchHold(id: string): AppError {
  return new AppError('not_found', `There is no held command ${id.slice(0, 40)}.`);
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
