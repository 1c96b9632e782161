/** What is said in the thread of a card when somebody is reminded or more people are asked: each once. */
import type { ReviewView } from '../../access/review-views.ts';
import type { RequestView } from '../../access/views.ts';
import type { Card, CardField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { NAME_CHARACTERS_MAX, STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { requestUrl } from './request-card.ts';
import { reviewUrl } from './review-card.ts';
import { formatInstant, nameOf, nameOrNull, roleOnResource, stillNeeded } from './wording.ts';

/** What is said stays as it was: a later sync finds the same, whatever has been decided since. */
export function reminderCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const { thread } = texts().requests;
  return reply({
    title: thread.reminderTitle({ who: nameOf(request.requester), what: roleOnResource(request) }),
    status: thread.reminder(formatInstant(request.lapsesAt)),
    about: { label: texts().labels.reminderOf, value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

export function escalationCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const { thread } = texts().requests;
  const group = plainLine(request.escalation?.group ?? '', NAME_CHARACTERS_MAX);
  return reply({
    title: thread.escalationTitle({
      group,
      who: nameOf(request.requester),
      what: roleOnResource(request),
    }),
    status: thread.escalation({ group, lapsesAt: formatInstant(request.lapsesAt) }),
    about: { label: texts().labels.escalationOf, value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

/** To whoever asked: the request was closed, and why. */
export function closingCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const { thread } = texts().requests;
  const who = nameOrNull(request.closed?.by ?? null);
  const because = request.closed?.because ?? thread.stillOpen;
  return reply({
    title: thread.closingTitle(roleOnResource(request)),
    status: who === null ? because : thread.closedBy({ who, because }),
    about: { label: texts().labels.closed, value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

/** @param of.number the n-th reminder of this review */
export function reviewReminderCard(
  of: { readonly review: ReviewView; readonly number: number },
  options: { readonly publicUrl: string },
): Card {
  const { review, number } = of;
  const words = texts().reviews;
  return reply({
    title: words.reminderTitle(number, { who: nameOf(review.holder), resource: review.resource }),
    status:
      review.state === 'pending'
        ? words.reminder({ needed: stillNeeded(review), dueAt: formatInstant(review.dueAt) })
        : words.reviewedSince,
    about: { label: texts().labels.reminderOf, value: `${review.id}.${number}`, code: true },
    url: reviewUrl(review.id, options.publicUrl),
  });
}

function reply(said: {
  readonly title: string;
  readonly status: string;
  readonly about: CardField;
  readonly url: string;
}): Card {
  const title = plainLine(said.title, TITLE_CHARACTERS_MAX);
  const status = plainLine(said.status, STATUS_CHARACTERS_MAX);
  return {
    tone: 'warning',
    title,
    status,
    fields: [said.about],
    lists: [],
    actions: [{ kind: 'link', label: texts().buttons.details, url: said.url }],
    fallback: `${title}. ${status}`,
  };
}
