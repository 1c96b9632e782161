import { defineEntity, p } from '@mikro-orm/core';
import { VOTE_VERDICTS } from '../../core/request.ts';
import { RequestRow } from './access.ts';
import { IdentityRow } from './identity.ts';

/** A vote that waits for its voter to sign in afresh. */
export const StepUpSchema = defineEntity({
  name: 'StepUpRow',
  tableName: 'step_up',
  properties: {
    /** Hex SHA-256 of what stands in the link. */
    idSha256: p.text().primary(),
    request: () => p.manyToOne(RequestRow),
    /** Hex SHA-256 of what the voter was shown. */
    shownSha256: p.text(),
    identity: () => p.manyToOne(IdentityRow),
    verdict: p.enum(VOTE_VERDICTS),
    durationMs: p.bigint('number').nullable(),
    note: p.text().nullable(),
    platform: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    signedInAt: p.datetime().nullable(),
    usedAt: p.datetime().nullable(),
  },
});
export class StepUpRow extends StepUpSchema.class {}
StepUpSchema.setClass(StepUpRow);
