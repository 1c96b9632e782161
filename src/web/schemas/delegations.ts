import { z } from 'zod';
import type { DelegationView } from '../../access/views.ts';
import { IDENTIFIER_CHARACTERS_MAX, INSTANT } from './fields.ts';
import { PARTY } from './parties.ts';

export const DELEGATION = z.object({
  id: z.string(),
  from: PARTY,
  to: PARTY,
  createdAt: INSTANT,
  acceptedAt: INSTANT.nullable().meta({ description: 'From then on it is in effect' }),
  until: INSTANT,
  endedAt: INSTANT.nullable(),
}) satisfies z.ZodType<DelegationView>;
export type DelegationAnswer = z.output<typeof DELEGATION>;

export const DELEGATION_BODY = z.strictObject({
  to: z
    .string()
    .min(1)
    .max(IDENTIFIER_CHARACTERS_MAX)
    .meta({ description: 'Who decides in your place: an id or an e-mail address' }),
  until: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .meta({ description: 'When that ends' }),
});
