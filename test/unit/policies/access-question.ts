/** Asking a policy document that a test writes. */
import type { Person } from '../../../src/core/identity.ts';
import { type AccessAnswer, matchAccess } from '../../../src/policies/access/match-policy.ts';
import type { AccessQuestion } from '../../../src/policies/access/question.ts';
import { testPolicy } from '../../support/access.ts';

export function personIn(...groups: string[]): Person {
  return {
    kind: 'person',
    id: 'p-1',
    email: 'alice@example.com',
    name: 'Alice',
    groups,
    groupsSeenAt: new Date(),
  };
}

const RESOURCES = `
resources:
  - name: orders-db
    kind: postgres
    address: 10.0.0.5:5432
    database: orders
    credential: { username: app, password: { env: ORDERS } }
    labels: { env: prod }
    owners: [dana@example.com, Carol@Example.com]
    roles: { read: { allow: [select] }, write: { allow: all } }
workloads:
  - { name: migrator, owner: dana@example.com, issuer: "https://ci.example.com", claims: { repository: acme/orders } }
tickets:
  - { name: tracker, url: "https://tracker.example.com/{ticket}" }
onCall:
  - { name: payments, pagerDuty: { escalationPolicy: PABC123, token: { env: PAGERDUTY } }, fallback: { group: sre } }
`;

type Asked = Partial<Omit<AccessQuestion, 'resource'>>;

/** A question about orders-db: read for an hour, asked by an engineer, unless said otherwise. */
export function questionTo(access: string, asked: Asked = {}) {
  const { document } = testPolicy(`${RESOURCES}access:\n${access}`);
  const resource = document.resources[0];
  if (resource === undefined) throw new Error('the policy has no resource');
  const question: AccessQuestion = {
    identity: personIn('engineering'),
    kind: 'access',
    resource,
    role: 'read',
    durationMs: 3_600_000,
    reason: 'refund of order 4711',
    ticket: null,
    ticketAnswers: new Map(),
    incident: null,
    at: new Date('2026-06-10T10:00:00Z'),
    ...asked,
  };
  return { document, question };
}

export function ask(access: string, asked: Asked = {}): AccessAnswer {
  const { document, question } = questionTo(access, asked);
  return matchAccess(document, question);
}
