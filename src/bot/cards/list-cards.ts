/** Cards that answer one person: their requests and access, what waits for them, sessions. Never posted. */
import type { PolicyChangeView } from '../../access/policy-change-views.ts';
import type { ReviewView } from '../../access/review-views.ts';
import type { SearchHit } from '../../access/search/search-sessions.ts';
import type { ChatHoldView, GrantView, RequestView, SessionView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardList } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
import {
  formatInstant,
  formatTimeOfDay,
  nameOf,
  nameOrNull,
  resourceAsRole,
  roleOnResource,
  stillNeeded,
} from './wording.ts';

/** Buttons on one card that answers one person. */
const BUTTONS_MAX = 5;

export function mineCard(input: {
  readonly requests: readonly RequestView[];
  readonly grants: readonly GrantView[];
}): Card {
  const live = input.grants.slice(0, LIST_ITEMS_MAX);
  const requests = input.requests.slice(0, LIST_ITEMS_MAX);
  const pending = requests.filter((request) => request.state === 'pending');
  const words = texts().lists.mine;
  const lists: CardList[] = [];
  if (live.length > 0) lists.push({ title: words.live, items: live.map(grantItem) });
  if (requests.length > 0) lists.push({ title: words.requests, items: requests.map(requestLine) });
  const status = words.status(live.length, pending.length);
  return {
    tone: 'neutral',
    title: words.title,
    status: lists.length === 0 ? words.nothing : status,
    fields: [],
    lists,
    actions: [
      ...live.slice(0, BUTTONS_MAX).map((grant) => doneButton(grant, live.length > 1)),
      ...pending.slice(0, BUTTONS_MAX).map(cancelButton),
    ],
    fallback: words.fallback(status),
  };
}

/** Which of several live grants is meant. */
export function chooseGrantCard(grants: readonly GrantView[], to: 'done' | 'extend'): Card {
  const shown = grants.slice(0, LIST_ITEMS_MAX);
  const { which, mine } = texts().lists;
  const title = which[to];
  return {
    tone: 'waiting',
    title,
    status: which.held(grants.length),
    fields: [],
    lists: [{ title: mine.live, items: shown.map(grantItem) }],
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
  const words = texts().lists.pending;
  const count = holds.length + requests.length + changes.length + reviews.length;
  const lists: readonly CardList[] = [
    { title: words.holds, items: holds.slice(0, LIST_ITEMS_MAX).map(heldItem) },
    { title: words.requests, items: requests.slice(0, LIST_ITEMS_MAX).map(pendingItem) },
    { title: words.changes, items: changes.slice(0, LIST_ITEMS_MAX).map(changeItem) },
    { title: words.reviews, items: reviews.slice(0, LIST_ITEMS_MAX).map(reviewItem) },
  ];
  const links: readonly CardAction[] = [
    ...holds.map(({ id }) => openLink(id, holdUrl(id, publicUrl))),
    ...requests.map(({ id }) => openLink(id, requestUrl(id, publicUrl))),
    ...changes.map(({ id }) => openLink(id, policyChangeUrl(id, publicUrl))),
    ...reviews.map(({ id }) => openLink(id, reviewUrl(id, publicUrl))),
  ];
  const status = count === 0 ? words.nothing : words.status(count);
  return {
    tone: count === 0 ? 'good' : 'waiting',
    title: words.title,
    status,
    fields: [],
    lists: lists.filter((list) => list.items.length > 0),
    actions: links.slice(0, LIST_ITEMS_MAX),
    fallback: words.fallback(status),
  };
}

function openLink(id: string, url: string): CardAction {
  return { kind: 'link', label: texts().buttons.open(id), url };
}

export function sessionsCard(
  sessions: readonly SessionView[],
  options: {
    readonly publicUrl: string;
    readonly search: string | null;
    /** What was found in them, by session. */
    readonly hits?: ReadonlyMap<string, readonly SearchHit[]>;
  },
): Card {
  const { search, hits = new Map<string, readonly SearchHit[]>() } = options;
  const shown = sessions.slice(0, hits.size === 0 ? LIST_ITEMS_MAX : Math.floor(LIST_ITEMS_MAX / 2));
  const words = texts().lists.sessions;
  const status = shown.length === 0 ? words.nothing(search) : words.status(shown.length, search);
  return {
    tone: 'neutral',
    title: words.title,
    status: plainLine(status, TITLE_CHARACTERS_MAX),
    fields: [],
    lists:
      shown.length === 0
        ? []
        : [
            {
              title: words.newestFirst,
              items: shown.flatMap((session) => [
                sessionItem(session),
                ...(hits.get(session.id) ?? []).slice(0, 1).map(hitItem),
              ]),
            },
          ],
    actions: shown.slice(0, BUTTONS_MAX).map((session) => ({
      kind: 'link',
      label: texts().buttons.replayOne(session.id),
      url: momentUrl(replayUrl(session.id, options.publicUrl), hits.get(session.id)?.[0]),
    })),
    fallback: plainLine(status, TITLE_CHARACTERS_MAX),
  };
}

/** Where the page shows what was found. */
function momentUrl(url: string, hit: SearchHit | undefined): string {
  return hit === undefined ? url : `${url}?at=${hit.atMs}`;
}

function hitItem(hit: SearchHit): Item {
  return {
    text: plainLine(hit.text.map(({ text }) => text).join(''), STATEMENT_CHARACTERS_MAX),
    code: true,
    detail: formatTimeOfDay(hit.at),
    tone: hit.denied ? 'bad' : 'neutral',
  };
}

type Item = CardList['items'][number];

function grantItem(grant: GrantView): Item {
  return {
    text: plainLine(`${grant.id}: ${resourceAsRole(grant)}`, TITLE_CHARACTERS_MAX),
    detail: grantInWords(grant),
    tone: 'good',
  };
}

/** One of somebody's own requests, wherever those are listed. */
export function requestLine(request: RequestView): Item {
  const { lists, requests } = texts();
  return {
    text: plainLine(`${request.id}: ${resourceAsRole(request)}`, TITLE_CHARACTERS_MAX),
    detail:
      request.state === 'pending'
        ? lists.pendingLine({ needed: stillNeeded(request), lapsesAt: formatInstant(request.lapsesAt) })
        : lists.decidedLine({
            state: requests.states[request.state],
            askedAt: formatInstant(request.createdAt),
          }),
    tone: request.state === 'pending' ? 'waiting' : 'neutral',
  };
}

function pendingItem(request: RequestView): Item {
  const { lists } = texts();
  const asked = {
    who: nameOf(request.requester),
    what: roleOnResource(request),
    time: formatDuration(request.durationMs),
  };
  const what = request.kind === 'extension' ? lists.asksForMore(asked) : lists.asks(asked);
  return {
    text: plainLine(`${request.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: lists.lapses({
      about: plainLine(request.reason, NOTE_SHOWN_CHARACTERS_MAX),
      lapsesAt: formatInstant(request.lapsesAt),
    }),
    tone: 'waiting',
  };
}

function changeItem(change: PolicyChangeView): Item {
  const { lists, people } = texts();
  const who = nameOrNull(change.proposer) ?? people.theFileOfAServer;
  const what = lists.version({ version: change.version, who });
  return {
    text: plainLine(`${change.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: lists.lapses({
      about: lists.changeNeeds(stillNeeded(change)),
      lapsesAt: formatInstant(change.lapsesAt),
    }),
    tone: 'waiting',
  };
}

function reviewItem(review: ReviewView): Item {
  const { lists } = texts();
  const what = lists.brokeGlass({ who: nameOf(review.holder), what: roleOnResource(review) });
  return {
    text: plainLine(`${review.id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: lists.due({
      about: plainLine(review.reason, NOTE_SHOWN_CHARACTERS_MAX),
      dueAt: formatInstant(review.dueAt),
    }),
    tone: 'warning',
  };
}

function heldItem(hold: ChatHoldView): Item {
  const { lists } = texts();
  const what = lists.held({ who: nameOf(hold.holder), resource: hold.resource });
  const about = plainLine(`${hold.id}: ${what}`, TITLE_CHARACTERS_MAX);
  return {
    text: plainLine(visibleText(hold.text), STATEMENT_CHARACTERS_MAX),
    code: true,
    detail: lists.lapses({ about, lapsesAt: formatTimeOfDay(hold.expiresAt) }),
    tone: 'waiting',
  };
}

function sessionItem(session: SessionView): Item {
  const { lists, sessions } = texts();
  const { id, endedAt, endReason, counts } = session;
  const state =
    endedAt === null || endReason === null ? sessions.isLive : sessions.hasEnded(sessions.ends[endReason]);
  const what = lists.held({ who: nameOf(session.holder), resource: resourceAsRole(session) });
  return {
    text: plainLine(`${id}: ${what}`, TITLE_CHARACTERS_MAX),
    detail: sessions.line({ startedAt: formatInstant(session.startedAt), state }, counts),
    tone: session.counts.denied > 0 ? 'warning' : 'neutral',
  };
}

function doneButton(grant: GrantView, several: boolean): CardAction {
  return {
    kind: 'button',
    action: 'done',
    subject: grant.id,
    label: several ? texts().buttons.doneWith(grant.id) : texts().buttons.done,
    style: 'plain',
  };
}

function extendButton(grant: GrantView): CardAction {
  const label = texts().buttons.extendOne(grant.id);
  return { kind: 'button', action: 'extend', subject: grant.id, label, style: 'plain' };
}

function cancelButton(request: RequestView): CardAction {
  return {
    kind: 'button',
    action: 'cancel',
    subject: request.id,
    label: texts().buttons.cancelOne(request.id),
    style: 'plain',
  };
}
