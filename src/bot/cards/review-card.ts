/** The card of a review: what was taken without approval, what was done with it, and who has to say whether that was right. */
import type { ReviewView, ReviewVoteView } from '../../access/review-views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, CardList, Tone } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
import { requestUrl } from './request-card.ts';
import {
  formatInstant,
  fullNameOf,
  instantOrNull,
  nameOf,
  nameOrNull,
  roleOnResource,
  stillNeeded,
  voterInWords,
} from './wording.ts';

/** @param options.publicUrl the address of the pages, where the sessions can be replayed */
export function reviewCard(review: ReviewView, options: { readonly publicUrl: string }): Card {
  const title = plainLine(
    texts().reviews.title({ who: nameOf(review.holder), what: roleOnResource(review) }),
    TITLE_CHARACTERS_MAX,
  );
  const { tone, status } = standingOf(review);
  return {
    tone,
    title,
    status: plainLine(status, STATUS_CHARACTERS_MAX),
    fields: fieldsOf(review),
    lists: review.votes.length === 0 ? [] : [votesList(review.votes)],
    actions: actionsOf(review, options.publicUrl),
    fallback: `${title}. ${plainLine(status, STATUS_CHARACTERS_MAX)}`,
  };
}

/** Where a review is shown. */
export function reviewUrl(reviewId: string, publicUrl: string): string {
  return `${publicUrl}/reviews/${encodeURIComponent(reviewId)}`;
}

function standingOf(review: ReviewView): { readonly tone: Tone; readonly status: string } {
  const words = texts().reviews.status;
  const found = {
    who: nameOrNull(review.decidedBy),
    decidedAt: instantOrNull(review.decidedAt),
    note: review.note,
  };
  switch (review.state) {
    case 'pending':
      return review.endedAt === null
        ? { tone: 'bad', status: words.stillOpen }
        : {
            tone: 'warning',
            status: words.pending({ dueAt: formatInstant(review.dueAt), needed: stillNeeded(review) }),
          };
    case 'justified':
      return { tone: 'good', status: words.justified(found) };
    case 'unjustified':
      return { tone: 'bad', status: words.unjustified(found) };
  }
}

function fieldsOf(review: ReviewView): readonly CardField[] {
  const { endedAt, startsAt } = review;
  const fields: CardField[] = [{ label: texts().labels.who, value: fullNameOf(review.holder) }];
  if (review.requester.id !== review.holder.id) {
    fields.push({ label: texts().labels.askedBy, value: fullNameOf(review.requester) });
  }
  fields.push(
    {
      label: texts().labels.resource,
      value: plainLine(`${review.resource} (${review.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: texts().labels.role, value: plainLine(review.role, NAME_CHARACTERS_MAX) },
    {
      label: texts().labels.reason,
      rank: 'quote',
      value: plainBlock(review.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  );
  if (review.ticket !== null) {
    fields.push({ label: texts().labels.ticket, value: plainLine(review.ticket, NAME_CHARACTERS_MAX) });
  }
  if (review.incident !== null) {
    fields.push({
      label: texts().labels.incident,
      value: plainLine(`#${review.incident}`, NAME_CHARACTERS_MAX),
    });
  }
  fields.push(
    {
      label: texts().labels.open,
      value:
        endedAt === null
          ? texts().reviews.openSince({
              since: formatInstant(startsAt),
              until: formatInstant(review.expiresAt),
            })
          : texts().reviews.wasOpen({
              length: formatDuration(endedAt.getTime() - startsAt.getTime()),
              until: formatInstant(endedAt),
            }),
    },
    { label: texts().labels.sessions, value: String(review.sessions) },
  );
  if (review.state === 'pending') {
    fields.push({ label: texts().labels.stillNeeded, rank: 'small-print', value: stillNeeded(review) });
    if (endedAt !== null) {
      fields.push({
        label: texts().labels.due,
        value: formatInstant(review.dueAt),
        countdownTo: review.dueAt.toISOString(),
      });
    }
  }
  if (review.reminders > 0) fields.push({ label: texts().labels.reminders, value: String(review.reminders) });
  fields.push(
    { label: texts().labels.grant, rank: 'small-print', value: review.grantId, code: true },
    { label: texts().labels.id, rank: 'small-print', value: review.id, code: true },
  );
  return fields;
}

function votesList(votes: readonly ReviewVoteView[]): CardList {
  return {
    title: texts().reviews.findings,
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => {
      const where = texts().decisions.where({ instant: formatInstant(vote.at), platform: vote.platform });
      const note = vote.note === null ? '' : `: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
      return {
        text: texts().reviews.found[vote.verdict](voterInWords(vote)),
        detail: `${where}${note}`,
        tone: vote.verdict === 'justified' ? 'good' : 'bad',
      };
    }),
  };
}

function actionsOf(review: ReviewView, publicUrl: string): readonly CardAction[] {
  const links: readonly CardAction[] = [
    { kind: 'link', label: texts().buttons.review, url: reviewUrl(review.id, publicUrl) },
    { kind: 'link', label: texts().buttons.sessions, url: requestUrl(review.requestId, publicUrl) },
  ];
  if (review.state !== 'pending') return links;
  const subject = review.id;
  if (review.endedAt === null) {
    const revoke = {
      kind: 'button',
      action: 'revoke',
      label: texts().buttons.revoke,
      style: 'danger',
    } as const;
    return [{ ...revoke, subject: review.grantId }, ...links];
  }
  return [
    { kind: 'button', action: 'find-justified', subject, label: texts().buttons.justified, style: 'primary' },
    {
      kind: 'button',
      action: 'find-unjustified',
      subject,
      label: texts().buttons.notJustified,
      style: 'danger',
    },
    ...links,
  ];
}
