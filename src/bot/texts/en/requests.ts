import type { RequestState } from '../../../core/request.ts';
import type { Values } from '../values.ts';
import { at, by, saying } from './grammar.ts';

/** The card of a request, and what is said in its thread. */
export const requests = {
  title: {
    asks: ({ who, what, other }: Values<'who' | 'what', 'other'>) =>
      `${who} asks for ${what}${other === null ? '' : ` for ${other}`}`,
    asksForMore: ({ who, what, time }: Values<'who' | 'what' | 'time'>) =>
      `${who} asks for ${time} more of ${what}`,
    brokeGlass: ({ who, what }: Values<'who' | 'what'>) => `Break-glass: ${who} took ${what}`,
  },
  status: {
    pending: (needed: string) => `Pending: still needs ${needed}.`,
    escalated: (pending: string) => `Escalated. ${pending}`,
    frozen: ({ who, since, reason }: Values<'who', 'since' | 'reason'>) =>
      `Frozen by ${who}${at(since)}: nothing can be granted until that is lifted.${reason === null ? '' : ` Reason: ${reason}`}`,
    approvedBy: ({ approvers, decidedAt }: Values<'approvers', 'decidedAt'>) =>
      `Approved by ${approvers}${at(decidedAt)}.`,
    approvedByPolicy: ({ policy, decidedAt }: Values<'policy', 'decidedAt'>) =>
      `Approved automatically by policy ${policy}${at(decidedAt)}.`,
    taken: (decidedAt: string | null) => `Taken without approval${at(decidedAt)}.`,
    denied: ({ who, decidedAt, note }: Values<never, 'who' | 'decidedAt' | 'note'>) =>
      `Denied${by(who)}${at(decidedAt)}${saying(note)}`,
    closed: ({ who, decidedAt, because }: Values<'because', 'who' | 'decidedAt'>) =>
      `Closed${by(who)}${at(decidedAt)}: ${because}`,
    cancelled: ({ who, decidedAt }: Values<'who', 'decidedAt'>) => `Cancelled by ${who}${at(decidedAt)}.`,
    lapsed: ({ needed, decidedAt }: Values<'needed', 'decidedAt'>) =>
      `Lapsed${at(decidedAt)}: it still needed ${needed}.`,
    toBeReviewed: 'It has to be reviewed.',
    justified: 'Reviewed: justified.',
    unjustified: 'Reviewed: unjustified.',
  },
  /** As a word of a sentence that is about the request. */
  states: {
    pending: 'pending',
    approved: 'approved',
    denied: 'denied',
    cancelled: 'cancelled',
    expired: 'expired',
  } satisfies Record<RequestState, string>,
  needsSignIn: (needs: string) => `${needs}; deciding opens a sign-in`,
  tightened: ({ policy, since }: Values<'policy' | 'since'>) => `the policy ${policy}, since ${since}`,
  escalatedSince: ({ group, instant }: Values<'group' | 'instant'>) =>
    `since ${instant} ${group} may decide, too`,
  escalatesAt: ({ group, instant }: Values<'group' | 'instant'>) =>
    `from ${instant} on ${group} may decide, too`,
  consentGiven: ({ who, instant }: Values<'who', 'instant'>) => `given by ${who}${at(instant)}`,
  consentNeeded: (who: string) => `needed from ${who}`,
  durationGiven: ({ given, asked }: Values<'given' | 'asked'>) => `${given} (asked for ${asked})`,
  comments: 'Comments',
  commentsCut: (earlier: number) => `Comments (${earlier} earlier on the request’s page)`,
  comment: ({ author, text }: Values<'author' | 'text'>) => `${author}: ${text}`,
  thread: {
    reminderTitle: ({ who, what }: Values<'who' | 'what'>) => `Reminder: ${who} waits for ${what}`,
    reminder: (lapsesAt: string) => `It lapses at ${lapsesAt}. The card above says who is still needed.`,
    escalationTitle: ({ group, who, what }: Values<'group' | 'who' | 'what'>) =>
      `Escalated to ${group}: ${who} waits for ${what}`,
    escalation: ({ group, lapsesAt }: Values<'group' | 'lapsesAt'>) =>
      `Members of ${group} may decide from now on, too. It lapses at ${lapsesAt}.`,
    closingTitle: (what: string) => `Not granted: ${what}`,
    closedBy: ({ who, because }: Values<'who' | 'because'>) => `Closed by ${who}: ${because}`,
    stillOpen: 'It is still open.',
  },
};
