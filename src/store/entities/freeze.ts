import { defineEntity, p } from '@mikro-orm/core';

/** One row: whether anything is granted at the moment. */
export const FreezeSchema = defineEntity({
  name: 'FreezeRow',
  tableName: 'freeze',
  properties: {
    only: p.boolean().primary(),
    frozenAt: p.datetime().nullable(),
    /** Id of a person, or `token`. */
    frozenBy: p.text().nullable(),
    reason: p.text().nullable(),
    /** The freeze before this one, or before now. */
    liftedId: p.text().nullable(),
    liftedAt: p.datetime().nullable(),
  },
});
export class FreezeRow extends FreezeSchema.class {}
FreezeSchema.setClass(FreezeRow);
