import { defineEntity, p } from '@mikro-orm/core';
import { GRANT_STATES, type ScramVerifier } from '../../core/grant.ts';
import { type Approval, type Origin, REQUEST_STATES, VOTE_VERDICTS } from '../../core/request.ts';
import { IdentityRow } from './identity.ts';

export const RequestSchema = defineEntity({
  name: 'RequestRow',
  tableName: 'access_request',
  properties: {
    id: p.text().primary(),
    state: p.enum(REQUEST_STATES),
    requester: () => p.manyToOne(IdentityRow),
    resource: p.text(),
    resourceKind: p.text(),
    role: p.text(),
    durationMs: p.bigint('number'),
    reason: p.text(),
    ticket: p.text().nullable(),
    incident: p.text().nullable(),
    origin: p.json<Origin>().nullable(),
    policy: p.text(),
    policyVersion: p.text(),
    explanation: p.text(),
    approval: p.json<Approval>(),
    idempotencyKey: p.text().unique(),
    createdAt: p.datetime(),
    lapsesAt: p.datetime(),
    decidedAt: p.datetime().nullable(),
  },
});
export class RequestRow extends RequestSchema.class {}
RequestSchema.setClass(RequestRow);

export const VoteSchema = defineEntity({
  name: 'VoteRow',
  tableName: 'vote',
  properties: {
    request: () => p.manyToOne(RequestRow).primary(),
    identity: () => p.manyToOne(IdentityRow).primary(),
    verdict: p.enum(VOTE_VERDICTS),
    note: p.text().nullable(),
    durationMs: p.bigint('number').nullable(),
    /** The voter's groups when the vote was cast: what the quorum counts. */
    groups: p.json<string[]>(),
    platform: p.text(),
    createdAt: p.datetime(),
  },
});
export class VoteRow extends VoteSchema.class {}
VoteSchema.setClass(VoteRow);

export const GrantSchema = defineEntity({
  name: 'GrantRow',
  tableName: 'access_grant',
  properties: {
    id: p.text().primary(),
    request: () => p.manyToOne(RequestRow),
    state: p.enum(GRANT_STATES),
    holder: () => p.manyToOne(IdentityRow),
    durationMs: p.bigint('number'),
    startsAt: p.datetime(),
    expiresAt: p.datetime(),
    scram: p.json<ScramVerifier>().nullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endedBy: () => p.manyToOne(IdentityRow).nullable(),
    endNote: p.text().nullable(),
  },
});
export class GrantRow extends GrantSchema.class {}
GrantSchema.setClass(GrantRow);
