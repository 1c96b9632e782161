import type { PolicyChangeState } from '../../../core/policy-change.ts';
import type { SimulatedOutcome } from '../../../core/policy-impact.ts';
import type { Values } from '../values.ts';
import { at, by, counted, saying } from './grammar.ts';

/** The card of a change of the policy. */
export const policyChanges = {
  title: (who: string) => `${who} wants to change the policy`,
  titleOfFile: 'A server’s file wants to change the policy',
  status: {
    pending: (needed: string) => `Waits: still needs ${needed}.`,
    inForce: ({ since, approvers }: Values<'since', 'approvers'>) =>
      `In force since ${since}${approvers === null ? '' : `, approved by ${approvers}`}.`,
    wasInForce: ({ since, approvers }: Values<'since', 'approvers'>) =>
      `Was put into force at ${since}${approvers === null ? '' : `, approved by ${approvers}`}.`,
    denied: ({ who, decidedAt, note }: Values<never, 'who' | 'decidedAt' | 'note'>) =>
      `Denied${by(who)}${at(decidedAt)}${saying(note)}`,
    cancelled: (decidedAt: string | null) => `Cancelled${at(decidedAt)}.`,
    lapsed: ({ needed, decidedAt }: Values<'needed', 'decidedAt'>) =>
      `Lapsed${at(decidedAt)}: it still needed ${needed}.`,
    superseded: (decidedAt: string | null) => `Replaced by another change${at(decidedAt)}.`,
  },
  /** As a word of a sentence that is about the change. */
  states: {
    pending: 'pending',
    applied: 'applied',
    denied: 'denied',
    cancelled: 'cancelled',
    expired: 'expired',
    superseded: 'superseded',
  } satisfies Record<PolicyChangeState, string>,
  omitted: (characters: number) =>
    `This is the beginning of ${characters} characters. All of them are on the change's own page.`,
  fromCommand: 'sallyport policy apply',
  impact: {
    ofTheLast: ({ time, counts }: Values<'time' | 'counts'>) =>
      `Of the last ${time}: ${counts} would be decided differently.`,
    requests: (changed: number, compared: number) =>
      `${changed} of ${counted(compared, 'request', 'requests')}`,
    statements: (changed: number, compared: number) =>
      `${changed} of ${counted(compared, 'statement', 'statements')}`,
    notCompared: (counts: string, skipped: number) => `${counts} (${skipped} could not be compared)`,
    underWay: 'being worked out; this card will change',
    unknown: 'not worked out',
    title: 'Would be decided differently',
    groups: {
      request: (count: number, { from, to }: Values<'from' | 'to'>) =>
        `${counted(count, 'request', 'requests')}: ${from} → ${to}`,
      statement: (count: number, { from, to }: Values<'from' | 'to'>) =>
        `${counted(count, 'statement', 'statements')}: ${from} → ${to}`,
    },
    outcomes: {
      automatic: 'automatic',
      votes: 'votes',
      'break-glass': 'break-glass',
      refused: 'refused',
      allowed: 'allowed',
      held: 'held',
      denied: 'denied',
      stopped: 'stopped',
      shown: 'shown',
      masked: 'masked',
    } satisfies Record<SimulatedOutcome, string>,
    because: ({ rule, example }: Values<'rule' | 'example'>) => `by ${rule}; for example ${example}`,
  },
};
