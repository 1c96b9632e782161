/** A request, as something to vote on. */
import type { Seat } from '../core/request.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import type { VoteMatter } from './voting/matter.ts';

export function seatsOf({ approval }: Pick<RequestRow, 'approval'>): readonly Seat[] {
  return approval.kind === 'votes' ? approval.seats : [];
}

export function requestMatter(request: RequestRow, votes: readonly VoteRow[]): VoteMatter {
  const { approval } = request;
  return {
    noun: 'request',
    id: request.id,
    openedAt: request.createdAt,
    seats: seatsOf(request),
    notFromGroups: approval.kind === 'votes' ? (approval.notFromGroups ?? []) : [],
    parties: [request.requester, request.beneficiary],
    votes,
  };
}

/** Why nothing more is decided about a request that is not pending. */
export function decidedText(request: RequestRow, votes: readonly VoteRow[]): string {
  const by = (verdict: VoteRow['verdict']): string => {
    const names = votes.filter((vote) => vote.verdict === verdict).map((vote) => vote.identity.name);
    return names.length === 0 ? '' : ` by ${names.join(' and ')}`;
  };
  switch (request.state) {
    case 'approved':
      return `Request ${request.id} was approved already${by('approve')}.`;
    case 'denied':
      if (request.closedBecause != null)
        return `Request ${request.id} was closed already: ${request.closedBecause}`;
      return `Request ${request.id} was denied already${by('deny') || ` by ${request.consentFrom ?? 'nobody'}`}.`;
    case 'cancelled':
      return `Request ${request.id} was cancelled by the requester.`;
    case 'expired':
      return lapsedText(request);
    case 'pending':
      return `Request ${request.id} is open.`;
  }
}

export function lapsedText({ id }: Pick<RequestRow, 'id'>): string {
  return `Request ${id} has lapsed; nobody decided in time.`;
}
