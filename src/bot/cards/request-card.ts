/** The card of a request: everything needed to decide, and after that who decided what. */
import type { GrantView, RequestView, VoteView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, CardList, Tone } from '../card.ts';
import {
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  NOTE_SHOWN_CHARACTERS_MAX,
  REASON_LINES_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, listInWords, nameOf, seatsInWords, stillNeeded } from './wording.ts';

/** @param options.publicUrl the address of the pages, for the link to the request */
export function requestCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const standing = standingOf(request);
  const title = plainLine(
    `${nameOf(request.requester)} asks for ${request.role} on ${request.resource}`,
    TITLE_CHARACTERS_MAX,
  );
  const status = plainLine(standing.status, STATUS_CHARACTERS_MAX);
  return {
    tone: standing.tone,
    title,
    status,
    fields: fieldsOf(request),
    lists: request.votes.length === 0 ? [] : [votesList(request.votes)],
    actions: actionsOf(request, options.publicUrl),
    fallback: `${title}. ${status}`,
  };
}

interface Standing {
  readonly tone: Tone;
  readonly status: string;
}

function standingOf(request: RequestView): Standing {
  const decidedAt = request.decidedAt === null ? '' : ` at ${formatInstant(request.decidedAt)}`;
  switch (request.state) {
    case 'pending':
      return { tone: 'waiting', status: `Pending: still needs ${stillNeeded(request)}.` };
    case 'approved':
      return approvedStanding(request, decidedAt);
    case 'denied': {
      const denial = request.votes.find((vote) => vote.verdict === 'deny');
      const by = denial === undefined ? '' : ` by ${nameOf(denial.person)}`;
      const why = denial?.note ? `: ${denial.note}` : '.';
      return { tone: 'bad', status: `Denied${by}${decidedAt}${why}` };
    }
    case 'cancelled':
      return { tone: 'neutral', status: `Cancelled by ${nameOf(request.requester)}${decidedAt}.` };
    case 'expired':
      return { tone: 'neutral', status: `Lapsed${decidedAt}: it still needed ${stillNeeded(request)}.` };
  }
}

function approvedStanding(request: RequestView, decidedAt: string): Standing {
  const approvers = request.votes
    .filter((vote) => vote.verdict === 'approve')
    .map((vote) => nameOf(vote.person));
  const approved = request.automatic
    ? `Approved automatically by policy ${request.policy}${decidedAt}.`
    : `Approved by ${listInWords(approvers)}${decidedAt}.`;
  if (request.grant === null) return { tone: 'good', status: approved };
  const live = request.grant.state === 'issuing' || request.grant.state === 'active';
  return { tone: live ? 'good' : 'neutral', status: `${approved} ${grantInWords(request.grant)}` };
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

function fieldsOf(request: RequestView): readonly CardField[] {
  const fields: CardField[] = [
    { label: 'Who', value: fullNameOf(request.requester) },
    {
      label: 'Resource',
      value: plainLine(`${request.resource} (${request.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: 'Role', value: plainLine(request.role, NAME_CHARACTERS_MAX) },
    { label: 'Duration', value: durationInWords(request) },
    {
      label: 'Reason',
      value: plainBlock(request.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (request.ticket !== null)
    fields.push({ label: 'Ticket', value: plainLine(request.ticket, NAME_CHARACTERS_MAX) });
  if (request.incident !== null) {
    fields.push({ label: 'Incident', value: plainLine(`#${request.incident}`, NAME_CHARACTERS_MAX) });
  }
  fields.push({
    label: 'Policy',
    value: plainLine(`${request.policy}: ${request.explanation}`, VALUE_CHARACTERS_MAX),
  });
  if (!request.automatic) fields.push({ label: 'Approval', value: `Needs ${seatsInWords(request.seats)}` });
  if (request.state === 'pending') {
    fields.push({ label: 'Still needed', value: stillNeeded(request) });
    fields.push({ label: 'Lapses', value: formatInstant(request.lapsesAt) });
  }
  fields.push({ label: 'ID', value: request.id, code: true });
  return fields;
}

function durationInWords(request: RequestView): string {
  const asked = formatDuration(request.durationMs);
  if (request.grant === null || request.grant.durationMs === request.durationMs) return asked;
  return `${formatDuration(request.grant.durationMs)} (asked for ${asked})`;
}

function votesList(votes: readonly VoteView[]): CardList {
  const shown = votes.slice(-LIST_ITEMS_MAX);
  return {
    title: 'Decisions',
    items: shown.map((vote) => ({
      text: `${nameOf(vote.person)} ${verdictInWords(vote)}`,
      detail: voteDetail(vote),
      tone: vote.verdict === 'approve' ? 'good' : 'bad',
    })),
  };
}

function verdictInWords(vote: VoteView): string {
  if (vote.verdict === 'deny') return 'denied';
  return vote.durationMs === null ? 'approved' : `approved for ${formatDuration(vote.durationMs)}`;
}

function voteDetail(vote: VoteView): string {
  const where = `${formatInstant(vote.at)}, in ${vote.platform}`;
  return vote.note === null ? where : `${where}: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
}

function actionsOf(request: RequestView, publicUrl: string): readonly CardAction[] {
  const details: CardAction = {
    kind: 'link',
    label: 'Details',
    url: `${publicUrl}/requests/${encodeURIComponent(request.id)}`,
  };
  if (request.state === 'pending') {
    const subject = request.id;
    return [
      { kind: 'button', action: 'approve', subject, label: 'Approve', style: 'primary' },
      { kind: 'button', action: 'approve-for-less', subject, label: 'Approve for less', style: 'plain' },
      { kind: 'button', action: 'deny', subject, label: 'Deny', style: 'danger' },
      details,
    ];
  }
  if (request.grant?.state === 'active') {
    return [
      { kind: 'button', action: 'revoke', subject: request.grant.id, label: 'Revoke', style: 'danger' },
      details,
    ];
  }
  return [details];
}
