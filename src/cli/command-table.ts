/**
 * Every subcommand under the name that is typed. A module is loaded when its command is wanted, so that one
 * command starts without the shapes and the words of all the others.
 */
import type { RegisterCommand } from './leaf-command.ts';

/** In the order of the help. */
export type CommandTable = Readonly<Record<string, () => Promise<RegisterCommand>>>;

export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: CommandTable;
  /** What the group's name alone runs; without one it shows the usage. */
  readonly byDefault?: string;
}

export const COMMANDS: CommandTable = {
  login: async () => (await import('./commands/login.ts')).registerLogin,
  logout: async () => (await import('./commands/logout.ts')).registerLogout,
  whoami: async () => (await import('./commands/whoami.ts')).registerWhoami,
  request: async () => (await import('./commands/request.ts')).registerRequest,
  breakglass: async () => (await import('./commands/breakglass.ts')).registerBreakglass,
  requests: async () => (await import('./commands/requests.ts')).registerRequests,
  show: async () => (await import('./commands/show.ts')).registerShow,
  approve: async () => (await import('./commands/approve.ts')).registerApprove,
  deny: async () => (await import('./commands/deny.ts')).registerDeny,
  consent: async () => (await import('./commands/consent.ts')).registerConsent,
  comment: async () => (await import('./commands/comment.ts')).registerComment,
  cancel: async () => (await import('./commands/cancel.ts')).registerCancel,
  again: async () => (await import('./commands/again.ts')).registerAgain,
  delegate: async () => (await import('./commands/delegate.ts')).registerDelegate,
  delegations: async () => (await import('./commands/delegate.ts')).registerDelegations,
  accept: async () => (await import('./commands/delegate.ts')).registerAcceptDelegation,
  undelegate: async () => (await import('./commands/delegate.ts')).registerUndelegate,
  grants: async () => (await import('./commands/grants.ts')).registerGrants,
  oncall: async () => (await import('./commands/oncall.ts')).registerOncall,
  connect: async () => (await import('./commands/connect.ts')).registerConnect,
  extend: async () => (await import('./commands/extend.ts')).registerExtend,
  done: async () => (await import('./commands/done.ts')).registerDone,
  revoke: async () => (await import('./commands/revoke.ts')).registerRevoke,
  freeze: async () => (await import('./commands/freeze.ts')).registerFreeze,
  unfreeze: async () => (await import('./commands/unfreeze.ts')).registerUnfreeze,
  reviews: async () => (await import('./commands/reviews.ts')).registerReviews,
  review: async () => (await import('./commands/review.ts')).registerReview,
  sessions: async () => (await import('./commands/sessions.ts')).registerSessions,
  session: async () => (await import('./commands/session.ts')).registerSession,
  replay: async () => (await import('./commands/replay.ts')).registerReplay,
  export: async () => (await import('./commands/export.ts')).registerExport,
  watch: async () => (await import('./commands/watch.ts')).registerWatch,
  terminate: async () => (await import('./commands/terminate.ts')).registerTerminate,
  verify: async () => (await import('./commands/verify.ts')).registerVerify,
  drill: async () => (await import('./commands/drill.ts')).registerDrill,
};

const POLICY_COMMANDS: CommandTable = {
  check: async () => (await import('./commands/policy-check.ts')).registerPolicyCheck,
  explain: async () => (await import('./commands/policy-explain.ts')).registerPolicyExplain,
  simulate: async () => (await import('./commands/policy-simulate.ts')).registerPolicySimulate,
  apply: async () => (await import('./commands/policy-apply.ts')).registerPolicyApply,
  changes: async () => (await import('./commands/policy-changes.ts')).registerPolicyChanges,
  schema: async () => (await import('./commands/policy-schema.ts')).registerPolicySchema,
};

const JOBS_COMMANDS: CommandTable = {
  list: async () => (await import('./commands/jobs.ts')).registerJobsList,
  show: async () => (await import('./commands/jobs.ts')).registerJobsShow,
  retry: async () => (await import('./commands/jobs.ts')).registerJobsRetry,
  discard: async () => (await import('./commands/jobs.ts')).registerJobsDiscard,
};

const RECORDINGS_COMMANDS: CommandTable = {
  hold: async () => (await import('./commands/recordings.ts')).registerRecordingsHold,
  release: async () => (await import('./commands/recordings.ts')).registerRecordingsRelease,
  list: async () => (await import('./commands/recordings.ts')).registerRecordingsList,
};

const KEYS_COMMANDS: CommandTable = {
  add: async () => (await import('./commands/keys.ts')).registerKeysAdd,
  list: async () => (await import('./commands/keys.ts')).registerKeysList,
  remove: async () => (await import('./commands/keys.ts')).registerKeysRemove,
  ring: async () => (await import('./commands/keyring.ts')).registerKeysRing,
  rotate: async () => (await import('./commands/keyring.ts')).registerKeysRotate,
};

const AUDIT_COMMANDS: CommandTable = {
  tail: async () => (await import('./commands/audit-tail.ts')).registerAuditTail,
  export: async () => (await import('./commands/audit-export.ts')).registerAuditExport,
  verify: async () => (await import('./commands/audit-verify.ts')).registerAuditVerify,
};

const SINKS_COMMANDS: CommandTable = {
  list: async () => (await import('./commands/sinks.ts')).registerSinksList,
  show: async () => (await import('./commands/sinks.ts')).registerSinksShow,
  retry: async () => (await import('./commands/sinks.ts')).registerSinksRetry,
  discard: async () => (await import('./commands/sinks.ts')).registerSinksDiscard,
  pause: async () => (await import('./commands/sinks.ts')).registerSinksPause,
  resume: async () => (await import('./commands/sinks.ts')).registerSinksResume,
  test: async () => (await import('./commands/sinks.ts')).registerSinksTest,
};

const SLACK_COMMANDS: CommandTable = {
  check: async () => (await import('./commands/slack-check.ts')).registerSlackCheck,
  manifest: async () => (await import('./commands/slack-manifest.ts')).registerSlackManifest,
};

const TEAMS_COMMANDS: CommandTable = {
  check: async () => (await import('./commands/teams-check.ts')).registerTeamsCheck,
  manifest: async () => (await import('./commands/teams-manifest.ts')).registerTeamsManifest,
};

const INCIDENT_COMMANDS: CommandTable = {
  list: async () => (await import('./commands/incident-list.ts')).registerIncidentList,
  timeline: async () => (await import('./commands/incident-timeline.ts')).registerIncidentTimeline,
  report: async () => (await import('./commands/incident-report.ts')).registerIncidentReport,
};

export const GROUPS: readonly CommandGroup[] = [
  {
    name: 'policy',
    summary: 'Check, try and change the policy',
    commands: POLICY_COMMANDS,
  },
  {
    name: 'keys',
    summary: 'Your public keys, to log in to hosts with; and the keys of the deployment itself',
    commands: KEYS_COMMANDS,
  },
  {
    name: 'jobs',
    summary: 'Jobs that gave up: look at them, try them again',
    commands: JOBS_COMMANDS,
  },
  {
    name: 'recordings',
    summary: 'Recordings that are kept whatever the retention says',
    commands: RECORDINGS_COMMANDS,
    byDefault: 'list',
  },
  {
    name: 'incident',
    summary: 'What was done in an incident',
    commands: INCIDENT_COMMANDS,
  },
  {
    name: 'audit',
    summary: 'Read the audit log, write it out, check it',
    commands: AUDIT_COMMANDS,
  },
  {
    name: 'sinks',
    summary: 'Where the audit log is sent to, and how far each sink has come',
    commands: SINKS_COMMANDS,
    byDefault: 'list',
  },
  { name: 'slack', summary: 'Set up the Slack app, and check it', commands: SLACK_COMMANDS },
  { name: 'teams', summary: 'Set up the Teams app, and check it', commands: TEAMS_COMMANDS },
];
