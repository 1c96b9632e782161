/** The demo's `sallyport.yaml`, written anew at each start, since ports can move. */
import { stringify } from 'yaml';
import { WORKLOAD } from './cast.ts';
import type { DemoPorts } from './demo-ports.ts';

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
}): string {
  const { ports, issuer, target } = options;
  const credential = (of: SampleCredential) => ({
    username: of.username,
    password: { file: of.passwordFile },
  });
  const document = {
    server: { address: `127.0.0.1:${ports.web}` },
    broker: { postgres: { address: `127.0.0.1:${ports.broker}` } },
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
    ],
    masks: [
      { name: 'card-numbers', columns: ['*.payments.card_number'], with: { keepLast: 4 } },
      { name: 'contact', columns: ['public.customers.email', 'public.customers.phone'], with: 'redact' },
    ],
    workloads: [{ name: WORKLOAD.clientId, owner: 'dana@example.com', issuer, claims: WORKLOAD.claims }],
    identity: { oidc: { issuer, clientId: CLIENT_ID, groupsClaim: 'groups' } },
    chat: {
      approvals: 'access',
      audit: 'access-audit',
      web: { channels: ['general', 'access', 'access-audit', INCIDENT_CHANNEL] },
    },
    incidents: { channels: ['inc-*'] },
    oversight: { groups: ['responders'] },
  };
  return HEADER + stringify(document, { lineWidth: 110 });
}
