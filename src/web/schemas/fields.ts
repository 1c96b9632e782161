/** Fields that several of the API's schemas share. The same schemas validate, answer and document. */
import { z } from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { messageOf } from '../../core/errors.ts';

export const IDENTIFIER_CHARACTERS_MAX = 200;
export const LIST_ITEMS_MAX = 200;
const LIST_ITEMS_DEFAULT = 50;

/** A `Date` in the domain, ISO 8601 text on the wire: encoded by the server, decoded by the command line. */
export const INSTANT = z
  .codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  .meta({ type: 'string', format: 'date-time' });

/** Text such as `30m` on the wire, milliseconds once parsed. */
export const DURATION_MS = z
  .string()
  .max(40)
  .meta({ description: 'A duration: 90s, 30m, 1h30m, 2d', examples: ['30m'] })
  .transform((text, context): number => {
    try {
      return parseDuration(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

/** `true` or `false` in a query string. */
export const FLAG = z.enum(['true', 'false']).transform((text) => text === 'true');

export const LIMIT = z.coerce.number().int().min(1).max(LIST_ITEMS_MAX).default(LIST_ITEMS_DEFAULT);

const IDENTIFIER = z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX);

/** The `:id` of a path. */
export const ID_PATH = z.object({ id: IDENTIFIER });

/** Every list is wrapped, so that an answer can grow a field without breaking a client. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item).readonly() });
}
