/** `keys` of `sallyport.yaml`: what the root keys are wrapped with. Each server's own: nobody sends it another. */
import { z } from 'zod';
import { DURATION, SECRET_REFERENCE } from './fields.ts';
import { HTTP_URL } from './lookups.ts';

const TIMEOUT = DURATION.refine((ms) => ms >= 100 && ms <= 120_000, 'from 100 ms to 2m')
  .default(10_000)
  .meta({ description: 'How long one answer may take' });

/** Nothing of our own goes to a command. */
const VARIABLE = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'the name of an environment variable')
  .refine((name) => !name.startsWith('SALLYPORT_') && name !== 'DATABASE_URL' && name !== 'REDIS_URL', {
    message: "Sallyport's own variables are not passed on",
  });

const COMMAND = z.strictObject({
  command: z
    .array(z.string().min(1).max(4_096))
    .min(1)
    .max(50)
    .refine(([program]) => program?.startsWith('/') === true, 'the program by its absolute path')
    .meta({ description: 'Asked in JSON on its standard input; no secret is ever an argument' }),
  environment: z
    .array(VARIABLE)
    .max(50)
    .default([])
    .meta({ description: 'Variables that it gets; else only PATH, HOME and LANG' }),
  timeout: TIMEOUT,
});

const PATH_SEGMENTS = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

const TRANSIT = z.strictObject({
  transit: z
    .strictObject({
      address: HTTP_URL.meta({ description: 'Such as https://vault.example.com:8200' }),
      key: z
        .string()
        .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/, 'the name of a key')
        .meta({ description: 'Of type aes256-gcm96 or chacha20-poly1305' }),
      mount: z
        .string()
        .max(200)
        .regex(PATH_SEGMENTS, 'a path without slashes at its ends')
        .default('transit'),
      namespace: z.string().max(200).regex(PATH_SEGMENTS, 'a path without slashes at its ends').optional(),
      token: SECRET_REFERENCE.meta({ description: 'Read for each request: its file may be renewed' }),
      ca: z.string().min(1).max(1_000).optional().meta({ description: 'A file with PEM certificates' }),
      timeout: TIMEOUT,
    })
    .meta({ description: 'The transit engine of HashiCorp Vault or OpenBao' }),
});

const KMS = z.union([COMMAND, TRANSIT]);
export type KmsSettings = z.output<typeof KMS>;

export const KEYS = z.strictObject({
  kms: KMS.optional().meta({
    description: 'A key management service wraps the root keys; left out, the master key does',
  }),
  previousKms: KMS.optional().meta({
    description: 'What wrapped them before: needed until `sallyport keys rotate` has wrapped them anew',
  }),
});
