/** An approved grant, a session under it and a command that it holds, by the use cases that make them. */

import { createHash, randomUUID } from 'node:crypto';
import { authorizeConnection } from '../../src/access/authorize-connection.ts';
import { castVote } from '../../src/access/cast-vote.ts';
import { type HoldRequest, holdCommand } from '../../src/access/hold-command.ts';
import { issueGrant } from '../../src/access/issue-grant.ts';
import { readRequest } from '../../src/access/read-access.ts';
import { requestAccess } from '../../src/access/request-access.ts';
import type { HoldView } from '../../src/access/views.ts';
import { groupSeat } from '../../src/core/claim.ts';
import type { Identity, Person } from '../../src/core/identity.ts';
import type { Origin } from '../../src/core/request.ts';
import type { TestAccess } from './access.ts';

export interface LiveGrant {
  readonly requestId: string;
  readonly grantId: string;
  readonly alice: Person;
  readonly bob: Person;
  readonly dana: Person;
}

/** Write access to orders-db for an hour, approved by bob (sre) and dana (dba). */
export async function liveGrant(
  access: TestAccess,
  options: {
    readonly requester?: Identity;
    readonly role?: string;
    readonly origin?: Origin;
    /** Its name. */
    readonly incident?: string;
    /** Instead of bob and dana. */
    readonly approvers?: readonly Person[];
  } = {},
): Promise<LiveGrant> {
  const { context, person } = access;
  const [alice, bob, dana] = [
    await person('alice', ['engineering']),
    await person('bob', ['sre']),
    await person('dana', ['dba']),
  ];
  const { id: requestId } = await requestAccess(context, {
    requester: options.requester ?? alice,
    resource: 'orders-db',
    role: options.role ?? 'write',
    durationMs: 3_600_000,
    reason: 'a live grant',
    ticket: null,
    incident: options.incident ?? null,
    origin: options.origin ?? null,
    idempotencyKey: randomUUID(),
  });
  const vote = { requestId, verdict: 'approve', durationMs: null, note: null, platform: 'web' } as const;
  for (const voter of options.approvers ?? [bob, dana]) await castVote(context, { ...vote, voter });
  const { grant } = await readRequest(context, { id: requestId });
  const grantId = grant?.id ?? '';
  await issueGrant(context, { grantId, preparer: { prepare: async () => undefined } });
  return { requestId, grantId, alice, bob, dana };
}

export async function liveSession(access: Pick<TestAccess, 'context'>, grantId: string): Promise<string> {
  const answer = await authorizeConnection(access.context, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '127.0.0.1',
    application: 'psql',
    replica: 'one',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  return answer.sessionId;
}

/** Holds a DROP that one member of dba must agree to within five minutes. */
export function hold(
  access: Pick<TestAccess, 'context'>,
  sessionId: string,
  changes: Partial<HoldRequest> = {},
): Promise<HoldView> {
  const text = changes.text ?? 'drop table old_orders';
  return holdCommand(access.context, {
    sessionId,
    statement: 1,
    text,
    textSha256: createHash('sha256').update(text).digest('hex'),
    parameters: [],
    effects: ['drop'],
    relations: ['old_orders'],
    rule: 'destructive-ddl',
    reason: 'Somebody else has to agree.',
    approval: { seats: [groupSeat('dba', 1)], withinMs: 300_000 },
    policyVersion: access.context.policy.current().version,
    context: { searchPath: '"$user", public', database: 'shop', account: 'app_rw' },
    ...changes,
  });
}
