/** The card of a request: everything needed to decide, and after that who decided what. */
import type { FreezeView } from '../../access/freeze.ts';
import type { GrantView, RequestView } from '../../access/views.ts';
import type { OnCallView } from '../../access/who-is-on-call.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, Tone } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { requestFields, requestLists } from './request-facts.ts';
import {
  formatInstant,
  instantOrNull,
  lacking,
  listInWords,
  nameOf,
  nameOrNull,
  roleOnResource,
  voterInWords,
} from './wording.ts';

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
  const { title } = texts().requests;
  const who = nameOf(request.requester);
  const what = roleOnResource(request);
  switch (request.kind) {
    case 'extension':
      return title.asksForMore({ who, what, time: formatDuration(request.durationMs) });
    case 'break-glass':
      return title.brokeGlass({ who, what });
    case 'access': {
      const other = request.beneficiary.id !== request.requester.id;
      return title.asks({ who, what, other: other ? nameOf(request.beneficiary) : null });
    }
  }
}

interface Standing {
  readonly tone: Tone;
  readonly status: string;
}

function standingOf(request: RequestView, freeze: FreezeView | null): Standing {
  const words = texts().requests.status;
  const decidedAt = instantOrNull(request.decidedAt);
  switch (request.state) {
    case 'pending':
      return pendingStanding(request, freeze);
    case 'approved':
      return approvedStanding(request, decidedAt);
    case 'denied': {
      if (request.closed !== null) return closedStanding(request.closed, decidedAt);
      const denial = request.votes.find((vote) => vote.verdict === 'deny');
      const who = denial === undefined ? null : voterInWords(denial);
      return { tone: 'bad', status: words.denied({ who, decidedAt, note: denial?.note ?? null }) };
    }
    case 'cancelled':
      return { tone: 'neutral', status: words.cancelled({ who: nameOf(request.requester), decidedAt }) };
    case 'expired':
      return { tone: 'neutral', status: words.lapsed({ needed: lacking(request), decidedAt }) };
  }
}

function closedStanding(
  { because, by }: NonNullable<RequestView['closed']>,
  decidedAt: string | null,
): Standing {
  return { tone: 'bad', status: texts().requests.status.closed({ who: nameOrNull(by), decidedAt, because }) };
}

function pendingStanding(request: RequestView, freeze: FreezeView | null): Standing {
  const { status } = texts().requests;
  const waits = status.pending(lacking(request));
  const pending = request.escalatedAt === null ? waits : status.escalated(waits);
  if (freeze === null) return { tone: 'waiting', status: pending };
  return {
    tone: 'warning',
    status: `${pending} ${frozenInWords(freeze)}`,
  };
}

function frozenInWords({ by, since, reason }: FreezeView): string {
  const who = by === null ? texts().people.anAlert : nameOf(by);
  return texts().requests.status.frozen({ who, since: instantOrNull(since), reason });
}

function approvedStanding(request: RequestView, decidedAt: string | null): Standing {
  const { grant } = request;
  const approved = approvalInWords(request, decidedAt);
  const loud = request.kind === 'break-glass' && grant?.review?.state === 'pending';
  if (grant === null) return { tone: 'good', status: approved };
  const tone = loud ? 'bad' : isLive(grant) ? 'good' : 'neutral';
  const sentences = [approved, grantInWords(grant), ...reviewInWords(grant)];
  return { tone, status: sentences.join(' ') };
}

function isLive({ state }: GrantView): boolean {
  return state === 'issuing' || state === 'active';
}

function approvalInWords(request: RequestView, decidedAt: string | null): string {
  const { status } = texts().requests;
  if (request.kind === 'break-glass') return status.taken(decidedAt);
  if (request.automatic) return status.approvedByPolicy({ policy: request.policy, decidedAt });
  const approvers = request.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
  return status.approvedBy({ approvers: listInWords(approvers), decidedAt });
}

/** A sentence about the review, where there is one. */
function reviewInWords({ review }: GrantView): readonly string[] {
  if (review === null) return [];
  const { status } = texts().requests;
  return [review.state === 'pending' ? status.toBeReviewed : status[review.state]];
}

/** Where a grant stands, in one sentence. */
export function grantInWords(grant: GrantView): string {
  const { inWords } = texts().grants;
  const endedAt = formatInstant(grant.endedAt ?? grant.expiresAt);
  switch (grant.state) {
    case 'issuing':
      return inWords.issuing;
    case 'active':
      return inWords.active(formatInstant(grant.expiresAt));
    case 'expired':
      return inWords.expired(endedAt);
    case 'revoked':
      return inWords.revoked({ endedAt, who: nameOrNull(grant.endedBy) });
    case 'done':
      return inWords.done(endedAt);
  }
}

function actionsOf(request: RequestView, publicUrl: string): readonly CardAction[] {
  const details: CardAction = {
    kind: 'link',
    label: texts().buttons.details,
    url: requestUrl(request.id, publicUrl),
  };
  if (request.state === 'pending') return [...pendingActions(request), details];
  const { grant } = request;
  if (request.kind !== 'extension' && grant !== null && isLive(grant)) {
    return [
      { kind: 'button', action: 'revoke', subject: grant.id, label: texts().buttons.revoke, style: 'danger' },
      details,
    ];
  }
  // What was asked for in the ordinary way and is over can be asked for once more.
  if (request.kind !== 'access') return [details];
  return [
    { kind: 'button', action: 'again', subject: request.id, label: texts().buttons.askAgain, style: 'plain' },
    details,
  ];
}

/** What nobody votes on waits for a consent alone. */
function pendingActions(request: RequestView): readonly CardAction[] {
  const subject = request.id;
  const voted = request.seats.length > 0;
  const { buttons } = texts();
  const approve = request.stepUp ? buttons.approveAfterSignIn : buttons.approve;
  const votes: readonly CardAction[] = voted
    ? [
        { kind: 'button', action: 'approve', subject, label: approve, style: 'primary' },
        {
          kind: 'button',
          action: 'approve-for-less',
          subject,
          label: texts().buttons.approveForLess,
          style: 'plain',
        },
        { kind: 'button', action: 'deny', subject, label: texts().buttons.deny, style: 'danger' },
      ]
    : [];
  const asks = request.consent !== null && !request.consent.given;
  const style = voted ? 'plain' : 'primary';
  const consent: readonly CardAction[] = asks
    ? [
        { kind: 'button', action: 'consent', subject, label: texts().buttons.consent, style },
        {
          kind: 'button',
          action: 'refuse-consent',
          subject,
          label: texts().buttons.refuseConsent,
          style: 'danger',
        },
      ]
    : [];
  return [
    ...votes,
    ...consent,
    { kind: 'button', action: 'comment', subject, label: texts().buttons.comment, style: 'plain' },
  ];
}
