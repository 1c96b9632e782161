/** How freezes and reviews of emergency access read on the terminal. */
import type { FreezeAnswer } from '../web/schemas/freeze.ts';
import type { ReviewAnswer } from '../web/schemas/reviews.ts';
import { type Column, renderFields } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { describeSeat, distanceOf, timeOf } from './wording.ts';

const STATE_STYLES: Readonly<Record<ReviewAnswer['state'], Style>> = {
  pending: 'yellow',
  justified: 'green',
  unjustified: 'red',
};

export function describeFreeze({ frozen, since, by, reason }: FreezeAnswer): string {
  if (!frozen || since === null) return 'Nothing is frozen: access is granted as the policy says.';
  const who = by === null ? 'an alert' : `${by.name} <${by.email}>`;
  return `Frozen since ${timeOf(since)} by ${who}: ${reason ?? ''}\nNothing is granted until: sallyport unfreeze`;
}

export const REVIEW_COLUMNS: readonly Column<ReviewAnswer>[] = [
  { title: 'ID', value: (review) => review.id },
  { title: 'STATE', value: (review) => review.state },
  { title: 'WHO', value: (review) => review.holder.name },
  { title: 'RESOURCE', value: (review) => review.resource },
  { title: 'ROLE', value: (review) => review.role },
  { title: 'ENDED', value: (review) => (review.endedAt === null ? 'live' : timeOf(review.endedAt)) },
  { title: 'DUE', value: (review) => timeOf(review.dueAt) },
  { title: 'REMINDERS', value: (review) => String(review.reminders), align: 'right' },
  { title: 'REASON', value: (review) => review.reason },
];

export function describeReview(terminal: Terminal, review: ReviewAnswer, now: Date): string {
  const { decidedBy, decidedAt } = review;
  const open = review.state === 'pending';
  return renderFields(terminal, [
    { name: 'Review', value: review.id },
    { name: 'State', value: review.state, style: STATE_STYLES[review.state] },
    { name: 'Who', value: `${review.holder.name} <${review.holder.email}>` },
    { name: 'Resource', value: `${review.resource} (${review.resourceKind}) as ${review.role}` },
    { name: 'Reason', value: review.reason },
    { name: 'Ticket', value: review.ticket },
    { name: 'Incident', value: review.incident },
    { name: 'Taken', value: timeOf(review.startsAt) },
    { name: 'Ended', value: review.endedAt === null ? `${review.grantState}` : timeOf(review.endedAt) },
    { name: 'Sessions', value: String(review.sessions) },
    { name: 'Needs', value: review.seats.map(describeSeat).join('\n') },
    { name: 'Votes', value: review.votes.length === 0 ? null : review.votes.map(describeVote).join('\n') },
    { name: 'Due', value: open ? `${timeOf(review.dueAt)} (${distanceOf(review.dueAt, now)})` : null },
    {
      name: 'Decided',
      value: decidedAt === null ? null : `${timeOf(decidedAt)} by ${decidedBy?.name ?? 'nobody'}`,
    },
    { name: 'Grant', value: `${review.grantId}, request ${review.requestId}` },
  ]);
}

function describeVote({ person, onBehalfOf, verdict, note }: ReviewAnswer['votes'][number]): string {
  const instead = onBehalfOf === null ? '' : ` for ${onBehalfOf.name}`;
  return `${person.name}${instead}: ${verdict}${note === null ? '' : `: ${note}`}`;
}
