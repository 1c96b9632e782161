/** The card of a review: what was taken without approval, what was done with it, and who has to say whether that was right. */
import type { ReviewView, ReviewVoteView } from '../../access/review-views.ts';
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
import { requestUrl } from './request-card.ts';
import { formatInstant, fullNameOf, nameOf, stillNeeded, voterInWords } from './wording.ts';

/** @param options.publicUrl the address of the pages, where the sessions can be replayed */
export function reviewCard(review: ReviewView, options: { readonly publicUrl: string }): Card {
  const title = plainLine(
    `Review: ${nameOf(review.holder)} broke the glass for ${review.role} on ${review.resource}`,
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
  const at = review.decidedAt === null ? '' : ` at ${formatInstant(review.decidedAt)}`;
  const by = review.decidedBy === null ? '' : ` by ${nameOf(review.decidedBy)}`;
  const note = review.note === null ? '.' : `: ${review.note}`;
  switch (review.state) {
    case 'pending':
      return review.endedAt === null
        ? { tone: 'bad', status: 'The access is still open. It is reviewed once it has ended.' }
        : {
            tone: 'warning',
            status: `To be reviewed until ${formatInstant(review.dueAt)}: still needs ${stillNeeded(review)}.`,
          };
    case 'justified':
      return { tone: 'good', status: `Found justified${by}${at}${note}` };
    case 'unjustified':
      return { tone: 'bad', status: `Found unjustified${by}${at}${note}` };
  }
}

function fieldsOf(review: ReviewView): readonly CardField[] {
  const { endedAt, startsAt } = review;
  const fields: CardField[] = [{ label: 'Who', value: fullNameOf(review.holder) }];
  if (review.requester.id !== review.holder.id) {
    fields.push({ label: 'Asked by', value: fullNameOf(review.requester) });
  }
  fields.push(
    {
      label: 'Resource',
      value: plainLine(`${review.resource} (${review.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: 'Role', value: plainLine(review.role, NAME_CHARACTERS_MAX) },
    {
      label: 'Reason',
      rank: 'quote',
      value: plainBlock(review.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  );
  if (review.ticket !== null) {
    fields.push({ label: 'Ticket', value: plainLine(review.ticket, NAME_CHARACTERS_MAX) });
  }
  if (review.incident !== null) {
    fields.push({ label: 'Incident', value: plainLine(`#${review.incident}`, NAME_CHARACTERS_MAX) });
  }
  fields.push(
    {
      label: 'Open',
      value:
        endedAt === null
          ? `since ${formatInstant(startsAt)}, until ${formatInstant(review.expiresAt)} at the latest`
          : `${formatDuration(endedAt.getTime() - startsAt.getTime())}, until ${formatInstant(endedAt)}`,
    },
    { label: 'Sessions', value: String(review.sessions) },
  );
  if (review.state === 'pending') {
    fields.push({ label: 'Still needed', rank: 'small-print', value: stillNeeded(review) });
    if (endedAt !== null) {
      fields.push({
        label: 'Due',
        value: formatInstant(review.dueAt),
        countdownTo: review.dueAt.toISOString(),
      });
    }
  }
  if (review.reminders > 0) fields.push({ label: 'Reminders', value: String(review.reminders) });
  fields.push(
    { label: 'Grant', rank: 'small-print', value: review.grantId, code: true },
    { label: 'ID', rank: 'small-print', value: review.id, code: true },
  );
  return fields;
}

function votesList(votes: readonly ReviewVoteView[]): CardList {
  return {
    title: 'Findings',
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => {
      const where = `${formatInstant(vote.at)}, in ${vote.platform}`;
      const note = vote.note === null ? '' : `: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
      return {
        text: `${voterInWords(vote)}: ${vote.verdict}`,
        detail: `${where}${note}`,
        tone: vote.verdict === 'justified' ? 'good' : 'bad',
      };
    }),
  };
}

function actionsOf(review: ReviewView, publicUrl: string): readonly CardAction[] {
  const links: readonly CardAction[] = [
    { kind: 'link', label: 'Review', url: reviewUrl(review.id, publicUrl) },
    { kind: 'link', label: 'Sessions', url: requestUrl(review.requestId, publicUrl) },
  ];
  if (review.state !== 'pending') return links;
  const subject = review.id;
  if (review.endedAt === null) {
    const revoke = { kind: 'button', action: 'revoke', label: 'Revoke', style: 'danger' } as const;
    return [{ ...revoke, subject: review.grantId }, ...links];
  }
  return [
    { kind: 'button', action: 'find-justified', subject, label: 'Justified', style: 'primary' },
    { kind: 'button', action: 'find-unjustified', subject, label: 'Not justified', style: 'danger' },
    ...links,
  ];
}
