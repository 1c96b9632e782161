import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

export const SshKeySchema = defineEntity({
  name: 'SshKeyRow',
  tableName: 'ssh_key',
  properties: {
    id: p.text().primary(),
    identity: () => p.manyToOne(IdentityRow),
    /** `SHA256:` and base64 without padding, as ssh-keygen shows it. */
    fingerprint: p.text().unique(),
    type: p.text(),
    blobBase64: p.text(),
    label: p.text(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
});
export class SshKeyRow extends SshKeySchema.class {}
SshKeySchema.setClass(SshKeyRow);
