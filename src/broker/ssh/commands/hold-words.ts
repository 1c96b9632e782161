/** What a client reads about a command that waits for people: one line each. */
import type { HoldView } from '../../../access/views.ts';
import { formatDuration } from '../../../core/duration.ts';
import { instant } from './command-words.ts';

export const WITHDRAWN = 'You withdrew the command. It did not run.';
export const ENDED_WHILE_HELD = 'The session ended while the command waited. It did not run.';
export const NOBODY_ASKED =
  'This command needs approval, and nobody can be asked right now, so it did not run. Try again in a moment.';
export const CHANGED_WHILE_HELD =
  'The policy changed while the command waited, so its approval no longer holds. It did not run. Send it again to ask again.';

/** Says which hold it is, who is asked, and how long it may take. */
export function askedLine({ id, rule, reason, seats, expiresAt }: HoldView): string {
  const asked = seats.map(({ name, count }) => `${count} of ${name}`).join(' and ');
  return `This command waits for approval: ${id}. ${reason} Rule: ${rule}. Asked: ${asked}, until ${instant(expiresAt)}. Ctrl-C withdraws it.`;
}

export function approvedLine({ id, votes }: HoldView): string {
  const names = votes.filter(({ verdict }) => verdict === 'approve').map(({ person }) => person.name);
  return `${id} was approved by ${names.join(' and ')}.`;
}

/** @param hold `h-…` */
export function coveredLine(hold: string): string {
  return `${hold} approved this command for the session.`;
}

/** @param problem why nobody could be asked, in a sentence */
export function notReviewable(problem: string): string {
  return `This command needs approval. ${problem} It did not run.`;
}

/** Of a hold that is over and was not approved. */
export function notApproved(hold: HoldView): string {
  if (hold.state === 'denied') {
    const names = hold.votes.filter(({ verdict }) => verdict === 'deny').map(({ person }) => person.name);
    const note = hold.note === null ? '' : `: ${hold.note}`;
    return `${hold.id} was denied by ${names.join(' and ')}${note}. It did not run. Rule: ${hold.rule}.`;
  }
  if (hold.state === 'expired') {
    const waited = formatDuration(hold.expiresAt.getTime() - hold.createdAt.getTime());
    return `${hold.id} was not approved within ${waited}, so it did not run. Rule: ${hold.rule}.`;
  }
  return hold.withdrawnBecause === 'session-ended' ? ENDED_WHILE_HELD : WITHDRAWN;
}
