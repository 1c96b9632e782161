import { z } from 'zod';
import type { SshKeyView } from '../../access/ssh-keys.ts';
import { INSTANT } from './fields.ts';

export const SSH_KEY = z.object({
  id: z.string(),
  fingerprint: z.string().meta({ description: 'As ssh-keygen shows it: SHA256:…' }),
  type: z.string().nullable(),
  label: z.string(),
  source: z.enum(['registered', 'identity-provider']),
  createdAt: INSTANT.nullable(),
  lastUsedAt: INSTANT.nullable(),
}) satisfies z.ZodType<SshKeyView>;
export type SshKeyAnswer = z.output<typeof SSH_KEY>;

export const SSH_KEY_BODY = z.strictObject({
  key: z.string().min(1).max(8_192).meta({ description: 'The line of a file such as id_ed25519.pub' }),
  label: z.string().max(100).optional().meta({ description: "The key's comment when left out" }),
});
