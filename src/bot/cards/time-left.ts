/** How much time is left, as part of a card: for messages that cannot count by themselves. */
import { formatDuration } from '../../core/duration.ts';
import type { Card } from '../card.ts';
import { texts } from '../texts/texts.ts';

const MINUTE_MS = 60_000;

/** In whole minutes, rounded up: a card that says so changes once a minute and not more often. */
export function withTimeLeft(card: Card, now: Date): Card {
  return { ...card, fields: card.fields.map((field) => ({ ...field, ...leftOf(field.countdownTo, now) })) };
}

function leftOf(countdownTo: string | undefined, now: Date): { readonly timeLeft?: string } {
  if (countdownTo === undefined) return {};
  const words = texts().timeLeft;
  const minutes = Math.ceil((Date.parse(countdownTo) - now.getTime()) / MINUTE_MS);
  return { timeLeft: minutes > 0 ? words.left(formatDuration(minutes * MINUTE_MS)) : words.over };
}
