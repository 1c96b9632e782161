import type { ReviewState } from '../../../core/review.ts';
import type { Values } from '../values.ts';
import { at, by } from './grammar.ts';

/** The private message to the holder of a grant, and where a grant stands in one sentence. */
export const grants = {
  title: (what: string) => `Your access to ${what}`,
  status: {
    issuing: 'Approved. The connection is being prepared; this message will change.',
    cannotIssue: ({ problem, until }: Values<'problem' | 'until'>) =>
      `Approved, but the connection cannot be prepared yet: ${problem} It is tried again until ${until}; this message will change.`,
    active: (until: string) => `Active until ${until}. Reveal the connection to use it.`,
    revealed: (until: string) =>
      `Connection revealed. Active until ${until}. Revealing again replaces the password.`,
    expired: (endedAt: string) => `Ended at ${endedAt}: the time was up.`,
    neverIssued: ({ endedAt, problem }: Values<'endedAt' | 'problem'>) =>
      `Ended at ${endedAt}: the time was up before the connection could be prepared. ${problem}`,
    revoked: ({ endedAt, who }: Values<'endedAt', 'who'>) => `Ended at ${endedAt}: revoked${by(who)}.`,
    done: (endedAt: string) => `Ended at ${endedAt}: you were done.`,
  },
  /** To anybody. */
  inWords: {
    issuing: 'The connection is being prepared.',
    active: (until: string) => `Access is active until ${until}.`,
    expired: (endedAt: string) => `Access expired at ${endedAt}.`,
    revoked: ({ endedAt, who }: Values<'endedAt', 'who'>) => `Access was revoked${by(who)}${at(endedAt)}.`,
    done: (endedAt: string) => `Access was given back at ${endedAt}.`,
  },
  review: {
    pending: 'it follows: others will look at what you did, and why',
    justified: 'found justified',
    unjustified: 'found unjustified',
  } satisfies Record<ReviewState, string>,
  time: ({ length, from, to }: Values<'length' | 'from' | 'to'>) => `${length}, from ${from} to ${to}`,
};
