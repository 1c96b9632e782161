/** Cards come back from the database as JSON of unknown age: they are checked like any other input. */
import { z } from 'zod';
import { ACTIONS, type Card } from '../card.ts';

const TONE = z.enum(['neutral', 'waiting', 'good', 'bad', 'warning']);

const CARD = z.object({
  tone: TONE,
  title: z.string(),
  status: z.string(),
  verbatim: z.exactOptional(
    z.array(z.object({ label: z.string(), text: z.string(), omits: z.string().nullable() })),
  ),
  fields: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      code: z.exactOptional(z.boolean()),
      countdownTo: z.exactOptional(z.string()),
    }),
  ),
  lists: z.array(
    z.object({
      title: z.string(),
      items: z.array(
        z.object({
          text: z.string(),
          detail: z.exactOptional(z.string()),
          tone: z.exactOptional(TONE),
          code: z.exactOptional(z.boolean()),
        }),
      ),
    }),
  ),
  actions: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('button'),
        action: z.enum(ACTIONS),
        subject: z.string(),
        label: z.string(),
        style: z.enum(['primary', 'danger', 'plain']),
      }),
      z.object({ kind: z.literal('link'), label: z.string(), url: z.string() }),
    ]),
  ),
  fallback: z.string(),
}) satisfies z.ZodType<Card>;

/** @returns null for a message without a card, or with one that this version cannot show: its text remains */
export function readStoredCard(stored: unknown): Card | null {
  if (stored === null) return null;
  const parsed = CARD.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
