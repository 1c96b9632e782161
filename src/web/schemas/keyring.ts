import { z } from 'zod';
import { type KeyringView, ROTATABLE } from '../../core/keyring.ts';
import { INSTANT } from './fields.ts';

export const KEYRING = z.object({
  wrapsWith: z.string().meta({ description: 'What wraps root keys from now on' }),
  rootKeys: z
    .array(
      z.object({
        generation: z.int(),
        keyId: z.string().meta({ description: 'What recordings name it by' }),
        wrappedBy: z.string(),
        createdAt: INSTANT,
      }),
    )
    .readonly(),
  signingKeys: z
    .array(
      z.object({
        number: z.int(),
        sha256: z.string().meta({ description: 'Of its public half: what recordings and heads name it by' }),
        createdAt: INSTANT,
      }),
    )
    .readonly(),
  problem: z.string().nullable().meta({ description: 'Why this process does not have the newest keys' }),
}) satisfies z.ZodType<KeyringView>;
export type KeyringAnswer = z.output<typeof KEYRING>;

export const ROTATED_KEYRING = KEYRING.extend({
  rotated: z.boolean().meta({ description: 'False when somebody has done it since' }),
});

export const ROTATION_BODY = z.strictObject({
  what: z.enum(ROTATABLE),
  after: z.int().min(1).meta({ description: 'The newest one as it was shown: asked twice, it is done once' }),
});
