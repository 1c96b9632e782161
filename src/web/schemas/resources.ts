import { z } from 'zod';
import type { Seat } from '../../core/request.ts';

export const SEAT_NEEDED = z.object({
  name: z.string(),
  count: z.number(),
  anyOf: z.array(z.string()).readonly(),
}) satisfies z.ZodType<Seat>;

export const REQUESTABLE = z.object({
  resource: z.string(),
  kind: z.string(),
  labels: z.record(z.string(), z.string()),
  roles: z
    .array(
      z.object({
        role: z.string(),
        automatic: z.boolean(),
        seats: z.array(SEAT_NEEDED).readonly(),
        durationMaxMs: z.number(),
      }),
    )
    .readonly(),
});
