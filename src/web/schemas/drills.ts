import { z } from 'zod';
import type { DrillEnd, DrillView } from '../../access/drill/drills.ts';
import { ALERT_KINDS } from '../../core/alert.ts';
import { DRILL_OUTCOMES } from '../../core/drill.ts';
import { IDENTIFIER_CHARACTERS_MAX } from './fields.ts';

const NAME = z.string().trim().min(1).max(IDENTIFIER_CHARACTERS_MAX);
const STEPS_MAX = 1_000;
const COUNT = z.int().min(0).max(STEPS_MAX);

export const DRILL = z.object({
  id: z.string(),
  resource: z.string(),
  kind: z.string(),
  labels: z.record(z.string(), z.string()),
  address: z.string().meta({ description: 'The target’s own' }),
  alertsOn: z
    .array(z.enum(ALERT_KINDS))
    .readonly()
    .nullable()
    .meta({ description: 'What is told in chat; null where nothing is' }),
}) satisfies z.ZodType<DrillView>;
export type DrillAnswer = z.output<typeof DRILL>;

export const DRILL_BODY = z.strictObject({
  resource: NAME,
  workload: NAME.meta({ description: 'Whose token is played' }),
  announced: z.boolean().default(true).meta({ description: 'Told in chat, where alerts are' }),
});

export const DRILL_END_BODY = z.strictObject({
  outcome: z.enum(DRILL_OUTCOMES),
  passed: COUNT,
  failed: COUNT,
  unknown: COUNT,
}) satisfies z.ZodType<DrillEnd>;
export const DRILL_ENDED = z.object({ id: z.string() });
