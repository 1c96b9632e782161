/** What each kind of audit event is in OCSF. A new kind is a line here; without one it is API activity. */
import type { OcsfClassName, Severity } from './classes.ts';

export interface EventLine {
  /** `session`: database or SSH activity, by the kind of the session's resource. */
  readonly as: OcsfClassName | 'session';
  /** The activity's number in its class; a text is an activity that the class does not name. */
  readonly activity: number | string;
  /** `refused`: somebody tried what they may not do. `failed`: something did not work. */
  readonly outcome?: 'refused' | 'failed';
  readonly severity?: Severity;
  /** What an entity is, or what a finding is called. */
  readonly title?: string;
}

const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const ACTIVATE = 10;
const DEACTIVATE = 11;
const ASSIGN = 1;
const REVOKE = 2;
const DELETE = 6;

function entity(
  title: string,
  activity: number,
  more: Pick<EventLine, 'outcome' | 'severity'> = {},
): EventLine {
  return { as: 'entity-management', activity, title, ...more };
}

function finding(title: string, severity: Severity): EventLine {
  return { as: 'detection-finding', activity: CREATE, title, severity };
}

function act(activity: number, outcome?: EventLine['outcome']): EventLine {
  return { as: 'api-activity', activity, ...(outcome === undefined ? {} : { outcome }) };
}

const REFUSED = { outcome: 'refused', severity: 'medium' } as const;
const ASSIGNED: EventLine = { as: 'user-access', activity: ASSIGN };
const REVOKED: EventLine = { as: 'user-access', activity: REVOKE };

export const EVENT_LINES: Readonly<Record<string, EventLine>> = {
  'request.created': entity('access request', CREATE),
  'request.approved': entity('access request', ACTIVATE),
  'request.denied': entity('access request', DEACTIVATE, { outcome: 'refused', severity: 'low' }),
  'request.cancelled': entity('access request', DEACTIVATE),
  'request.expired': entity('access request', DEACTIVATE),
  'request.consented': entity('access request', UPDATE),
  'request.commented': entity('access request', UPDATE),
  'request.reminded': entity('access request', UPDATE),
  'request.escalated': entity('access request', UPDATE, { severity: 'low' }),
  'request.tightened': entity('access request', UPDATE),
  'vote.cast': entity('vote', CREATE),
  'vote.refused': entity('vote', CREATE, REFUSED),
  'vote.step-up-asked': entity('vote', UPDATE),
  'delegation.offered': entity('delegation', CREATE),
  'delegation.begun': entity('delegation', ACTIVATE),
  'delegation.ended': entity('delegation', DEACTIVATE),
  'delegation.refused': entity('delegation', CREATE, REFUSED),
  'grant.created': ASSIGNED,
  'grant.issued': ASSIGNED,
  'grant.extended': ASSIGNED,
  'grant.issue-failed': { ...ASSIGNED, outcome: 'failed', severity: 'low' },
  'grant.revealed': { as: 'authorize-session', activity: ASSIGN },
  'grant.expired': REVOKED,
  'grant.done': REVOKED,
  'grant.revoked': { ...REVOKED, severity: 'low' },
  'grant.revocation-refused': { ...REVOKED, ...REFUSED },
  'grants.revocation-asked': act(UPDATE),
  'grants.revocation-refused': act(UPDATE, 'refused'),
  'connection.refused': { as: 'authentication', activity: 1, outcome: 'refused', severity: 'medium' },
  'session.started': { as: 'session', activity: 'open' },
  'session.ended': { as: 'session', activity: 'close' },
  'session.stopped': finding('A session was stopped by a rule', 'high'),
  'session.commands-denied': finding('Commands were denied', 'medium'),
  'session.sealed': act(UPDATE),
  'sessions.reindexed': act(UPDATE),
  'session.watched': act(READ),
  'session.terminate-asked': act(UPDATE),
  'session.terminate-refused': act(UPDATE, 'refused'),
  'hold.created': entity('held command', CREATE, { severity: 'low' }),
  'hold.approved': entity('held command', ACTIVATE),
  'hold.denied': entity('held command', DEACTIVATE, { outcome: 'refused', severity: 'low' }),
  'hold.expired': entity('held command', DEACTIVATE),
  'hold.withdrawn': entity('held command', DEACTIVATE),
  'freeze.begun': entity('freeze', ACTIVATE, { severity: 'high' }),
  'freeze.lifted': entity('freeze', DEACTIVATE, { severity: 'medium' }),
  'freeze.refused': entity('freeze', UPDATE, REFUSED),
  'root-key.rotated': entity('root key', UPDATE, { severity: 'medium' }),
  'signing-key.rotated': entity('signing key', UPDATE, { severity: 'medium' }),
  'keyring.refused': entity('keyring', UPDATE, REFUSED),
  'break-glass.taken': finding('Access was taken in an emergency', 'high'),
  'break-glass.refused': { ...ASSIGNED, ...REFUSED },
  'review.opened': entity('review', CREATE),
  'review.due': entity('review', UPDATE),
  'review.reminded': entity('review', UPDATE),
  'review.justified': entity('review', DEACTIVATE),
  'review.unjustified': finding('Emergency access was found unjustified', 'high'),
  'chat-account.link-opened': { as: 'account-change', activity: 'Open Link' },
  'chat-account.link-refused': { as: 'account-change', activity: CREATE, ...REFUSED },
  'chat-account.linked': { as: 'account-change', activity: CREATE },
  'chat-account.unlinked': { as: 'account-change', activity: DELETE },
  'ssh-key.registered': { as: 'account-change', activity: 'Register Key' },
  'ssh-key.removed': { as: 'account-change', activity: 'Remove Key' },
  'incident.opened': entity('incident', CREATE),
  'incident.closed': entity('incident', DEACTIVATE),
  'document.asked': act(READ),
  'report.made': act(READ),
  'ephemeral-role.made': { as: 'account-change', activity: CREATE },
  'ephemeral-role.dropped': { as: 'account-change', activity: DELETE },
  'ephemeral-role.drop-failed': {
    as: 'account-change',
    activity: DELETE,
    outcome: 'failed',
    severity: 'medium',
  },
  'policy.proposed': entity('policy', CREATE),
  'policy.refused': entity('policy', CREATE, REFUSED),
  'policy.applied': entity('policy', ACTIVATE, { severity: 'low' }),
  'policy.denied': entity('policy', DEACTIVATE),
  'policy.cancelled': entity('policy', DEACTIVATE),
  'policy.expired': entity('policy', DEACTIVATE),
  'policy.superseded': entity('policy', DEACTIVATE),
  'job.gave-up': { as: 'api-activity', activity: UPDATE, outcome: 'failed', severity: 'medium' },
  'job.retried': act(UPDATE),
  'job.discarded': act(UPDATE),
  'job.refused': act(UPDATE, 'refused'),
  'sink.paused': entity('sink', DEACTIVATE, { severity: 'medium' }),
  'sink.resumed': entity('sink', ACTIVATE),
  'sink.retried': act(UPDATE),
  'sink.discarded': { as: 'api-activity', activity: UPDATE, severity: 'medium' },
  'sink.tested': act(READ),
  'sink.refused': act(UPDATE, 'refused'),
  'drill.began': entity('drill', ACTIVATE, { severity: 'low' }),
  'drill.ended': entity('drill', DEACTIVATE),
  'drill.refused': entity('drill', ACTIVATE, REFUSED),
  'audit.head-posted': act(UPDATE),
  'verification.failed': finding('A record does not verify', 'critical'),
};
