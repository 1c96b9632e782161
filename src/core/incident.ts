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
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];
