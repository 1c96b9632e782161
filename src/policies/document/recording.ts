/** `recording` of `sallyport.yaml`: how sessions are recorded, where recordings are kept, and for how long. */
import { z } from 'zod';
import { DURATION, LABELS, SECRET_REFERENCE } from './fields.ts';

const MEBIBYTE = 1_048_576;
const GIBIBYTE = 1_073_741_824;
const DAY_MS = 86_400_000;
/** What S3 takes as a part; at most 10,000 of them make an object. */
const PART_BYTES_MIN = 5 * MEBIBYTE;

const ACCESS_KEYS = z
  .strictObject({
    accessKeyId: SECRET_REFERENCE,
    secretAccessKey: SECRET_REFERENCE,
    sessionToken: SECRET_REFERENCE.optional(),
  })
  .meta({
    description: 'Left out, the machine or its container has them: a role of AWS, or the usual environment',
  });

const S3 = z
  .strictObject({
    bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
    region: z.string().min(1).max(100).default('us-east-1'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: 'Of a service other than AWS, such as https://objects.example.com' }),
    pathStyle: z
      .boolean()
      .default(false)
      .meta({ description: 'The bucket is in the path of addresses, not in their host' }),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9/!_.*'()-]{0,200}$/, "letters, digits and / ! _ . * ' ( ) -")
      .default('')
      .meta({ description: 'What the names of objects begin with, such as sallyport/' }),
    credentials: ACCESS_KEYS.optional(),
    checksum: z.enum(['sha256', 'md5']).default('sha256').meta({
      description: 'What the service checks each part with; md5 for one that does not know SHA-256',
    }),
    objectLock: z
      .strictObject({
        mode: z.enum(['governance', 'compliance']),
        days: z.int().min(1).max(36_500),
      })
      .optional()
      .meta({
        description: 'Nobody can delete or replace a recording for so long; the bucket must allow it',
      }),
    encryption: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('AES256') }),
        z.strictObject({ kind: z.literal('aws:kms'), key: z.string().min(1).max(2_048).optional() }),
      ])
      .optional()
      .meta({ description: 'By the service, over our own' }),
    partBytes: z
      .int()
      .min(PART_BYTES_MIN)
      .max(GIBIBYTE)
      .default(8 * MEBIBYTE)
      .meta({
        description: 'What is sent at once while a session runs; an object has at most 10,000 such parts',
      }),
    timeout: DURATION.refine((ms) => ms >= 100 && ms <= 600_000, 'from 100 ms to 10m')
      .default(60_000)
      .meta({ description: 'How long one request may take' }),
  })
  .meta({ description: 'Recordings go to object storage, while a session runs and when it has ended' });

const STORAGE = z.strictObject({
  s3: S3.optional(),
  spoolBytesMax: z
    .int()
    .min(16 * MEBIBYTE)
    .max(1_024 * 1_024 * GIBIBYTE)
    .default(20 * GIBIBYTE)
    .meta({
      description:
        'With s3: recordings on this server that are not in object storage yet. At nine tenths no session begins, at all of it those that run end',
    }),
  cacheBytesMax: z
    .int()
    .min(0)
    .max(1_024 * 1_024 * GIBIBYTE)
    .default(5 * GIBIBYTE)
    .meta({
      description: 'With s3: recordings that are kept here as well, for whoever reads them',
    }),
});

/** Whole days, up to a hundred years: longer than other durations may be. */
const KEEP = z
  .string()
  .regex(/^[1-9]\d{0,4}d$/, 'days, such as 365d')
  .transform((text) => Number(text.slice(0, -1)) * DAY_MS)
  .refine((ms) => ms <= 36_500 * DAY_MS, 'at most 36500d')
  .meta({ description: 'From the end of the session, in days; of several that fit, the longest counts' });

const RETENTION = z.strictObject({
  labels: LABELS.default({}).meta({ description: 'Of the resource when the session began; all must fit' }),
  keep: KEEP,
});

export const RECORDING = z.strictObject({
  directory: z.string().min(1).max(1_000).default('.sallyport/recordings'),
  sync: z.union([z.literal('strict'), DURATION]).default(100),
  rowsPerStatementMax: z.int().min(0).max(100_000).default(100),
  outputBytesPerCommandMax: z.int().min(0).max(GIBIBYTE).default(MEBIBYTE).meta({
    description: "Of one command's output; a terminal is recorded whole",
  }),
  terminalBytesMax: z.int().min(MEBIBYTE).max(107_374_182_400).default(GIBIBYTE).meta({
    description: 'What terminals of one session may print; the session ends then',
  }),
  storage: STORAGE.prefault({}),
  retention: z.array(RETENTION).max(200).default([]).meta({
    description: 'When recordings are deleted; one that no entry fits is kept',
  }),
});
