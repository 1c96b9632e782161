import { z } from 'zod';
import type { Problem } from '../wire.ts';

/** application/problem+json (RFC 9457): what every error answers. */
export const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string().meta({ description: 'Stable; the one thing to branch on' }),
}) satisfies z.ZodType<Problem>;
