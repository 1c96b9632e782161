import { defineEntity, p } from '@mikro-orm/core';
import { GRANT_STATES, type ScramVerifier } from '../../core/grant.ts';
import {
  type Approval,
  type Origin,
  REQUEST_KINDS,
  REQUEST_STATES,
  VOTE_VERDICTS,
} from '../../core/request.ts';
import { IdentityRow } from './identity.ts';

export const RequestSchema = defineEntity({
  name: 'RequestRow',
  tableName: 'access_request',
  properties: {
    id: p.text().primary(),
    state: p.enum(REQUEST_STATES),
    kind: p.enum(REQUEST_KINDS),
    requester: () => p.manyToOne(IdentityRow),
    /** Who will hold the access. */
    beneficiary: () => p.manyToOne(IdentityRow),
    /** The grant that an extension is about. */
    extendsId: p.text().nullable(),
    /** The deadline that an extension asks for. */
    extendUntil: p.datetime().nullable(),
    /** The request that was asked once more. */
    againOfId: p.text().nullable(),
    /** E-mail address of who must consent besides the quorum: the beneficiary, or a workload's owner. */
    consentFrom: p.text().nullable(),
    consentedBy: () => p.manyToOne(IdentityRow).nullable(),
    consentedAt: p.datetime().nullable(),
    remindAt: p.datetime().nullable(),
    remindedAt: p.datetime().nullable(),
    escalateAt: p.datetime().nullable(),
    escalatedAt: p.datetime().nullable(),
    /** Why it was closed without a vote against it. */
    closedBecause: p.text().nullable(),
    /** Who took it away; null where the policy did. */
    closedBy: () => p.manyToOne(IdentityRow).nullable(),
    /** When a later policy asked for more than the one that it was made under, and which. */
    tightenedAt: p.datetime().nullable(),
    tightenedBy: p.text().nullable(),
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
    /** The voter's claims when the vote was cast: what the quorum counts. */
    claims: p.json<string[]>(),
    /** Who let the voter decide in their place. */
    onBehalfOf: () => p.manyToOne(IdentityRow).nullable(),
    /** True when the voter signed in afresh for this vote. */
    steppedUp: p.boolean(),
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
    /** How often preparing it has failed. */
    issueAttempts: p.integer().default(0),
    issueRetryAt: p.datetime().nullable(),
    /** Why it is not prepared yet, for its holder to read. */
    issueProblem: p.text().nullable(),
    issueProblemAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endedBy: () => p.manyToOne(IdentityRow).nullable(),
    endNote: p.text().nullable(),
  },
});
export class GrantRow extends GrantSchema.class {}
GrantSchema.setClass(GrantRow);

export const RequestCommentSchema = defineEntity({
  name: 'RequestCommentRow',
  tableName: 'request_comment',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    request: () => p.manyToOne(RequestRow),
    author: () => p.manyToOne(IdentityRow),
    text: p.text(),
    platform: p.text(),
    createdAt: p.datetime(),
  },
});
export class RequestCommentRow extends RequestCommentSchema.class {}
RequestCommentSchema.setClass(RequestCommentRow);
