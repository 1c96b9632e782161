import type { ReviewVerdict } from '../../../core/review.ts';
import type { Values } from '../values.ts';
import { at, by, saying } from './grammar.ts';

type Found = Values<never, 'who' | 'decidedAt' | 'note'>;

/** The card of a review after break-glass, and its reminders. */
export const reviews = {
  title: ({ who, what }: Values<'who' | 'what'>) => `Review: ${who} broke the glass for ${what}`,
  status: {
    stillOpen: 'The access is still open. It is reviewed once it has ended.',
    pending: ({ dueAt, needed }: Values<'dueAt' | 'needed'>) =>
      `To be reviewed until ${dueAt}: still needs ${needed}.`,
    justified: ({ who, decidedAt, note }: Found) =>
      `Found justified${by(who)}${at(decidedAt)}${saying(note)}`,
    unjustified: ({ who, decidedAt, note }: Found) =>
      `Found unjustified${by(who)}${at(decidedAt)}${saying(note)}`,
  },
  openSince: ({ since, until }: Values<'since' | 'until'>) => `since ${since}, until ${until} at the latest`,
  wasOpen: ({ length, until }: Values<'length' | 'until'>) => `${length}, until ${until}`,
  findings: 'Findings',
  found: {
    justified: (who: string) => `${who}: justified`,
    unjustified: (who: string) => `${who}: unjustified`,
  } satisfies Record<ReviewVerdict, (who: string) => string>,
  reminderTitle: (number: number, { who, resource }: Values<'who' | 'resource'>) =>
    `Reminder ${number}: the break-glass access of ${who} to ${resource} was not reviewed yet`,
  reminder: ({ needed, dueAt }: Values<'needed' | 'dueAt'>) =>
    `It still needs ${needed}, and is due at ${dueAt}.`,
  reviewedSince: 'It has been reviewed since.',
};
