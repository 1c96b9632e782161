import { defineEntity, p } from '@mikro-orm/core';
import type { Seat } from '../../core/request.ts';
import { REVIEW_STATES, REVIEW_VERDICTS } from '../../core/review.ts';
import { GrantRow } from './access.ts';
import { IdentityRow } from './identity.ts';

export const ReviewSchema = defineEntity({
  name: 'ReviewRow',
  tableName: 'review',
  properties: {
    id: p.text().primary(),
    grant: () => p.manyToOne(GrantRow),
    state: p.enum(REVIEW_STATES),
    seats: p.json<Seat[]>(),
    remindEveryMs: p.bigint('number'),
    createdAt: p.datetime(),
    dueAt: p.datetime(),
    /** Of the next reminder. */
    remindAt: p.datetime(),
    reminders: p.integer(),
    remindedAt: p.datetime().nullable(),
    decidedAt: p.datetime().nullable(),
    decidedBy: () => p.manyToOne(IdentityRow).nullable(),
    note: p.text().nullable(),
    platform: p.text().nullable(),
  },
});
export class ReviewRow extends ReviewSchema.class {}
ReviewSchema.setClass(ReviewRow);

export const ReviewVoteSchema = defineEntity({
  name: 'ReviewVoteRow',
  tableName: 'review_vote',
  properties: {
    review: () => p.manyToOne(ReviewRow).primary(),
    identity: () => p.manyToOne(IdentityRow).primary(),
    verdict: p.enum(REVIEW_VERDICTS),
    note: p.text().nullable(),
    /** The voter's claims when the vote was cast: what the quorum counts. */
    claims: p.json<string[]>(),
    /** Who let the voter decide in their place. */
    onBehalfOf: () => p.manyToOne(IdentityRow).nullable(),
    platform: p.text(),
    createdAt: p.datetime(),
  },
});
export class ReviewVoteRow extends ReviewVoteSchema.class {}
ReviewVoteSchema.setClass(ReviewVoteRow);
