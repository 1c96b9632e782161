/** The facts on the card of a request, and what was said about it: comments and decisions. */
import type { CommentView, ConsentView, RequestView, VoteView } from '../../access/views.ts';
import type { OnCallView } from '../../access/who-is-on-call.ts';
import { formatDuration } from '../../core/duration.ts';
import type { CardField, CardList } from '../card.ts';
import {
  COMMENTS_SHOWN_MAX,
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  NOTE_SHOWN_CHARACTERS_MAX,
  REASON_LINES_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { onCallFields } from './on-call-card.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, lacking, nameOf, seatsInWords, voterInWords } from './wording.ts';

/** @param onCall who is on call for the request's seats; empty where nobody on call is asked */
export function requestFields(request: RequestView, onCall: readonly OnCallView[]): readonly CardField[] {
  return [
    ...whoFields(request),
    {
      label: 'Resource',
      value: plainLine(`${request.resource} (${request.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: 'Role', value: plainLine(request.role, NAME_CHARACTERS_MAX) },
    { label: request.kind === 'extension' ? 'More time' : 'Duration', value: durationInWords(request) },
    {
      label: 'Reason',
      rank: 'quote',
      value: plainBlock(request.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
    ...optional('Ticket', request.ticket),
    ...optional('Incident', request.incident === null ? null : `#${request.incident}`),
    {
      label: 'Policy',
      rank: 'small-print',
      value: plainLine(`${request.policy}: ${request.explanation}`, VALUE_CHARACTERS_MAX),
    },
    ...approvalFields(request, onCall),
    ...related('Extends', request.extends),
    ...related('Asked before as', request.againOf),
    { label: 'ID', rank: 'small-print', value: request.id, code: true },
  ];
}

function whoFields(request: RequestView): readonly CardField[] {
  const { requester, beneficiary, consent } = request;
  const fields: CardField[] = [{ label: 'Who', value: fullNameOf(requester) }];
  if (beneficiary.id !== requester.id) fields.push({ label: 'For', value: fullNameOf(beneficiary) });
  if (consent !== null) fields.push({ label: 'Consent', value: consentInWords(consent) });
  return fields;
}

function consentInWords(consent: ConsentView): string {
  if (consent.given) {
    const by = consent.by === null ? plainLine(consent.from, NAME_CHARACTERS_MAX) : nameOf(consent.by);
    return `given by ${by}${consent.at === null ? '' : ` at ${formatInstant(consent.at)}`}`;
  }
  return `needed from ${plainLine(consent.from, NAME_CHARACTERS_MAX)}`;
}

function approvalFields(request: RequestView, onCall: readonly OnCallView[]): readonly CardField[] {
  const fields: CardField[] = [];
  if (request.seats.length > 0) {
    const signIn = request.stepUp ? '; deciding opens a sign-in' : '';
    fields.push({
      label: 'Approval',
      rank: 'small-print',
      value: `Needs ${seatsInWords(request.seats)}${signIn}`,
    });
  }
  if (request.tightened !== null) {
    const policy = plainLine(request.tightened.policy, NAME_CHARACTERS_MAX);
    const since = formatInstant(request.tightened.at);
    fields.push({ label: 'Asks for more', value: `the policy ${policy}, since ${since}` });
  }
  fields.push(...onCallFields(onCall));
  const escalation = escalationInWords(request);
  if (escalation !== null) fields.push({ label: 'Escalation', rank: 'small-print', value: escalation });
  if (request.remindedAt !== null) {
    fields.push({ label: 'Reminded', rank: 'small-print', value: formatInstant(request.remindedAt) });
  }
  if (request.state !== 'pending') return fields;
  return [
    ...fields,
    { label: 'Still needed', rank: 'small-print', value: lacking(request) },
    {
      label: 'Lapses',
      value: formatInstant(request.lapsesAt),
      countdownTo: request.lapsesAt.toISOString(),
    },
  ];
}

function escalationInWords({ escalation, escalatedAt, state }: RequestView): string | null {
  if (escalation === null) return null;
  const group = plainLine(escalation.group, NAME_CHARACTERS_MAX);
  if (escalatedAt !== null) return `since ${formatInstant(escalatedAt)} ${group} may decide, too`;
  return state === 'pending' ? `from ${formatInstant(escalation.at)} on ${group} may decide, too` : null;
}

function durationInWords(request: RequestView): string {
  const asked = formatDuration(request.durationMs);
  const { grant } = request;
  // The grant of an extension is the one that it makes longer, whose time began before.
  if (request.kind === 'extension' || grant === null) return asked;
  const first = request.votes.flatMap(({ verdict, durationMs }) =>
    verdict === 'approve' && durationMs !== null ? [durationMs] : [],
  );
  const given = Math.min(request.durationMs, ...first);
  return given === request.durationMs ? asked : `${formatDuration(given)} (asked for ${asked})`;
}

function optional(label: string, value: string | null): readonly CardField[] {
  return value === null ? [] : [{ label, value: plainLine(value, NAME_CHARACTERS_MAX) }];
}

/** Another request or grant that this one is about. */
function related(label: string, id: string | null): readonly CardField[] {
  return id === null ? [] : [{ label, rank: 'small-print', value: id, code: true }];
}

/** The last words first read: what was said before the last few is on the request's page. */
export function requestLists(request: RequestView): readonly CardList[] {
  const lists: CardList[] = [];
  if (request.votes.length > 0) lists.push(votesList(request.votes));
  if (request.comments.length > 0) lists.push(commentsList(request.comments));
  return lists;
}

function votesList(votes: readonly VoteView[]): CardList {
  return {
    title: 'Decisions',
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => ({
      text: `${voterInWords(vote)} ${verdictInWords(vote)}`,
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
  const signedIn = vote.steppedUp ? ', after a fresh sign-in' : '';
  const where = `${formatInstant(vote.at)}, in ${vote.platform}${signedIn}`;
  return vote.note === null ? where : `${where}: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
}

function commentsList(comments: readonly CommentView[]): CardList {
  const shown = comments.slice(-COMMENTS_SHOWN_MAX);
  const earlier = comments.length - shown.length;
  return {
    title: earlier === 0 ? 'Comments' : `Comments (${earlier} earlier on the request’s page)`,
    items: shown.map((comment) => ({
      text: `${nameOf(comment.author)}: ${plainLine(comment.text, NOTE_SHOWN_CHARACTERS_MAX)}`,
      detail: `${formatInstant(comment.at)}, in ${comment.platform}`,
    })),
  };
}
