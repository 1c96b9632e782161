import { z } from 'zod';
import type { Problem } from '../wire.ts';

/** application/problem+json (RFC 9457): what every error answers. */
export const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string().meta({ description: 'Stable; the one thing to branch on' }),
  url: z.exactOptional(z.string()).meta({ description: 'Where to go on; for step_up_required' }),
}) satisfies z.ZodType<Problem>;
