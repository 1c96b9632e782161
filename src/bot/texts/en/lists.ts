import type { Values } from '../values.ts';

/** Cards that answer one person: what is theirs, what waits for them, what they may see. */
export const lists = {
  mine: {
    title: 'Your access',
    nothing: 'Nothing yet. /access request asks for access.',
    status: (live: number, pending: number) => `${live} live, ${pending} pending.`,
    fallback: (status: string) => `Your access: ${status}`,
    live: 'Live access',
    requests: 'Latest requests',
  },
  which: {
    done: 'Which access are you done with?',
    extend: 'Which access should last longer?',
    held: (count: number) => `You hold ${count}.`,
  },
  pending: {
    title: 'Waiting for your decision',
    nothing: 'Nothing waits for you.',
    status: (count: number) => `${count} to decide.`,
    fallback: (status: string) => `Waiting for your decision: ${status}`,
    holds: 'Held commands',
    requests: 'Requests',
    changes: 'Changes of the policy',
    reviews: 'Reviews',
  },
  sessions: {
    title: 'Sessions',
    nothing: (search: string | null) => `No session${matching(search)} that you may see.`,
    status: (count: number, search: string | null) =>
      `The latest ${count}${matching(search)} that you may see.`,
    newestFirst: 'Newest first',
  },
  pendingLine: ({ needed, lapsesAt }: Values<'needed' | 'lapsesAt'>) =>
    `Pending: still needs ${needed}; lapses at ${lapsesAt}.`,
  decidedLine: ({ state, askedAt }: Values<'state' | 'askedAt'>) => `${state}, asked at ${askedAt}.`,
  asks: ({ who, what, time }: Values<'who' | 'what' | 'time'>) => `${who}: ${what} for ${time}`,
  asksForMore: ({ who, what, time }: Values<'who' | 'what' | 'time'>) => `${who}: ${what} for ${time} more`,
  lapses: ({ about, lapsesAt }: Values<'about' | 'lapsesAt'>) => `${about} (lapses at ${lapsesAt})`,
  due: ({ about, dueAt }: Values<'about' | 'dueAt'>) => `${about} (due at ${dueAt})`,
  version: ({ version, who }: Values<'version' | 'who'>) => `version ${version} from ${who}`,
  changeNeeds: (needed: string) => `still needs ${needed}`,
  brokeGlass: ({ who, what }: Values<'who' | 'what'>) => `${who} broke the glass for ${what}`,
  held: ({ who, resource }: Values<'who' | 'resource'>) => `${who} on ${resource}`,
};

function matching(search: string | null): string {
  return search === null ? '' : ` matching "${search}"`;
}
