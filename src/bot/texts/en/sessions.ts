import type { EndReason } from '../../../core/session.ts';
import type { Values } from '../values.ts';

/** The card of a session. */
export const sessions = {
  titleLive: ({ who, what }: Values<'who' | 'what'>) => `Live session: ${who} on ${what}`,
  title: ({ who, what }: Values<'who' | 'what'>) => `Session: ${who} on ${what}`,
  live: ({ since, address, client }: Values<'since' | 'address', 'client'>) =>
    `Live since ${since}, from ${address}${client === null ? '' : ` with ${client}`}.`,
  ended: ({ instant, length, why }: Values<'instant' | 'length' | 'why'>) =>
    `Ended at ${instant} after ${length}: ${why}.`,
  noReason: 'no reason was recorded',
  /** Who asked for its end, as the end of a sentence. */
  terminatedBy: ({ who, reason }: Values<'who', 'reason'>) =>
    `${who} terminated it${reason === null ? '' : `, because: ${reason}`}`,
  /** Why it ended, as the end of a sentence. */
  ends: {
    'client-closed': 'the client closed it',
    'grant-expired': 'the access expired',
    'grant-revoked': 'the access was revoked',
    'grant-done': 'its holder was done',
    terminated: 'it was terminated',
    idle: 'nothing moved for a long time',
    'upstream-closed': 'the target closed the connection',
    'upstream-failed': 'the target could not be reached',
    'protocol-error': 'the client broke the protocol',
    'recording-failed': 'it could not be recorded any more',
    'recording-full': 'its terminal printed more than is recorded of a session',
    'spool-full': 'too many recordings wait for object storage',
    'stopped-by-rule': 'a rule stopped it',
    'policy-changed': 'the policy changed',
    'state-unconfirmed': 'the broker could not confirm that the access is still good',
    shutdown: 'the broker shut down',
    'broker-lost': 'the broker was lost',
  } satisfies Record<EndReason, string>,
  riskiest: 'Riskiest commands',
  statement: ({ time, operation, verdict }: Values<'time' | 'operation' | 'verdict'>) =>
    `${time}, ${operation}, ${verdict}`,
  verdicts: { allow: 'allowed', deny: 'denied', review: 'held' },
  verdictBy: ({ verdict, rule }: Values<'verdict' | 'rule'>) => `${verdict} by ${rule}`,
  /** In a list of sessions. */
  isLive: 'live',
  hasEnded: (why: string) => `ended: ${why}`,
  line: (
    { startedAt, state }: Values<'startedAt' | 'state'>,
    counts: { readonly commands: number; readonly denied: number },
  ) => `${startedAt}, ${counts.commands} commands, ${counts.denied} denied, ${state}`,
};

/** How much time is left. */
export const timeLeft = {
  left: (time: string) => `${time} left`,
  over: 'over',
};
