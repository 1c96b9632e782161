import type { Values } from '../values.ts';

/** The card of an alert. */
export const alerts = {
  titles: {
    'denied-command': 'Commands were denied',
    'stopped-session': 'A session was stopped by a rule',
    'break-glass': 'Access was taken in an emergency',
    'failed-verification': 'A record does not verify',
    'sink-behind': 'The audit log does not reach a sink',
    'dead-letter': 'Something was given up and waits for you',
    'keys-rotated': 'A key of this deployment was rotated',
    drill: 'A drill: what this workload does here is no attack',
  },
  once: (instant: string) => `At ${instant}.`,
  often: ({ times, since, last }: Values<'times' | 'since' | 'last'>) =>
    `${times} times since ${since}, the last one at ${last}.`,
  since: (instant: string) => `Since ${instant}.`,
  over: (instant: string) => `Over since ${instant}.`,
};
