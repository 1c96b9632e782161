/** A policy with hosts, and live grants on them, by the use cases that make them. */
import { randomUUID } from 'node:crypto';
import { castVote } from '../../../src/access/cast-vote.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { Identity } from '../../../src/core/identity.ts';
import type { TestAccess } from '../../support/access.ts';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8xq7ryJLTkWLrFdEsn1nG5kFlvG5a4zZIPFFXGNcyE';

export const HOSTS_POLICY = `
resources:
  - name: web-1
    kind: ssh
    address: 127.0.0.1:22
    hostKey: ${HOST_KEY}
    credential: { username: deploy, password: { env: WEB_PASSWORD }, privateKey: { env: WEB_KEY } }
    labels: { env: prod }
    sessionsMax: 2
    roles:
      look: { programs: [ls, cat] }
      operator: { shell: guided }
      breakglass: { shell: raw }
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    roles: { read: { allow: [select] } }
access:
  - name: hosts
    who: { groups: [engineering] }
    to: { kind: ssh }
    roles: [operator, look]
    maxDuration: 4h
    approval: { from: [{ group: sre }], within: 30m }
  - name: on-call
    who: { groups: [sre], workloads: [deployer] }
    to: {}
    roles: [look, read]
    approval: auto
rules:
  - { name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny }
masks:
  - { name: keys, detect: [aws-key], with: redact }
workloads:
  - { name: deployer, owner: dana@example.com, issuer: https://ci.test.example, claims: { repository: acme/shop } }
`;

export const HOST_SECRETS = { WEB_PASSWORD: 'only-for-web-1', WEB_KEY: 'a key that nobody reads here' };

/** Access for an hour that bob approves, prepared; what is granted at once needs nobody. */
export async function grantOn(
  access: TestAccess,
  options: { readonly requester: Identity; readonly resource?: string; readonly role: string },
): Promise<string> {
  const { context } = access;
  const { id: requestId, state } = await requestAccess(context, {
    resource: 'web-1',
    ...options,
    durationMs: 3_600_000,
    reason: 'the disk is full',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  if (state === 'pending') {
    const voter = await access.person('bob', ['sre']);
    await castVote(context, {
      requestId,
      voter,
      verdict: 'approve',
      durationMs: null,
      note: null,
      platform: 'web',
    });
  }
  const { grant } = await readRequest(context, { id: requestId });
  if (grant === null) throw new Error('nothing was granted');
  await issueGrant(context, { grantId: grant.id, preparer: { prepare: async () => undefined } });
  return grant.id;
}
