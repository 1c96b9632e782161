/** Every kind of job. A new one is a file and a line here. */
import { chainEvents } from './chain-events.ts';
import { dropEphemeralRole } from './drop-ephemeral-role.ts';
import { expireGrant } from './expire-grant.ts';
import { expireHold } from './expire-hold.ts';
import { expireRequest } from './expire-request.ts';
import { issueGrant } from './issue-grant.ts';
import type { JobDefinition } from './job.ts';
import { sweep } from './sweep.ts';
import { syncCard } from './sync-card.ts';

export const JOBS: Readonly<Record<string, JobDefinition>> = {
  'sync-card': syncCard,
  'issue-grant': issueGrant,
  'drop-ephemeral-role': dropEphemeralRole,
  'expire-grant': expireGrant,
  'expire-request': expireRequest,
  'expire-hold': expireHold,
  'chain-events': chainEvents,
  sweep,
};
