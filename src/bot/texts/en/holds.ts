import type { Values } from '../values.ts';
import { at, by, saying } from './grammar.ts';

/** The card of a held command. */
export const holds = {
  title: ({ who, resource }: Values<'who' | 'resource'>) => `${who} wants to run a command on ${resource}`,
  status: {
    held: (needed: string) => `Held: still needs ${needed}.`,
    approvedOnce: ({ approvers, decidedAt }: Values<'approvers', 'decidedAt'>) =>
      `Approved to run once by ${approvers}${at(decidedAt)}.`,
    approvedForSession: ({ approvers, decidedAt }: Values<'approvers', 'decidedAt'>) =>
      `Approved for the rest of the session, exactly as it is by ${approvers}${at(decidedAt)}.`,
    denied: ({ who, decidedAt, note }: Values<never, 'who' | 'decidedAt' | 'note'>) =>
      `Denied${by(who)}${at(decidedAt)}${saying(note)}`,
    lapsed: ({ needed, decidedAt }: Values<'needed', 'decidedAt'>) =>
      `Lapsed${at(decidedAt)}: it still needed ${needed}. It did not run.`,
    withdrawnBy: ({ who, decidedAt }: Values<'who', 'decidedAt'>) =>
      `Withdrawn by ${who}${at(decidedAt)}. It did not run.`,
    sessionEnded: (decidedAt: string | null) =>
      `Withdrawn: its session ended${at(decidedAt)}. It did not run.`,
  },
  omits: {
    tooLong: (characters: number) =>
      `This is the beginning of ${characters} characters. All of them are on the command's own page.`,
    secrets: "Secrets in it are not shown here. They are on the command's own page.",
  },
  runsAs: ({ account, database }: Values<'account' | 'database'>) => `${account} in ${database}`,
  readsNothing: 'nothing: its input is empty',
};
