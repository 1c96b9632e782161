import { defineEntity, p } from '@mikro-orm/core';
import { POLICY_CHANGE_SOURCES, POLICY_CHANGE_STATES } from '../../core/policy-change.ts';
import type { PolicyImpact } from '../../core/policy-impact.ts';
import { type Seat, VOTE_VERDICTS } from '../../core/request.ts';
import { IdentityRow } from './identity.ts';

export const PolicyChangeSchema = defineEntity({
  name: 'PolicyChangeRow',
  tableName: 'policy_change',
  properties: {
    id: p.text().primary(),
    state: p.enum(POLICY_CHANGE_STATES),
    version: p.text(),
    /** The version in force when it was proposed. */
    baseVersion: p.text(),
    /** Null when a server found it in its file. */
    proposer: () => p.manyToOne(IdentityRow).nullable(),
    source: p.enum(POLICY_CHANGE_SOURCES),
    comment: p.text().nullable(),
    seats: p.json<Seat[]>(),
    /** Unified, of the two texts. */
    difference: p.text(),
    /** What `simulate` says it would change. */
    impact: p.json<PolicyImpact>().nullable(),
    impactAt: p.datetime().nullable(),
    /** Counts what was applied: the highest is in force. Null until it is. */
    revision: p.bigint('number').nullable(),
    idempotencyKey: p.text().nullable(),
    createdAt: p.datetime(),
    lapsesAt: p.datetime(),
    decidedAt: p.datetime().nullable(),
  },
});
export class PolicyChangeRow extends PolicyChangeSchema.class {}
PolicyChangeSchema.setClass(PolicyChangeRow);

export const PolicyChangeVoteSchema = defineEntity({
  name: 'PolicyChangeVoteRow',
  tableName: 'policy_change_vote',
  properties: {
    change: () => p.manyToOne(PolicyChangeRow).primary(),
    identity: () => p.manyToOne(IdentityRow).primary(),
    verdict: p.enum(VOTE_VERDICTS),
    note: p.text().nullable(),
    /** The version that the voter was shown. */
    version: p.text(),
    claims: p.json<string[]>(),
    /** Who let the voter decide in their place. */
    onBehalfOf: () => p.manyToOne(IdentityRow).nullable(),
    platform: p.text(),
    createdAt: p.datetime(),
  },
});
export class PolicyChangeVoteRow extends PolicyChangeVoteSchema.class {}
PolicyChangeVoteSchema.setClass(PolicyChangeVoteRow);

/** The version that each server last found in its file; `server` is its machine and the file's path. */
export const PolicyFileSchema = defineEntity({
  name: 'PolicyFileRow',
  tableName: 'policy_file',
  properties: {
    server: p.text().primary(),
    version: p.text(),
    seenAt: p.datetime(),
  },
});
export class PolicyFileRow extends PolicyFileSchema.class {}
PolicyFileSchema.setClass(PolicyFileRow);
