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
    publicKeyPem: p.text(),
    sealedPrivateKey: p.blob(),
    createdAt: p.datetime(),
  },
});
export class DeploymentKeyRow extends DeploymentKeySchema.class {}
DeploymentKeySchema.setClass(DeploymentKeyRow);
