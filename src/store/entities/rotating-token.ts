import { defineEntity, p } from '@mikro-orm/core';

/** The tokens of a service that are in force, sealed; each is exchanged for the next before it expires. */
export const RotatingTokenSchema = defineEntity({
  name: 'RotatingTokenRow',
  tableName: 'rotating_token',
  properties: {
    name: p.text().primary(),
    /** Of the configured refresh token that they began with: another one begins anew. */
    seedSha256: p.text(),
    sealed: p.blob(),
    refreshedAt: p.datetime(),
    expiresAt: p.datetime(),
  },
});
export class RotatingTokenRow extends RotatingTokenSchema.class {}
RotatingTokenSchema.setClass(RotatingTokenRow);
