/**
 * Text for Slack. `&`, `<` and `>` begin everything that Slack does with a text besides showing it: mentions, links,
 * dates. They are escaped in every text, and lengths are counted after that. What mrkdwn would format otherwise
 * (`*bold*`, `:emoji:`) cannot be escaped, so such text is never put into mrkdwn: see `text-objects.ts`.
 */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, escaped);
}

function escaped(codePoint: string): string {
  return ESCAPES[codePoint] ?? codePoint;
}

/**
 * Escaped, and at most `charactersMax` long: cut between code points, never inside an escape, with an ellipsis.
 */
export function escapeToFit(text: string, charactersMax: number): string {
  // It only grows: what is too long already is not escaped to its end.
  const whole = text.length <= charactersMax ? escapeText(text) : null;
  if (whole !== null && whole.length <= charactersMax) return whole;
  return `${escapeText(splitToFit(text, charactersMax - 1)[0])}…`;
}

/** @returns the longest beginning whose escaped form has at most `charactersMax` characters, and the rest */
export function splitToFit(text: string, charactersMax: number): readonly [string, string] {
  let taken = 0;
  let length = 0;
  for (const codePoint of text) {
    length += escaped(codePoint).length;
    if (length > charactersMax) break;
    taken += codePoint.length;
  }
  return [text.slice(0, taken), text.slice(taken)];
}

/** Formats wherever it stands. */
const FORMATS = /[`~]/;
/** Formats at the edge of a word; inside one, as in `order_items`, it does not. */
const FORMATS_AT_EDGES = /(?<![\p{L}\p{N}])[*_]|[*_](?![\p{L}\p{N}])/u;
/** `:tada:`; between the digits of a time stands no emoji, but for the two that are numbers. */
const EMOJI = /:(?:(?=[^\s:]*[^\s:\d])[^\s:]+|100|1234):/;
const QUOTE = /^\s*>/m;
const MENTION_OR_LINK = /@(?:here|channel|everyone)\b|:\/\/|\bwww\.|\bmailto:/i;

/** Whether mrkdwn shows it, once escaped, exactly as it is. When in doubt it does not. */
export function isInert(text: string): boolean {
  return ![FORMATS, FORMATS_AT_EDGES, EMOJI, QUOTE, MENTION_OR_LINK].some((active) => active.test(text));
}
