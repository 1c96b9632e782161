import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

/** Somebody decides in somebody else's place for a while. */
export const DelegationSchema = defineEntity({
  name: 'DelegationRow',
  tableName: 'delegation',
  properties: {
    id: p.text().primary(),
    from: () => p.manyToOne(IdentityRow),
    to: () => p.manyToOne(IdentityRow),
    /** What the one who delegates was then. */
    claims: p.json<string[]>(),
    createdAt: p.datetime(),
    /** From then on it is in effect; null while the delegate has not agreed. */
    acceptedAt: p.datetime().nullable(),
    until: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
});
export class DelegationRow extends DelegationSchema.class {}
DelegationSchema.setClass(DelegationRow);
