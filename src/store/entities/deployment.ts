import { defineEntity, p } from '@mikro-orm/core';

export const PolicyVersionSchema = defineEntity({
  name: 'PolicyVersionRow',
  tableName: 'policy_version',
  properties: {
    version: p.text().primary(),
    document: p.text(),
    createdAt: p.datetime(),
  },
});
export class PolicyVersionRow extends PolicyVersionSchema.class {}
PolicyVersionSchema.setClass(PolicyVersionRow);

export const DeploymentKeySchema = defineEntity({
  name: 'DeploymentKeyRow',
  tableName: 'deployment_key',
  properties: {
    name: p.text().primary(),
    /** What of it is public: it is sealed together with it. */
    publicKeyPem: p.text(),
    sealedPrivateKey: p.blob(),
    /** Key id of the root key that it is sealed under; null for the first, from before there were several. */
    sealedBy: p.text().nullable(),
    /** Of a signing key: each is endorsed by the one before. */
    number: p.integer(),
    endorsement: p.blob().nullable(),
    createdAt: p.datetime(),
  },
});
export class DeploymentKeyRow extends DeploymentKeySchema.class {}
DeploymentKeySchema.setClass(DeploymentKeyRow);

/** A generation of the key that data keys, and what rests sealed, are wrapped with. */
export const RootKeySchema = defineEntity({
  name: 'RootKeyRow',
  tableName: 'root_key',
  properties: {
    generation: p.integer().primary(),
    keyId: p.text(),
    /** What wrapped it, in words: a master key or a key management service. */
    wrappedBy: p.text(),
    wrappedKey: p.blob(),
    createdAt: p.datetime(),
  },
});
export class RootKeyRow extends RootKeySchema.class {}
RootKeySchema.setClass(RootKeyRow);
