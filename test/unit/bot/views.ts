/** Views as the use cases would give them, with only what a test is about spelt out. */

import type { PolicyChangeView } from '../../../src/access/policy-change-views.ts';
import type { ReviewView } from '../../../src/access/review-views.ts';
import type {
  ChatHoldView,
  GrantView,
  PartyView,
  RequestView,
  SessionView,
  VoteView,
} from '../../../src/access/views.ts';
import type { Form } from '../../../src/bot/card.ts';
import { type RequestFormValues, requestForm } from '../../../src/bot/forms/request-form.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';

export const ALICE: PartyView = { id: 'p-alice', kind: 'person', name: 'Alice', email: 'alice@example.com' };
export const BOB: PartyView = { id: 'p-bob', kind: 'person', name: 'Bob', email: 'bob@example.com' };
export const DANA: PartyView = { id: 'p-dana', kind: 'person', name: 'Dana', email: 'dana@example.com' };

const NOON = new Date('2026-11-21T12:00:00Z');
const LATER = new Date('2026-11-21T13:00:00Z');

export function requestView(changes: Partial<RequestView> = {}): RequestView {
  return {
    id: 'r-abcd2345',
    kind: 'access',
    state: 'pending',
    requester: ALICE,
    beneficiary: ALICE,
    consent: null,
    extends: null,
    againOf: null,
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    durationMs: 3_600_000,
    reason: 'payouts hang',
    ticket: null,
    incident: null,
    origin: null,
    policy: 'prod-databases',
    policyVersion: 'v1',
    explanation: 'members of engineering may read prod',
    automatic: false,
    seats: [
      { ...groupSeat('sre', 1), filledBy: [] },
      { ...groupSeat('dba', 1), filledBy: [] },
    ],
    votes: [],
    comments: [],
    stepUp: false,
    createdAt: NOON,
    lapsesAt: new Date('2026-11-21T12:30:00Z'),
    remindedAt: null,
    escalation: null,
    escalatedAt: null,
    tightened: null,
    closed: null,
    decidedAt: null,
    grant: null,
    ...changes,
  };
}

export function voteView(changes: Partial<VoteView> = {}): VoteView {
  return {
    person: BOB,
    onBehalfOf: null,
    verdict: 'approve',
    note: null,
    durationMs: null,
    steppedUp: false,
    platform: 'web',
    at: NOON,
    ...changes,
  };
}

export function grantView(changes: Partial<GrantView> = {}): GrantView {
  return {
    id: 'g-abcd2345',
    requestId: 'r-abcd2345',
    kind: 'access',
    state: 'active',
    holder: ALICE,
    approvers: [BOB, DANA],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'payouts hang',
    incident: null,
    origin: null,
    durationMs: 3_600_000,
    startsAt: NOON,
    expiresAt: LATER,
    endedAt: null,
    endedBy: null,
    revealed: false,
    problem: null,
    review: null,
    ...changes,
  };
}

export function holdView(changes: Partial<ChatHoldView> = {}): ChatHoldView {
  return {
    id: 'h-abcd2345',
    state: 'held',
    sessionId: 's-abcd2345',
    grantId: 'g-abcd2345',
    requestId: 'r-abcd2345',
    holder: ALICE,
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'write',
    incident: null,
    origin: null,
    statement: 3,
    text: 'drop table old_orders',
    textSha256: 'ab'.repeat(32),
    parameters: [],
    effects: ['drop'],
    relations: ['old_orders'],
    context: { searchPath: 'public', database: 'shop', account: 'app_rw' },
    rule: 'destructive-ddl',
    reason: 'somebody else has to agree',
    policyVersion: 'v1',
    seats: [{ ...groupSeat('dba', 1), filledBy: [] }],
    votes: [],
    scope: null,
    note: null,
    withdrawnBecause: null,
    redactions: 0,
    createdAt: NOON,
    expiresAt: new Date('2026-11-21T12:05:07Z'),
    decidedAt: null,
    ...changes,
  };
}

export function sessionView(changes: Partial<SessionView> = {}): SessionView {
  return {
    id: 's-abcd2345',
    grantId: 'g-abcd2345',
    requestId: 'r-abcd2345',
    holder: ALICE,
    approvers: [BOB, DANA],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'payouts hang',
    incident: null,
    origin: null,
    clientAddress: '10.0.0.1',
    application: 'psql',
    startedAt: NOON,
    lastSeenAt: NOON,
    endedAt: null,
    endReason: null,
    terminated: null,
    watchers: [],
    counts: ZERO_COUNTS,
    riskiest: [],
    recordingHead: null,
    ...changes,
  };
}

export function reviewView(changes: Partial<ReviewView> = {}): ReviewView {
  return {
    id: 'v-abcd2345',
    state: 'pending',
    grantId: 'g-abcd2345',
    grantState: 'expired',
    requestId: 'r-abcd2345',
    requester: ALICE,
    holder: ALICE,
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'write',
    reason: 'checkout is down',
    ticket: null,
    incident: null,
    origin: null,
    startsAt: NOON,
    expiresAt: LATER,
    endedAt: LATER,
    sessions: 2,
    seats: [{ ...groupSeat('sre', 1), filledBy: [] }],
    votes: [],
    createdAt: NOON,
    dueAt: new Date('2026-11-22T13:00:00Z'),
    remindAt: new Date('2026-11-21T17:00:00Z'),
    reminders: 0,
    remindedAt: null,
    decidedAt: null,
    decidedBy: null,
    note: null,
    ...changes,
  };
}

export function policyChangeView(changes: Partial<PolicyChangeView> = {}): PolicyChangeView {
  return {
    id: 'p-abcd2345',
    state: 'pending',
    version: 'f00d5',
    baseVersion: 'b4d0',
    proposer: ALICE,
    source: 'apply',
    comment: null,
    seats: [{ ...groupSeat('sre', 1), filledBy: [] }],
    votes: [],
    difference: '--- b4d0\n+++ f00d5\n-    maxDuration: 1h\n+    maxDuration: 4h\n',
    impact: null,
    inForce: false,
    createdAt: NOON,
    lapsesAt: LATER,
    decidedAt: null,
    ...changes,
  };
}

const EMPTY: RequestFormValues = {
  ...{ resource: '', role: '', duration: '1h', reason: '', ticket: '' },
  ...{ incident: '', beneficiary: '', workload: '' },
};

/** The form that asks for access, empty and with nothing to be about where nothing else is said. */
export function requestFormOf(
  filled: Partial<RequestFormValues>,
  about: Partial<Omit<Parameters<typeof requestForm>[0], 'values'>> = {},
): Form {
  const nothing = { requestable: [], incidents: [], incidentHere: null, workloads: false, preview: '' };
  return requestForm({ values: { ...EMPTY, ...filled }, ...nothing, ...about });
}
