import { z } from 'zod';
import type { ToldAlert } from '../../access/alerts/list-alerts.ts';
import { ALERT_KINDS } from '../../core/alert.ts';
import { INSTANT, LIMIT } from './fields.ts';

export const ALERT = z.object({
  id: z.string(),
  kind: z.enum(ALERT_KINDS),
  facts: z.record(z.string(), z.string()),
  count: z.number().meta({ description: 'How often it happened by `lastAt`' }),
  firstAt: INSTANT,
  lastAt: INSTANT,
  told: z
    .array(z.object({ platform: z.string(), channel: z.string(), currentAt: INSTANT }))
    .readonly()
    .meta({ description: 'The messages in chat; each shows what had happened by `currentAt`' }),
}) satisfies z.ZodType<ToldAlert>;
export type AlertAnswer = z.output<typeof ALERT>;

export const ALERTS_QUERY = z.object({ since: INSTANT, limit: LIMIT });
