/** Cards that answer one person: their requests and access, what waits for them, sessions. Never posted. */
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
import { grantInWords } from './request-card.ts';
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
  if (requests.length > 0) lists.push({ title: 'Latest requests', items: requests.map(requestItem) });
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

/** Which of several live grants to give back. */
export function chooseGrantCard(grants: readonly GrantView[]): Card {
  const shown = grants.slice(0, LIST_ITEMS_MAX);
  return {
    tone: 'waiting',
    title: 'Which access are you done with?',
    status: `You hold ${grants.length}.`,
    fields: [],
    lists: [{ title: 'Live access', items: shown.map(grantItem) }],
    actions: shown.map((grant) => doneButton(grant, true)),
    fallback: 'Which access are you done with?',
  };
}

/** Held commands first: somebody sits in front of each and waits. */
export function pendingCard(
  waiting: { readonly requests: readonly RequestView[]; readonly holds: readonly ChatHoldView[] },
  options: { readonly publicUrl: string },
): Card {
  const count = waiting.requests.length + waiting.holds.length;
  const holds = waiting.holds.slice(0, LIST_ITEMS_MAX);
  const requests = waiting.requests.slice(0, LIST_ITEMS_MAX);
  const lists: CardList[] = [];
  if (holds.length > 0) lists.push({ title: 'Held commands', items: holds.map(heldItem) });
  if (requests.length > 0) lists.push({ title: 'Requests', items: requests.map(pendingItem) });
  const links: readonly CardAction[] = [
    ...holds.map((hold) => openLink(hold.id, holdUrl(hold.id, options.publicUrl))),
    ...requests.map(({ id }) => openLink(id, `${options.publicUrl}/requests/${encodeURIComponent(id)}`)),
  ];
  const status = count === 0 ? 'Nothing waits for you.' : `${count} to decide.`;
  return {
    tone: count === 0 ? 'good' : 'waiting',
    title: 'Waiting for your decision',
    status,
    fields: [],
    lists,
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

function requestItem(request: RequestView): Item {
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
  const what = `${nameOf(request.requester)}: ${request.role} on ${request.resource} for ${formatDuration(request.durationMs)}`;
  return {
    text: plainLine(`${request.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: `${plainLine(request.reason, NOTE_SHOWN_CHARACTERS_MAX)} (lapses at ${formatInstant(request.lapsesAt)})`,
    tone: 'waiting',
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

function cancelButton(request: RequestView): CardAction {
  return {
    kind: 'button',
    action: 'cancel',
    subject: request.id,
    label: `Cancel ${request.id}`,
    style: 'plain',
  };
}
