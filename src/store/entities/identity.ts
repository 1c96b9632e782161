import { defineEntity, p } from '@mikro-orm/core';

export const IdentitySchema = defineEntity({
  name: 'IdentityRow',
  tableName: 'identity',
  properties: {
    id: p.text().primary(),
    kind: p.enum(['person', 'workload']),
    issuer: p.text(),
    subject: p.text(),
    email: p.text(),
    name: p.text(),
    groups: p.json<string[]>(),
    groupsSeenAt: p.datetime(),
    /** Fingerprints of the public keys that the identity provider named at the last sign-in. */
    sshKeys: p.json<string[]>(),
    createdAt: p.datetime(),
  },
});
export class IdentityRow extends IdentitySchema.class {}
IdentitySchema.setClass(IdentityRow);

export const WebSessionSchema = defineEntity({
  name: 'WebSessionRow',
  tableName: 'web_session',
  properties: {
    /** Hex SHA-256 of the cookie's value: the table alone lets nobody in. */
    idSha256: p.text().primary(),
    identity: () => p.manyToOne(IdentityRow),
    /** When the provider last made them prove who they are, if it said so. */
    signedInAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
  },
});
export class WebSessionRow extends WebSessionSchema.class {}
WebSessionSchema.setClass(WebSessionRow);
