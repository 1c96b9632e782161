import type { Values } from '../values.ts';

type Pair = Values<'from' | 'to'>;

/** Who decides in whose place. */
export const delegations = {
  title: 'Delegations',
  byMe: 'They decide in your place',
  toMe: 'You decide in their place',
  nothing: 'Nothing is delegated. Write: /access delegate @user until DATE',
  status: (byMe: number, toMe: number) => `${byMe} by you, ${toMe} to you.`,
  fallback: (status: string) => `Delegations: ${status}`,
  lineAccepted: ({ until, id }: Values<'until' | 'id'>) => `until ${until} (${id})`,
  lineAsked: ({ until, id }: Values<'until' | 'id'>) => `not accepted yet, until ${until} (${id})`,
  asks: ({ from, to }: Pair) => `${from} asks ${to} to decide in their place`,
  decides: ({ from, to }: Pair) => `${to} decides in the place of ${from}`,
  notAccepted: 'It was not accepted.',
  ended: (endedAt: string) => `It ended at ${endedAt}.`,
  stands: (until: string) => `It stands until ${until}.`,
  asked: (to: string) =>
    `Not in effect: ${to} has to accept it. Whoever accepts does not decide about requests of the one who asks.`,
  answers: {
    asked: ({ to, until }: Values<'to' | 'until'>) =>
      `${to} is asked to decide in your place until ${until}, about what you could decide about today. It takes effect when they accept. /access delegate shows it, with a button to end it.`,
    stands: ({ to, until }: Values<'to' | 'until'>) =>
      `${to} decides in your place until ${until}, about what you could decide about today. /access delegate shows it, with a button to end it.`,
    accepted: ({ from, until }: Values<'from' | 'until'>) =>
      `You decide in the place of ${from} until ${until}. You decide about nothing that is theirs.`,
    declined: ({ from, to }: Pair) => `${to} does not decide in the place of ${from}.`,
    ended: ({ from, to }: Pair) => `${to} does not decide in the place of ${from} any more.`,
  },
};
