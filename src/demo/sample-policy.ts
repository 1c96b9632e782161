/** The demo's `sallyport.yaml`, written anew at each start, since ports can move. */
import { stringify } from 'yaml';
import { WORKLOAD } from './cast.ts';
import type { DemoPorts } from './demo-ports.ts';
import { RESTART_FILE } from './sample-host/sample-files.ts';
import type { SampleHost } from './sample-host/sample-host.ts';

/** The incident that the demo and its tour take place in. */
export const INCIDENT_CHANNEL = 'inc-4711-checkout';
export const CLIENT_ID = 'sallyport';

const HEADER = `# The configuration of the demo. It is written anew at each start; your own lives in a file of
# yours: copy this one, change it, and run \`sallyport start --config FILE\`.
`;

export interface SampleCredential {
  readonly username: string;
  /** Path of the file that holds the password. */
  readonly passwordFile: string;
}

/** The sample host, as the policy names it. */
export const SAMPLE_HOST = 'web-1';
/** The same machine under another name: where no rule judges commands, a role may open a terminal. */
export const SAMPLE_TERMINAL = 'web-test';
/** What a role on the host may run: these programs, and the app's own script. */
const PROGRAMS_TO_LOOK = ['cat', 'date', 'df', 'grep', 'head', 'ls', 'ps', 'tail', 'uptime', 'wc'];
const PROGRAMS_TO_OPERATE = [...PROGRAMS_TO_LOOK, 'cp', 'echo', 'mkdir', 'mv', 'rm', 'sleep', 'touch'];

export function renderSamplePolicy(options: {
  ports: DemoPorts;
  issuer: string;
  /** Absolute path. */
  recordings: string;
  target: {
    readonly port: number;
    readonly database: string;
    readonly writer: SampleCredential;
    readonly reader: SampleCredential;
    readonly owner: SampleCredential;
  };
  /** Null for a deployment without a host. */
  host: Pick<SampleHost, 'port' | 'hostKey' | 'username' | 'privateKeyFile' | 'maintenance'> | null;
}): string {
  const { ports, issuer, target } = options;
  const host = options.host === null ? null : aboutHost(options.host);
  const credential = (of: SampleCredential) => ({
    username: of.username,
    password: { file: of.passwordFile },
  });
  const document = {
    server: { address: `127.0.0.1:${ports.web}` },
    broker: {
      postgres: { address: `127.0.0.1:${ports.broker}` },
      ssh: { address: `127.0.0.1:${ports.ssh}` },
    },
    recording: { directory: options.recordings },
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address: `127.0.0.1:${target.port}`,
        database: target.database,
        credential: credential(target.writer),
        // The sample target listens on this machine only.
        tls: { mode: 'disable' },
        labels: { env: 'prod', team: 'payments' },
        roles: {
          read: { allow: ['select'], credential: credential(target.reader) },
          write: { allow: ['select', 'insert', 'update', 'delete', 'merge'] },
          owner: { allow: 'all', credential: credential(target.owner) },
        },
      },
      ...(host?.resources ?? []),
    ],
    access: [
      {
        name: 'prod-databases',
        who: { groups: ['engineering'] },
        to: { kind: 'postgres', labels: { env: 'prod' } },
        roles: ['read', 'write'],
        maxDuration: '4h',
        approval: {
          from: [
            { group: 'sre', count: 1 },
            { group: 'dba', count: 1 },
          ],
          within: '30m',
          remindAfter: '10m',
        },
      },
      {
        name: 'break-glass',
        who: { groups: ['engineering'] },
        to: { labels: { env: 'prod' } },
        roles: ['write'],
        maxDuration: '30m',
        approval: { breakGlass: { review: { from: [{ group: 'sre', count: 1 }], within: '24h' } } },
      },
      {
        name: 'sre-on-call-read',
        who: { groups: ['sre'], when: "request.duration <= duration('1h')" },
        to: { labels: { env: 'prod' } },
        roles: ['read'],
        approval: 'auto',
      },
      {
        name: 'ci-migrations',
        who: { workloads: [WORKLOAD.clientId] },
        to: { name: 'orders-db' },
        roles: ['write'],
        approval: 'auto',
      },
      ...(host?.access ?? []),
    ],
    rules: [
      {
        name: 'no-unbounded-writes',
        on: { kind: 'postgres' },
        match: { effects: ['delete', 'update'], missingWhere: true },
        action: 'deny',
        message: 'Add a WHERE clause. Whole-table writes need a migration.',
      },
      {
        name: 'deletes-need-a-dba',
        on: { labels: { env: 'prod' } },
        match: { effects: ['delete'] },
        action: 'review',
        approval: { from: [{ group: 'dba', count: 1 }], within: '5m' },
        message: 'Deleting rows in production takes a second pair of eyes.',
      },
      {
        name: 'bulk-egress',
        on: { kind: 'postgres' },
        match: { rowsOver: 10_000 },
        action: 'stop',
      },
      ...(host?.rules ?? []),
    ],
    masks: [
      { name: 'card-numbers', columns: ['*.payments.card_number'], with: { keepLast: 4 } },
      { name: 'contact', columns: ['public.customers.email', 'public.customers.phone'], with: 'redact' },
      ...(host?.masks ?? []),
    ],
    workloads: [{ name: WORKLOAD.clientId, owner: 'dana@example.com', issuer, claims: WORKLOAD.claims }],
    identity: { oidc: { issuer, clientId: CLIENT_ID, groupsClaim: 'groups' } },
    chat: {
      approvals: 'access',
      audit: 'access-audit',
      web: { channels: ['general', 'access', 'access-audit', INCIDENT_CHANNEL] },
    },
    alerts: {},
    incidents: { channels: ['inc-*'] },
    oversight: { groups: ['responders'] },
  };
  return HEADER + stringify(document, { lineWidth: 110 });
}

function aboutHost(host: NonNullable<Parameters<typeof renderSamplePolicy>[0]['host']>) {
  // A program is listed by a word of the shell, which a directory with a blank in its name would not give.
  const scripts = /^[^\s*?]{1,200}$/.test(host.maintenance) ? [host.maintenance] : [];
  const on = { name: SAMPLE_HOST };
  const reached = {
    kind: 'ssh',
    address: `127.0.0.1:${host.port}`,
    hostKey: host.hostKey,
    credential: { username: host.username, privateKey: { file: host.privateKeyFile } },
  };
  return {
    resources: [
      {
        name: SAMPLE_HOST,
        ...reached,
        labels: { env: 'prod', team: 'checkout' },
        roles: {
          look: { shell: 'exec', programs: [...PROGRAMS_TO_LOOK, ...scripts] },
          operator: {
            shell: 'guided',
            programs: [...PROGRAMS_TO_OPERATE, ...scripts],
            allow: ['run', 'read-file', 'write-file'],
            sftp: 'write',
          },
        },
      },
      {
        name: SAMPLE_TERMINAL,
        ...reached,
        labels: { env: 'test', team: 'checkout' },
        roles: { breakglass: { shell: 'raw' } },
      },
    ],
    access: [
      {
        name: 'prod-hosts',
        who: { groups: ['engineering'] },
        to: { kind: 'ssh' },
        roles: ['look', 'operator', 'breakglass'],
        maxDuration: '4h',
        approval: { from: [{ group: 'sre', count: 1 }], within: '30m' },
      },
      {
        name: 'sre-on-call-look',
        who: { groups: ['sre'] },
        to: on,
        roles: ['look'],
        maxDuration: '1h',
        approval: 'auto',
      },
      {
        name: 'ci-look',
        who: { workloads: [WORKLOAD.clientId] },
        to: on,
        roles: ['look'],
        maxDuration: '1h',
        approval: 'auto',
      },
    ],
    rules: [
      {
        name: 'no-recursive-removal',
        on,
        match: { programs: ['rm'], arguments: ['-*r*', '-*R*', '--recursive'] },
        action: 'deny',
        message: 'Remove files by their names. Whole directories need a ticket.',
      },
      {
        name: 'restarts',
        on,
        match: { programs: ['touch'], paths: [`*/${RESTART_FILE}`] },
        action: 'review',
        approval: { from: [{ group: 'sre', count: 1 }], within: '5m' },
        message: 'A restart takes a second pair of eyes.',
      },
      {
        name: 'maintenance',
        on,
        match: { programs: ['maintenance'], arguments: ['restart'] },
        action: 'review',
        approval: { from: [{ group: 'sre', count: 1 }], within: '5m' },
        message: 'So does the script that restarts.',
      },
    ],
    masks: [
      {
        name: 'secrets-on-hosts',
        on: { kind: 'ssh' },
        detect: ['aws-key', 'private-key', 'jwt'],
        with: 'redact',
      },
    ],
  };
}
