import type { Values } from '../values.ts';
import { by } from './grammar.ts';

/** The card of a freeze. */
export const freezes = {
  title: 'Access is frozen: nothing is granted',
  titleLifted: 'Access was frozen',
  frozen: (since: string) =>
    `Since ${since}. Requests wait, approvals are refused; what was granted before goes on.`,
  lifted: ({ who, instant }: Values<'instant', 'who'>) => `Lifted${by(who)} at ${instant}.`,
  byAlert: 'an alert, with the token for it',
};

/** The daily message with the head of the audit log. */
export const auditHeads = {
  title: (day: string) => `Audit log of ${day}`,
  status: ({ instant, sequence }: Values<'instant' | 'sequence'>) =>
    `Signed at ${instant}, up to event ${sequence}. Nothing before it can be changed any more without contradicting this message.`,
  command: (head: string) => `sallyport audit verify --head ${head}`,
};

/** Who is on call. */
export const onCall = {
  title: (resource: string) => `On call for ${resource}`,
  nobodyAsked: 'No access policy of this resource asks anybody on call.',
  unknown: 'The paging service does not answer: who stands in is below.',
  known: 'They are asked about requests.',
  schedules: 'Schedules',
  notKnown: 'not known at the moment',
  asOf: (instant: string) => `as of ${instant}`,
  level: (schedule: string, level: number) => `${schedule}, level ${level}`,
  who: ({ level, names }: Values<'level' | 'names'>) => `${level}: ${names}`,
  nobodyStandsIn: (level: string) => `${level}: not known, and nobody stands in`,
  standsIn: ({ level, group }: Values<'level' | 'group'>) =>
    `${level}: not known; members of ${group} stand in`,
};
