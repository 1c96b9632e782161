/** Every kind of job, and all upkeep. A new one is a file and a line here. */
import type { JobRequest } from '../access/record.ts';
import { chainEvents } from './chain-events.ts';
import { checkLog } from './check-log.ts';
import { countDownHolds } from './count-down-holds.ts';
import { deleteRecordings } from './delete-recordings.ts';
import { dropEphemeralRole } from './drop-ephemeral-role.ts';
import { endLostSessions } from './end-lost-sessions.ts';
import { escalateRequest } from './escalate-request.ts';
import { expireGrant } from './expire-grant.ts';
import { expireHold } from './expire-hold.ts';
import { expirePolicyChange } from './expire-policy-change.ts';
import { expireRequest } from './expire-request.ts';
import { extendEphemeralRole } from './extend-ephemeral-role.ts';
import { closeIncident, openIncident } from './incidents.ts';
import { indexRecordings } from './index-recordings.ts';
import { issueGrant } from './issue-grant.ts';
import type { JobDefinition, UpkeepDefinition } from './job.ts';
import { postDocument } from './post-document.ts';
import { postHead } from './post-head.ts';
import { refreshSessions } from './refresh-sessions.ts';
import { remindRequest } from './remind-request.ts';
import { remindReview } from './remind-review.ts';
import { sealRecordings } from './seal-recordings.ts';
import { syncCard } from './sync-card.ts';
import { tellKeyChange } from './tell-key-change.ts';
import { tidyUp } from './tidy-up.ts';
import { watchForAlerts } from './watch-for-alerts.ts';
import { weighPolicyChange } from './weigh-policy-change.ts';

export const JOBS: Readonly<Record<JobRequest['job'], JobDefinition>> = {
  'sync-card': syncCard,
  'open-incident': openIncident,
  'close-incident': closeIncident,
  'post-document': postDocument,
  'tell-key-change': tellKeyChange,
  'issue-grant': issueGrant,
  'drop-ephemeral-role': dropEphemeralRole,
  'extend-ephemeral-role': extendEphemeralRole,
  'expire-grant': expireGrant,
  'expire-request': expireRequest,
  'remind-request': remindRequest,
  'escalate-request': escalateRequest,
  'expire-hold': expireHold,
  'remind-review': remindReview,
  'expire-policy-change': expirePolicyChange,
  'weigh-policy-change': weighPolicyChange,
};

export const UPKEEP: Readonly<Record<string, UpkeepDefinition>> = {
  'chain-events': chainEvents,
  'check-log': checkLog,
  'count-down-holds': countDownHolds,
  'delete-recordings': deleteRecordings,
  'end-lost-sessions': endLostSessions,
  'index-recordings': indexRecordings,
  'post-head': postHead,
  'refresh-sessions': refreshSessions,
  'seal-recordings': sealRecordings,
  'tidy-up': tidyUp,
  'watch-for-alerts': watchForAlerts,
};

/** The kind that an outbox or queue names, or null: a newer version's, say. */
export function jobNamed(name: string): JobDefinition | null {
  return isJobName(name) ? JOBS[name] : null;
}

function isJobName(name: string): name is JobRequest['job'] {
  return Object.hasOwn(JOBS, name);
}
