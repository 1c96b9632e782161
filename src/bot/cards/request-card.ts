/** The card of a request: everything needed to decide, and after that who decided what. */
import type { FreezeView } from '../../access/freeze.ts';
import type { GrantView, RequestView } from '../../access/views.ts';
import type { OnCallView } from '../../access/who-is-on-call.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, Tone } from '../card.ts';
import { STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { requestFields, requestLists } from './request-facts.ts';
import { formatInstant, lacking, listInWords, nameOf, voterInWords } from './wording.ts';

export interface RequestCardOptions {
  /** The address of the pages, for the link to the request. */
  readonly publicUrl: string;
  /** The freeze that keeps a pending request from being approved; null when there is none. */
  readonly freeze: FreezeView | null;
  /** Who is on call for the seats of a pending request that ask for that. */
  readonly onCall: readonly OnCallView[];
}

export function requestCard(request: RequestView, options: RequestCardOptions): Card {
  const standing = standingOf(request, options.freeze);
  const title = plainLine(titleOf(request), TITLE_CHARACTERS_MAX);
  const status = plainLine(standing.status, STATUS_CHARACTERS_MAX);
  return {
    tone: standing.tone,
    title,
    status,
    fields: requestFields(request, options.onCall),
    lists: requestLists(request),
    actions: actionsOf(request, options.publicUrl),
    fallback: `${title}. ${status}`,
  };
}

/** Where a request is shown with all that belongs to it. */
export function requestUrl(requestId: string, publicUrl: string): string {
  return `${publicUrl}/requests/${encodeURIComponent(requestId)}`;
}

function titleOf(request: RequestView): string {
  const who = nameOf(request.requester);
  const what = `${request.role} on ${request.resource}`;
  switch (request.kind) {
    case 'extension':
      return `${who} asks for ${formatDuration(request.durationMs)} more of ${what}`;
    case 'break-glass':
      return `Break-glass: ${who} took ${what}`;
    case 'access': {
      const other = request.beneficiary.id !== request.requester.id;
      return `${who} asks for ${what}${other ? ` for ${nameOf(request.beneficiary)}` : ''}`;
    }
  }
}

interface Standing {
  readonly tone: Tone;
  readonly status: string;
}

function standingOf(request: RequestView, freeze: FreezeView | null): Standing {
  const decidedAt = request.decidedAt === null ? '' : ` at ${formatInstant(request.decidedAt)}`;
  switch (request.state) {
    case 'pending':
      return pendingStanding(request, freeze);
    case 'approved':
      return approvedStanding(request, decidedAt);
    case 'denied': {
      if (request.closed !== null) return closedStanding(request.closed, decidedAt);
      const denial = request.votes.find((vote) => vote.verdict === 'deny');
      const by = denial === undefined ? '' : ` by ${voterInWords(denial)}`;
      const why = denial?.note ? `: ${denial.note}` : '.';
      return { tone: 'bad', status: `Denied${by}${decidedAt}${why}` };
    }
    case 'cancelled':
      return { tone: 'neutral', status: `Cancelled by ${nameOf(request.requester)}${decidedAt}.` };
    case 'expired':
      return { tone: 'neutral', status: `Lapsed${decidedAt}: it still needed ${lacking(request)}.` };
  }
}

function closedStanding({ because, by }: NonNullable<RequestView['closed']>, decidedAt: string): Standing {
  return { tone: 'bad', status: `Closed${by === null ? '' : ` by ${nameOf(by)}`}${decidedAt}: ${because}` };
}

function pendingStanding(request: RequestView, freeze: FreezeView | null): Standing {
  const escalated = request.escalatedAt === null ? '' : 'Escalated. ';
  const pending = `${escalated}Pending: still needs ${lacking(request)}.`;
  if (freeze === null) return { tone: 'waiting', status: pending };
  return {
    tone: 'warning',
    status: `${pending} ${frozenInWords(freeze)}`,
  };
}

function frozenInWords({ by, since, reason }: FreezeView): string {
  const who = by === null ? 'an alert' : nameOf(by);
  const when = since === null ? '' : ` at ${formatInstant(since)}`;
  const why = reason === null ? '' : ` Reason: ${reason}`;
  return `Frozen by ${who}${when}: nothing can be granted until that is lifted.${why}`;
}

function approvedStanding(request: RequestView, decidedAt: string): Standing {
  const { grant } = request;
  const approved = `${approvalInWords(request)}${decidedAt}.`;
  const loud = request.kind === 'break-glass' && grant?.review?.state === 'pending';
  if (grant === null) return { tone: 'good', status: approved };
  const tone = loud ? 'bad' : isLive(grant) ? 'good' : 'neutral';
  return { tone, status: `${approved} ${grantInWords(grant)}${reviewInWords(grant)}` };
}

function isLive({ state }: GrantView): boolean {
  return state === 'issuing' || state === 'active';
}

function approvalInWords(request: RequestView): string {
  if (request.kind === 'break-glass') return 'Taken without approval';
  if (request.automatic) return `Approved automatically by policy ${request.policy}`;
  const approvers = request.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
  return `Approved by ${listInWords(approvers)}`;
}

function reviewInWords({ review }: GrantView): string {
  if (review === null) return '';
  if (review.state === 'pending') return ' It has to be reviewed.';
  return ` Reviewed: ${review.state}.`;
}

/** Where a grant stands, in one sentence. */
export function grantInWords(grant: GrantView): string {
  const endedAt = formatInstant(grant.endedAt ?? grant.expiresAt);
  switch (grant.state) {
    case 'issuing':
      return 'The connection is being prepared.';
    case 'active':
      return `Access is active until ${formatInstant(grant.expiresAt)}.`;
    case 'expired':
      return `Access expired at ${endedAt}.`;
    case 'revoked':
      return `Access was revoked${grant.endedBy === null ? '' : ` by ${nameOf(grant.endedBy)}`} at ${endedAt}.`;
    case 'done':
      return `Access was given back at ${endedAt}.`;
  }
}

function actionsOf(request: RequestView, publicUrl: string): readonly CardAction[] {
  const details: CardAction = { kind: 'link', label: 'Details', url: requestUrl(request.id, publicUrl) };
  if (request.state === 'pending') return [...pendingActions(request), details];
  const { grant } = request;
  if (request.kind !== 'extension' && grant !== null && isLive(grant)) {
    return [
      { kind: 'button', action: 'revoke', subject: grant.id, label: 'Revoke', style: 'danger' },
      details,
    ];
  }
  // What was asked for in the ordinary way and is over can be asked for once more.
  if (request.kind !== 'access') return [details];
  return [
    { kind: 'button', action: 'again', subject: request.id, label: 'Ask again', style: 'plain' },
    details,
  ];
}

/** What nobody votes on waits for a consent alone. */
function pendingActions(request: RequestView): readonly CardAction[] {
  const subject = request.id;
  const voted = request.seats.length > 0;
  const signIn = request.stepUp ? ' (opens a sign-in)' : '';
  const votes: readonly CardAction[] = voted
    ? [
        { kind: 'button', action: 'approve', subject, label: `Approve${signIn}`, style: 'primary' },
        { kind: 'button', action: 'approve-for-less', subject, label: 'Approve for less', style: 'plain' },
        { kind: 'button', action: 'deny', subject, label: 'Deny', style: 'danger' },
      ]
    : [];
  const asks = request.consent !== null && !request.consent.given;
  const style = voted ? 'plain' : 'primary';
  const consent: readonly CardAction[] = asks
    ? [
        { kind: 'button', action: 'consent', subject, label: 'Consent', style },
        { kind: 'button', action: 'refuse-consent', subject, label: 'Refuse consent', style: 'danger' },
      ]
    : [];
  return [
    ...votes,
    ...consent,
    { kind: 'button', action: 'comment', subject, label: 'Comment', style: 'plain' },
  ];
}
