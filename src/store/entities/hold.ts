import { defineEntity, p } from '@mikro-orm/core';
import { type CommandContext, HOLD_SCOPES, HOLD_STATES, WITHDRAWAL_CAUSES } from '../../core/hold.ts';
import { type Seat, VOTE_VERDICTS } from '../../core/request.ts';
import type { Effect } from '../../core/statement.ts';
import { IdentityRow } from './identity.ts';
import { SessionRow } from './session.ts';

export const HoldSchema = defineEntity({
  name: 'HoldRow',
  tableName: 'hold',
  properties: {
    id: p.text().primary(),
    session: () => p.manyToOne(SessionRow),
    /** Its number in the session's recording. */
    statement: p.integer(),
    state: p.enum(HOLD_STATES),
    text: p.text(),
    textSha256: p.text(),
    parameters: p.json<(string | null)[]>(),
    effects: p.json<Effect[]>(),
    relations: p.json<string[]>(),
    context: p.json<CommandContext>(),
    rule: p.text(),
    reason: p.text(),
    seats: p.json<Seat[]>(),
    policyVersion: p.text(),
    scope: p.enum(HOLD_SCOPES).nullable(),
    note: p.text().nullable(),
    withdrawnBecause: p.enum(WITHDRAWAL_CAUSES).nullable(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    decidedAt: p.datetime().nullable(),
  },
});
export class HoldRow extends HoldSchema.class {}
HoldSchema.setClass(HoldRow);

export const HoldVoteSchema = defineEntity({
  name: 'HoldVoteRow',
  tableName: 'hold_vote',
  properties: {
    hold: () => p.manyToOne(HoldRow).primary(),
    identity: () => p.manyToOne(IdentityRow).primary(),
    verdict: p.enum(VOTE_VERDICTS),
    scope: p.enum(HOLD_SCOPES),
    note: p.text().nullable(),
    /** The bytes that the voter was shown. */
    textSha256: p.text(),
    /** The voter's claims when the vote was cast: what the quorum counts. */
    claims: p.json<string[]>(),
    /** Who let the voter decide in their place. */
    onBehalfOf: () => p.manyToOne(IdentityRow).nullable(),
    platform: p.text(),
    createdAt: p.datetime(),
  },
});
export class HoldVoteRow extends HoldVoteSchema.class {}
HoldVoteSchema.setClass(HoldVoteRow);
