import { defineEntity, p } from '@mikro-orm/core';
import { EPHEMERAL_ROLE_STATES } from '../../core/ephemeral-role.ts';
import { GrantRow } from './access.ts';

export const EphemeralRoleSchema = defineEntity({
  name: 'EphemeralRoleRow',
  tableName: 'ephemeral_role',
  properties: {
    grant: () => p.manyToOne(GrantRow).primary(),
    name: p.text(),
    state: p.enum(EPHEMERAL_ROLE_STATES),
    /** Random; the role's password follows from it and a key that is not stored. */
    seed: p.blob(),
    /** Where the role is, and who may drop it. Holds references to secrets only. */
    target: p.json<unknown>(),
    /** Until when the target lets it log in, as it was last told. */
    validUntil: p.datetime().nullable(),
    /** Of dropping it. */
    attempts: p.integer(),
    retryAt: p.datetime(),
    problem: p.text().nullable(),
    createdAt: p.datetime(),
    droppedAt: p.datetime().nullable(),
  },
});
export class EphemeralRoleRow extends EphemeralRoleSchema.class {}
EphemeralRoleSchema.setClass(EphemeralRoleRow);
