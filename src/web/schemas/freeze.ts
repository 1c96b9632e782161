import { z } from 'zod';
import type { FreezeView } from '../../access/freeze.ts';
import { REASON_CHARACTERS_MAX } from '../../core/request.ts';
import { INSTANT } from './fields.ts';
import { PARTY } from './parties.ts';

export const FREEZE = z.object({
  id: z.string().nullable(),
  frozen: z.boolean(),
  since: INSTANT.nullable(),
  by: PARTY.nullable().meta({
    description: 'Null when nothing is frozen, and when the token of `freeze` did it',
  }),
  reason: z.string().nullable(),
}) satisfies z.ZodType<FreezeView>;
export type FreezeAnswer = z.output<typeof FREEZE>;

const REASON = z.string().trim().min(1).max(REASON_CHARACTERS_MAX);

/** Loose: an alerting system sends what it sends, and names the reason in the query if it cannot in the body. */
export const FREEZE_BODY = z.looseObject({ reason: REASON.optional() }).nullish();
export const FREEZE_QUERY = z.object({ because: REASON.optional() });

export const UNFREEZE_BODY = z
  .strictObject({ reason: z.string().max(REASON_CHARACTERS_MAX).default('') })
  .default({ reason: '' });
