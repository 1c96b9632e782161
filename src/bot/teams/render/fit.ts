/** How large a thing is for Teams, and the first of several renderings that is not too large. */
import { ACTIVITY_BYTES_MAX, ENVELOPE_BYTES_MAX } from './limits.ts';

/** Teams counts UTF-16; what is sent is UTF-8, which is more for some scripts. */
function sizeOf(value: unknown): number {
  const json = JSON.stringify(value);
  return Math.max(Buffer.byteLength(json), json.length * 2);
}

/** Whether a card leaves room for the rest of its activity. */
export function fits(card: unknown): boolean {
  return sizeOf(card) <= ACTIVITY_BYTES_MAX - ENVELOPE_BYTES_MAX;
}

/** @param renderings from the fullest down; the last one is taken however large it is */
export function firstThatFits<Detail, Rendered>(
  details: readonly [Detail, ...Detail[]],
  render: (detail: Detail) => Rendered,
): Rendered {
  let rendered = render(details[0]);
  for (const detail of details.slice(1)) {
    if (fits(rendered)) break;
    rendered = render(detail);
  }
  return rendered;
}
