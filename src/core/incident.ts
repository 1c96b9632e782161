/** What was done while something was broken, under one name. */

export const INCIDENT_TITLE_CHARACTERS_MAX = 150;

/** What an entry of an incident's timeline is about. */
export const TIMELINE_KINDS = [
  'incident',
  'request',
  'vote',
  'comment',
  'consent',
  'grant',
  'session',
  'statement',
  'hold',
  'freeze',
  'break-glass',
  'review',
  'termination',
  'alert',
  'fold',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Why a statement is worth reading. `changed`: it was let through, and behind it something is not as it was. */
export const WORK_MARKS = ['denied', 'held', 'changed', 'masked', 'failed'] as const;
export type WorkMark = (typeof WORK_MARKS)[number];

/** What somebody was in an incident. */
export const INCIDENT_ROLES = [
  'opened it',
  'closed it',
  'asked for access',
  'held access',
  'decided on requests',
  'decided on commands',
  'consented',
  'reviewed',
  'froze access',
  'ended sessions',
  'commented',
] as const;
export type IncidentRole = (typeof INCIDENT_ROLES)[number];

/** What a report of an incident can be written as. */
export const REPORT_FORMATS = ['markdown', 'html', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
