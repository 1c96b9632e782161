/** A policy with extensions, break-glass and a freeze, and what people do under it. */
import { randomUUID } from 'node:crypto';
import { breakGlass } from '../../../src/access/break-glass.ts';
import { type Ballot, castVote, type VoteResult } from '../../../src/access/cast-vote.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { type ExtensionRequest, requestExtension } from '../../../src/access/request-extension.ts';
import type { RequestView } from '../../../src/access/views.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { TEST_POLICY, type TestAccess } from '../../support/access.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const EMERGENCY_POLICY = `${TEST_POLICY.replace(
  'maxDuration: 4h',
  'maxDuration: 1h\n    extendTo: 2h',
).replace(
  'approval: auto',
  'maxDuration: 1h\n    extendTo: 90m\n    approval: auto',
)}freeze: { groups: [commanders], token: { env: FREEZE_TOKEN } }
`
  .replace(`, when: "request.duration <= duration('1h')"`, '')
  .replace(
    'oversight:',
    `  - name: emergency
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [write]
    maxDuration: 1h
    approval: { breakGlass: { review: { from: [{ group: security, count: 2 }], within: 24h, remindEvery: 4h, openMax: 100 } } }
oversight:`,
  );

/** What an alerting system shows. */
export const FREEZE_TOKEN = 'freeze-token-of-the-test-suite';

export interface Cast {
  readonly alice: Person;
  readonly bob: Person;
  readonly dana: Person;
  readonly carol: Person;
}

/** alice (engineering) asks, bob (sre) and dana (dba) approve, carol (responders) oversees. */
export async function castOf({ person }: TestAccess): Promise<Cast> {
  const [alice, bob, dana, carol] = [
    await person('alice', ['engineering']),
    await person('bob', ['sre']),
    await person('dana', ['dba']),
    await person('carol', ['responders']),
  ];
  return { alice, bob, dana, carol };
}

const draft = (requester: Identity, role: string) => ({
  requester,
  resource: 'orders-db',
  role,
  durationMs: 30 * MINUTE,
  reason: 'an emergency',
  ticket: null,
  incident: null,
  origin: null,
  idempotencyKey: randomUUID(),
});

export const ask = (access: TestAccess, requester: Identity, role = 'write'): Promise<RequestView> =>
  requestAccess(access.context, draft(requester, role));

export const takeInEmergency = (access: TestAccess, requester: Identity): Promise<RequestView> =>
  breakGlass(access.context, draft(requester, 'write'));

export const vote = (
  access: TestAccess,
  requestId: string,
  voter: Identity,
  changes: Partial<Pick<Ballot, 'verdict' | 'durationMs'>> = {},
): Promise<VoteResult> =>
  castVote(access.context, {
    requestId,
    voter,
    verdict: 'approve',
    durationMs: null,
    note: 'as agreed',
    platform: 'web',
    ...changes,
  });

/** Makes the grant of an approved request active, as its job does. */
export async function issue(access: TestAccess, grantId: string): Promise<'issued' | 'unchanged'> {
  return issueGrant(access.context, { grantId, preparer: { prepare: async () => undefined } });
}

/** An active grant of half an hour: `read` by policy for bob, `write` by bob's and dana's votes for alice. */
export async function activeGrant(access: TestAccess, role: 'read' | 'write' = 'write'): Promise<string> {
  const { alice, bob, dana } = await castOf(access);
  const request = await ask(access, role === 'read' ? bob : alice, role);
  if (role === 'write') for (const voter of [bob, dana]) await vote(access, request.id, voter);
  const [row] = await query<{ id: string }>(access, 'select id from access_grant where request_id = ?', [
    request.id,
  ]);
  const grantId = row?.id ?? '';
  await issue(access, grantId);
  return grantId;
}

export const extend = (
  access: TestAccess,
  grantId: string,
  by: Identity,
  changes: Partial<Pick<ExtensionRequest, 'byMs' | 'idempotencyKey'>> = {},
): Promise<RequestView> =>
  requestExtension(access.context, {
    grantId,
    by,
    byMs: 30 * MINUTE,
    reason: 'the backfill is not through',
    origin: null,
    idempotencyKey: randomUUID(),
    ...changes,
  });

export async function query<Row extends object>(
  access: TestAccess,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return access.store.read().execute<Row[]>(sql, [...values]);
}

/** How many jobs of this kind the outbox has for an id. */
export async function jobsFor(access: TestAccess, job: string, id: string): Promise<number> {
  const [row] = await query<{ count: string }>(
    access,
    `select count(*) from outbox where job = ? and payload::text like ?`,
    [job, `%"${id}"%`],
  );
  return Number(row?.count);
}

export async function eventsOf(access: TestAccess, subject: string): Promise<string[]> {
  const rows = await query<{ type: string }>(access, 'select type from event where subject = ? order by id', [
    subject,
  ]);
  return rows.map(({ type }) => type);
}
