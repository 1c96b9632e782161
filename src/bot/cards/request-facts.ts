/** The facts on the card of a request, and what was said about it: comments and decisions. */
import type { CommentView, ConsentView, RequestView, VoteView } from '../../access/views.ts';
import type { OnCallView } from '../../access/who-is-on-call.ts';
import { formatDuration } from '../../core/duration.ts';
import type { CardField, CardList } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
import {
  formatInstant,
  fullNameOf,
  instantOrNull,
  lacking,
  nameOf,
  nameOrNull,
  seatsInWords,
  voterInWords,
} from './wording.ts';

/** @param onCall who is on call for the request's seats; empty where nobody on call is asked */
export function requestFields(request: RequestView, onCall: readonly OnCallView[]): readonly CardField[] {
  return [
    ...whoFields(request),
    {
      label: texts().labels.resource,
      value: plainLine(`${request.resource} (${request.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: texts().labels.role, value: plainLine(request.role, NAME_CHARACTERS_MAX) },
    {
      label: request.kind === 'extension' ? texts().labels.moreTime : texts().labels.duration,
      value: durationInWords(request),
    },
    {
      label: texts().labels.reason,
      rank: 'quote',
      value: plainBlock(request.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
    ...optional(texts().labels.ticket, request.ticket),
    ...optional(texts().labels.incident, request.incident === null ? null : `#${request.incident}`),
    {
      label: texts().labels.policy,
      rank: 'small-print',
      value: plainLine(`${request.policy}: ${request.explanation}`, VALUE_CHARACTERS_MAX),
    },
    ...approvalFields(request, onCall),
    ...related(texts().labels.extends, request.extends),
    ...related(texts().labels.askedBeforeAs, request.againOf),
    { label: texts().labels.id, rank: 'small-print', value: request.id, code: true },
  ];
}

function whoFields(request: RequestView): readonly CardField[] {
  const { requester, beneficiary, consent } = request;
  const fields: CardField[] = [{ label: texts().labels.who, value: fullNameOf(requester) }];
  if (beneficiary.id !== requester.id)
    fields.push({ label: texts().labels.beneficiary, value: fullNameOf(beneficiary) });
  if (consent !== null) fields.push({ label: texts().labels.consent, value: consentInWords(consent) });
  return fields;
}

function consentInWords(consent: ConsentView): string {
  const { requests } = texts();
  const from = plainLine(consent.from, NAME_CHARACTERS_MAX);
  if (!consent.given) return requests.consentNeeded(from);
  return requests.consentGiven({ who: nameOrNull(consent.by) ?? from, instant: instantOrNull(consent.at) });
}

function approvalFields(request: RequestView, onCall: readonly OnCallView[]): readonly CardField[] {
  const fields: CardField[] = [];
  if (request.seats.length > 0) {
    const needs = texts().people.needsAsField(seatsInWords(request.seats));
    fields.push({
      label: texts().labels.approval,
      rank: 'small-print',
      value: request.stepUp ? texts().requests.needsSignIn(needs) : needs,
    });
  }
  if (request.tightened !== null) {
    const policy = plainLine(request.tightened.policy, NAME_CHARACTERS_MAX);
    const since = formatInstant(request.tightened.at);
    fields.push({ label: texts().labels.asksForMore, value: texts().requests.tightened({ policy, since }) });
  }
  fields.push(...onCallFields(onCall));
  const escalation = escalationInWords(request);
  if (escalation !== null)
    fields.push({ label: texts().labels.escalation, rank: 'small-print', value: escalation });
  if (request.remindedAt !== null) {
    fields.push({
      label: texts().labels.reminded,
      rank: 'small-print',
      value: formatInstant(request.remindedAt),
    });
  }
  if (request.state !== 'pending') return fields;
  return [
    ...fields,
    { label: texts().labels.stillNeeded, rank: 'small-print', value: lacking(request) },
    {
      label: texts().labels.lapses,
      value: formatInstant(request.lapsesAt),
      countdownTo: request.lapsesAt.toISOString(),
    },
  ];
}

function escalationInWords({ escalation, escalatedAt, state }: RequestView): string | null {
  if (escalation === null) return null;
  const group = plainLine(escalation.group, NAME_CHARACTERS_MAX);
  const { requests } = texts();
  if (escalatedAt !== null) {
    return requests.escalatedSince({ group, instant: formatInstant(escalatedAt) });
  }
  if (state !== 'pending') return null;
  return requests.escalatesAt({ group, instant: formatInstant(escalation.at) });
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
  return given === request.durationMs
    ? asked
    : texts().requests.durationGiven({ given: formatDuration(given), asked });
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
    title: texts().decisions.title,
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => ({
      text: verdictInWords(vote),
      detail: voteDetail(vote),
      tone: vote.verdict === 'approve' ? 'good' : 'bad',
    })),
  };
}

function verdictInWords(vote: VoteView): string {
  const { decisions } = texts();
  const who = voterInWords(vote);
  if (vote.verdict === 'deny') return decisions.denied(who);
  if (vote.durationMs === null) return decisions.approved(who);
  return decisions.approvedFor({ who, time: formatDuration(vote.durationMs) });
}

function voteDetail(vote: VoteView): string {
  const { decisions } = texts();
  const at = { instant: formatInstant(vote.at), platform: vote.platform };
  const where = vote.steppedUp ? decisions.whereSignedIn(at) : decisions.where(at);
  return vote.note === null ? where : `${where}: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
}

function commentsList(comments: readonly CommentView[]): CardList {
  const shown = comments.slice(-COMMENTS_SHOWN_MAX);
  const earlier = comments.length - shown.length;
  return {
    title: earlier === 0 ? texts().requests.comments : texts().requests.commentsCut(earlier),
    items: shown.map((comment) => ({
      text: texts().requests.comment({
        author: nameOf(comment.author),
        text: plainLine(comment.text, NOTE_SHOWN_CHARACTERS_MAX),
      }),
      detail: texts().decisions.where({
        instant: formatInstant(comment.at),
        platform: comment.platform,
      }),
    })),
  };
}
