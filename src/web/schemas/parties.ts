import { z } from 'zod';
import type { PartyView } from '../../access/views.ts';
import type { Origin } from '../../core/request.ts';
import type { Me } from '../wire.ts';

export const PARTY = z.object({
  id: z.string(),
  kind: z.enum(['person', 'workload']),
  name: z.string(),
  email: z.string(),
}) satisfies z.ZodType<PartyView>;

export const ORIGIN = z.object({ platform: z.string(), channel: z.string() }) satisfies z.ZodType<Origin>;

export const ME = PARTY.extend({ groups: z.array(z.string()).readonly() }) satisfies z.ZodType<Me>;
