/** Cards that answer one person: their requests and access, what waits for them, sessions. Never posted. */
import type { PolicyChangeView } from '../../access/policy-change-views.ts';
import type { ReviewView } from '../../access/review-views.ts';
import type { ChatHoldView, GrantView, RequestView, SessionView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardList } from '../card.ts';
import { holdUrl } from './hold-card.ts';
import {
  LIST_ITEMS_MAX,
  NOTE_SHOWN_CHARACTERS_MAX,
  STATEMENT_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
} from './limits.ts';
import { plainLine } from './plain-text.ts';
import { policyChangeUrl } from './policy-change-card.ts';
import { grantInWords, requestUrl } from './request-card.ts';
import { reviewUrl } from './review-card.ts';
import { replayUrl } from './session-card.ts';
import { END_IN_WORDS, formatInstant, formatTimeOfDay, nameOf, stillNeeded } from './wording.ts';

/** Buttons on one card that answers one person. */
const BUTTONS_MAX = 5;

export function mineCard(input: {
  readonly requests: readonly RequestView[];
  readonly grants: readonly GrantView[];
}): Card {
  const live = input.grants.slice(0, LIST_ITEMS_MAX);
  const requests = input.requests.slice(0, LIST_ITEMS_MAX);
  const pending = requests.filter((request) => request.state === 'pending');
  const lists: CardList[] = [];
  if (live.length > 0) lists.push({ title: 'Live access', items: live.map(grantItem) });
  if (requests.length > 0) lists.push({ title: 'Latest requests', items: requests.map(requestLine) });
  const status = `${live.length} live, ${pending.length} pending.`;
  return {
    tone: 'neutral',
    title: 'Your access',
    status: lists.length === 0 ? 'Nothing yet. /access request asks for access.' : status,
    fields: [],
    lists,
    actions: [
      ...live.slice(0, BUTTONS_MAX).map((grant) => doneButton(grant, live.length > 1)),
      ...pending.slice(0, BUTTONS_MAX).map(cancelButton),
    ],
    fallback: `Your access: ${status}`,
  };
}

const WHICH_ONE = {
  done: 'Which access are you done with?',
  extend: 'Which access should last longer?',
} as const;

/** Which of several live grants is meant. */
export function chooseGrantCard(grants: readonly GrantView[], to: keyof typeof WHICH_ONE): Card {
  const shown = grants.slice(0, LIST_ITEMS_MAX);
  const title = WHICH_ONE[to];
  return {
    tone: 'waiting',
    title,
    status: `You hold ${grants.length}.`,
    fields: [],
    lists: [{ title: 'Live access', items: shown.map(grantItem) }],
    actions: shown.map((grant) => (to === 'done' ? doneButton(grant, true) : extendButton(grant))),
    fallback: title,
  };
}

export interface Waiting {
  readonly holds: readonly ChatHoldView[];
  readonly requests: readonly RequestView[];
  readonly changes: readonly PolicyChangeView[];
  readonly reviews: readonly ReviewView[];
}

/** Held commands first: somebody sits in front of each and waits. */
export function pendingCard(waiting: Waiting, { publicUrl }: { readonly publicUrl: string }): Card {
  const { holds, requests, changes, reviews } = waiting;
  const count = holds.length + requests.length + changes.length + reviews.length;
  const lists: readonly CardList[] = [
    { title: 'Held commands', items: holds.slice(0, LIST_ITEMS_MAX).map(heldItem) },
    { title: 'Requests', items: requests.slice(0, LIST_ITEMS_MAX).map(pendingItem) },
    { title: 'Changes of the policy', items: changes.slice(0, LIST_ITEMS_MAX).map(changeItem) },
    { title: 'Reviews', items: reviews.slice(0, LIST_ITEMS_MAX).map(reviewItem) },
  ];
  const links: readonly CardAction[] = [
    ...holds.map(({ id }) => openLink(id, holdUrl(id, publicUrl))),
    ...requests.map(({ id }) => openLink(id, requestUrl(id, publicUrl))),
    ...changes.map(({ id }) => openLink(id, policyChangeUrl(id, publicUrl))),
    ...reviews.map(({ id }) => openLink(id, reviewUrl(id, publicUrl))),
  ];
  const status = count === 0 ? 'Nothing waits for you.' : `${count} to decide.`;
  return {
    tone: count === 0 ? 'good' : 'waiting',
    title: 'Waiting for your decision',
    status,
    fields: [],
    lists: lists.filter((list) => list.items.length > 0),
    actions: links.slice(0, LIST_ITEMS_MAX),
    fallback: `Waiting for your decision: ${status}`,
  };
}

function openLink(id: string, url: string): CardAction {
  return { kind: 'link', label: `Open ${id}`, url };
}

export function sessionsCard(
  sessions: readonly SessionView[],
  options: { readonly publicUrl: string; readonly search: string | null },
): Card {
  const shown = sessions.slice(0, LIST_ITEMS_MAX);
  const matching = options.search === null ? '' : ` matching "${options.search}"`;
  const status =
    shown.length === 0
      ? `No session${matching} that you may see.`
      : `The latest ${shown.length}${matching} that you may see.`;
  return {
    tone: 'neutral',
    title: 'Sessions',
    status: plainLine(status, TITLE_CHARACTERS_MAX),
    fields: [],
    lists: shown.length === 0 ? [] : [{ title: 'Newest first', items: shown.map(sessionItem) }],
    actions: shown.slice(0, BUTTONS_MAX).map((session) => ({
      kind: 'link',
      label: `Replay ${session.id}`,
      url: replayUrl(session.id, options.publicUrl),
    })),
    fallback: plainLine(status, TITLE_CHARACTERS_MAX),
  };
}

type Item = CardList['items'][number];

function grantItem(grant: GrantView): Item {
  return {
    text: plainLine(`${grant.id}: ${grant.resource} as ${grant.role}`, TITLE_CHARACTERS_MAX),
    detail: grantInWords(grant),
    tone: 'good',
  };
}

/** One of somebody's own requests, wherever those are listed. */
export function requestLine(request: RequestView): Item {
  return {
    text: plainLine(`${request.id}: ${request.resource} as ${request.role}`, TITLE_CHARACTERS_MAX),
    detail:
      request.state === 'pending'
        ? `Pending: still needs ${stillNeeded(request)}; lapses at ${formatInstant(request.lapsesAt)}.`
        : `${request.state}, asked at ${formatInstant(request.createdAt)}.`,
    tone: request.state === 'pending' ? 'waiting' : 'neutral',
  };
}

function pendingItem(request: RequestView): Item {
  const more = request.kind === 'extension' ? ' more' : '';
  const what = `${nameOf(request.requester)}: ${request.role} on ${request.resource} for ${formatDuration(request.durationMs)}${more}`;
  return {
    text: plainLine(`${request.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: `${plainLine(request.reason, NOTE_SHOWN_CHARACTERS_MAX)} (lapses at ${formatInstant(request.lapsesAt)})`,
    tone: 'waiting',
  };
}

function changeItem(change: PolicyChangeView): Item {
  const who = change.proposer === null ? 'the file of a server' : nameOf(change.proposer);
  return {
    text: plainLine(`${change.id}: version ${change.version} from ${who}`, TITLE_CHARACTERS_MAX),
    detail: `still needs ${stillNeeded(change)} (lapses at ${formatInstant(change.lapsesAt)})`,
    tone: 'waiting',
  };
}

function reviewItem(review: ReviewView): Item {
  const what = `${nameOf(review.holder)} broke the glass for ${review.role} on ${review.resource}`;
  return {
    text: plainLine(`${review.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: `${plainLine(review.reason, NOTE_SHOWN_CHARACTERS_MAX)} (due at ${formatInstant(review.dueAt)})`,
    tone: 'warning',
  };
}

function heldItem(hold: ChatHoldView): Item {
  const who = plainLine(`${hold.id}: ${nameOf(hold.holder)} on ${hold.resource}`, TITLE_CHARACTERS_MAX);
  return {
    text: plainLine(visibleText(hold.text), STATEMENT_CHARACTERS_MAX),
    code: true,
    detail: `${who} (lapses at ${formatTimeOfDay(hold.expiresAt)})`,
    tone: 'waiting',
  };
}

function sessionItem(session: SessionView): Item {
  const ended =
    session.endedAt === null || session.endReason === null
      ? 'live'
      : `ended: ${END_IN_WORDS[session.endReason]}`;
  return {
    text: plainLine(
      `${session.id}: ${nameOf(session.holder)} on ${session.resource} as ${session.role}`,
      TITLE_CHARACTERS_MAX,
    ),
    detail: `${formatInstant(session.startedAt)}, ${session.counts.commands} commands, ${session.counts.denied} denied, ${ended}`,
    tone: session.counts.denied > 0 ? 'warning' : 'neutral',
  };
}

function doneButton(grant: GrantView, several: boolean): CardAction {
  return {
    kind: 'button',
    action: 'done',
    subject: grant.id,
    label: several ? `Done with ${grant.id}` : 'I’m done',
    style: 'plain',
  };
}

function extendButton(grant: GrantView): CardAction {
  const label = `Extend ${grant.id}`;
  return { kind: 'button', action: 'extend', subject: grant.id, label, style: 'plain' };
}

function cancelButton(request: RequestView): CardAction {
  return {
    kind: 'button',
    action: 'cancel',
    subject: request.id,
    label: `Cancel ${request.id}`,
    style: 'plain',
  };
}
