/** Texts as they are sent: escapes that are whole, markup that is ours, nothing that pings, hides or reorders. */
import { z } from 'zod';

const DATE = /^!date\^\d{1,11}\^[^^|<>&]{1,60}\|[^<>|]{1,120}$/;
const HIDDEN = /[\p{Cc}--[\n\t]]|[\p{Bidi_Control}\u2028\u2029]/v;

/** @param options.markup whether Slack reads markup in it */
export function textProblems(text: string, options: { readonly markup: boolean }): string[] {
  const problems: string[] = [];
  if (!text.isWellFormed()) problems.push('half a character');
  if (HIDDEN.test(text)) problems.push('a character that hides or reorders');
  if (/&(?!(?:amp|lt|gt);)/.test(text))
    problems.push('an escape that is not whole, or an & that is not escaped');
  const left = options.markup
    ? text.replace(/<([^<>]*)>/g, (whole, inside: string) => tokenLeft(whole, inside))
    : text;
  problems.push(
    ...(left.match(/<[!@#][^<>]*>?/g) ?? []).map((mention) => `a mention: ${mention.slice(0, 40)}`),
  );
  if (/<[a-z][^<>]*>?/i.test(left)) problems.push('a link in a text');
  if (left.includes('<')) problems.push('a < that is not escaped');
  const quoted = options.markup ? left.replace(/^>/gm, '') : left;
  if (quoted.includes('>')) problems.push('a > that is not escaped');
  return problems;
}

/** Dates are ours; what remains is looked at. */
function tokenLeft(whole: string, inside: string): string {
  return DATE.test(inside) ? '' : whole;
}

/** Lengths are counted as sent. */
export function plainText(charactersMax: number) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: text({ charactersMax, markup: false }),
    emoji: z.literal(false, 'must be false: `:tada:` that somebody typed is no picture'),
  });
}

export function anyText(charactersMax: number) {
  const mrkdwn = z.strictObject({
    type: z.literal('mrkdwn'),
    text: text({ charactersMax, markup: true }),
    verbatim: z.literal(true, 'must be true: Slack would make links of names and addresses'),
  });
  return z.discriminatedUnion('type', [plainText(charactersMax), mrkdwn]);
}

function text(options: { readonly charactersMax: number; readonly markup: boolean }): z.ZodType<string> {
  return z
    .string()
    .min(1, 'is empty')
    .max(options.charactersMax, `has more than ${options.charactersMax} characters`)
    .superRefine((value, context) => {
      for (const message of textProblems(value, options)) context.addIssue({ code: 'custom', message });
    });
}
