/** Fields that several parts of `sallyport.yaml` share. */
import { z } from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { messageOf } from '../../core/errors.ts';

export const NAME = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name: letters, digits, dot, dash, underscore; at most 63');
export const TEXT = z.string().min(1).max(2_000);
export const GROUP = z.string().min(1).max(200);
export const LABELS = z.record(NAME, z.string().max(200));

/** Text such as `1h30m`; milliseconds once parsed. */
export const DURATION = z
  .string()
  .meta({ description: 'A duration: 90s, 30m, 1h30m, 2d', examples: ['1h'] })
  .transform((text, context): number => {
    try {
      return parseDuration(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

/** host:port; IPv6 in brackets. */
export const ADDRESS = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/, 'host:port')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port up to 65535');

export const SECRET_REFERENCE = z
  .union([
    z.strictObject({ env: z.string().min(1).max(200) }),
    z.strictObject({ file: z.string().min(1).max(1_000) }),
    z.strictObject({ exec: z.array(z.string()).min(1).max(50) }),
    z.strictObject({ vault: z.string().min(1).max(1_000), field: z.string().optional() }),
  ])
  .meta({ description: 'Where a secret is found. A secret is never written in this file.' });
export type SecretReference = z.output<typeof SECRET_REFERENCE>;

/** Which resources are meant: everything it names must hold. */
export const SELECTOR = z.strictObject({
  kind: z.enum(['postgres', 'ssh']).optional(),
  name: NAME.optional(),
  labels: LABELS.optional(),
});
export type Selector = z.output<typeof SELECTOR>;
