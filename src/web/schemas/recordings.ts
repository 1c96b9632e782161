import { z } from 'zod';
import type { RecordingHoldView } from '../../access/recordings/holds.ts';
import { REASON_CHARACTERS_MAX } from '../../core/request.ts';
import { FLAG, IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';
import { PARTY } from './parties.ts';

const NAME = z.string().trim().min(1).max(IDENTIFIER_CHARACTERS_MAX);
const BECAUSE = z.string().trim().min(1).max(REASON_CHARACTERS_MAX);

export const RECORDING_HOLD = z.object({
  id: z.string(),
  sessionId: z.string().nullable(),
  incident: z.string().nullable(),
  because: z.string(),
  placedAt: INSTANT,
  placedBy: PARTY,
  releasedAt: INSTANT.nullable(),
  releasedBy: PARTY.nullable(),
  releasedBecause: z.string().nullable(),
}) satisfies z.ZodType<RecordingHoldView>;
export type RecordingHoldAnswer = z.output<typeof RECORDING_HOLD>;

export const RECORDING_HOLD_BODY = z.union([
  z.strictObject({ sessionId: NAME, because: BECAUSE }),
  z.strictObject({ incident: NAME, because: BECAUSE }),
]);
export const RECORDING_RELEASE_BODY = z.strictObject({ because: BECAUSE });
export const RECORDING_HOLDS_QUERY = z.object({ inForce: FLAG.optional(), limit: LIMIT });
