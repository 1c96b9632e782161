/** A policy with everything that votes know, and short ways to ask and to vote. */
import { randomUUID } from 'node:crypto';
import { castVote, type VoteResult } from '../../../src/access/cast-vote.ts';
import type { AccessContext } from '../../../src/access/context.ts';
import { type NewAccessRequest, requestAccess } from '../../../src/access/request-access.ts';
import type { RequestView } from '../../../src/access/views.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { upsertPerson } from '../../../src/identity/persons.ts';
import type { TestAccess } from '../../support/access.ts';

export const VOTES_POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    owners: [olga@example.com]
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
      watched: { allow: [select] }
      apart: { allow: [select] }
      signed: { allow: [select] }
      owned: { allow: [select] }
      paged: { allow: [select] }
      free: { allow: [select] }
workloads:
  - name: migrator
    owner: erin@example.com
    issuer: https://ci.example.com
    claims: { repository: acme/orders }
onCall:
  - name: payments
    pagerDuty: { escalationPolicy: PABC123, token: { env: ORDERS_DB_PASSWORD } }
    fallback: { group: sre }
access:
  - name: both
    who: { groups: [engineering], workloads: [migrator] }
    to: { name: orders-db }
    roles: [write]
    maxDuration: 4h
    approval: { from: [{ group: sre }, { group: dba }], within: 30m }
  - name: one
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [read]
    approval: { from: [{ group: sre }], within: 30m }
  - name: on-duty
    who: { groups: [duty] }
    to: { name: orders-db }
    roles: [read]
    approval: auto
  - name: watched
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [watched]
    approval: { from: [{ group: sre }], within: 30m, remindAfter: 5m, escalateTo: { group: leads, after: 15m } }
  - name: apart
    who: { groups: [engineering], workloads: [migrator] }
    to: { name: orders-db }
    roles: [apart]
    approval: { from: [{ group: sre }], notFromGroups: ["team-*"] }
  - name: signed
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [signed]
    approval: { from: [{ group: sre }], stepUp: { maxAge: 5m } }
  - name: owned
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [owned]
    approval: { from: [{ owner: resource }, { person: Dana@example.com }] }
  - name: paged
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [paged]
    approval: { from: [{ onCall: payments, level: 2 }] }
  - name: free
    who: { groups: [engineering], workloads: [migrator] }
    to: { name: orders-db }
    roles: [free]
    approval: auto
oversight: { groups: [responders] }
`;

type Asked = Partial<Omit<NewAccessRequest, 'requester'>>;

/** Asks for a role on `orders-db`, for an hour. */
export function ask(
  context: AccessContext,
  requester: Identity,
  { role = 'write', ...rest }: Asked = {},
): Promise<RequestView> {
  return requestAccess(context, {
    requester,
    resource: 'orders-db',
    role,
    durationMs: 3_600_000,
    reason: 'a test',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
    ...rest,
  });
}

/** One click of Approve or Deny. */
export function vote(
  context: AccessContext,
  {
    request,
    voter,
    verdict = 'approve',
  }: { request: { id: string }; voter: Identity; verdict?: 'approve' | 'deny' },
): Promise<VoteResult> {
  return castVote(context, {
    requestId: request.id,
    voter,
    verdict,
    durationMs: null,
    note: verdict === 'deny' ? 'no' : null,
    platform: 'web',
  });
}

/** The same person as the identity provider of before knew them, their address in capitals. */
export function formerly({ identity, clock }: TestAccess, name: string, groups: readonly string[]) {
  return upsertPerson(identity, {
    issuer: 'https://idp-of-before.example',
    subject: name,
    email: `${name.toUpperCase()}@example.com`,
    name,
    groups,
    toldAt: clock.now(),
  });
}

/** How many rows there are. */
export async function countRows(context: AccessContext, sql: string, values: string[] = []): Promise<number> {
  const [row] = await context.store
    .read()
    .execute<{ count: string }[]>(`select count(*) from ${sql}`, values);
  return Number(row?.count);
}
