/** What is said in the thread of a card when somebody is reminded or more people are asked: each once. */
import type { ReviewView } from '../../access/review-views.ts';
import type { RequestView } from '../../access/views.ts';
import type { Card, CardField } from '../card.ts';
import { NAME_CHARACTERS_MAX, STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { requestUrl } from './request-card.ts';
import { reviewUrl } from './review-card.ts';
import { formatInstant, nameOf, stillNeeded } from './wording.ts';

/** What is said stays as it was: a later sync finds the same, whatever has been decided since. */
export function reminderCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  return reply({
    title: `Reminder: ${nameOf(request.requester)} waits for ${request.role} on ${request.resource}`,
    status: `It lapses at ${formatInstant(request.lapsesAt)}. The card above says who is still needed.`,
    about: { label: 'Reminder of', value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

export function escalationCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const group = plainLine(request.escalation?.group ?? '', NAME_CHARACTERS_MAX);
  return reply({
    title: `Escalated to ${group}: ${nameOf(request.requester)} waits for ${request.role} on ${request.resource}`,
    status: `Members of ${group} may decide from now on, too. It lapses at ${formatInstant(request.lapsesAt)}.`,
    about: { label: 'Escalation of', value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

/** To whoever asked: the request was closed, and why. */
export function closingCard(request: RequestView, options: { readonly publicUrl: string }): Card {
  const by = request.closed?.by ?? null;
  return reply({
    title: `Not granted: ${request.role} on ${request.resource}`,
    status: `${by === null ? '' : `Closed by ${nameOf(by)}: `}${request.closed?.because ?? 'It is still open.'}`,
    about: { label: 'Closed', value: request.id, code: true },
    url: requestUrl(request.id, options.publicUrl),
  });
}

/** @param of.number the n-th reminder of this review */
export function reviewReminderCard(
  of: { readonly review: ReviewView; readonly number: number },
  options: { readonly publicUrl: string },
): Card {
  const { review, number } = of;
  return reply({
    title: `Reminder ${number}: the break-glass access of ${nameOf(review.holder)} to ${review.resource} was not reviewed yet`,
    status:
      review.state === 'pending'
        ? `It still needs ${stillNeeded(review)}, and is due at ${formatInstant(review.dueAt)}.`
        : 'It has been reviewed since.',
    about: { label: 'Reminder of', value: `${review.id}.${number}`, code: true },
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
    actions: [{ kind: 'link', label: 'Details', url: said.url }],
    fallback: `${title}. ${status}`,
  };
}
