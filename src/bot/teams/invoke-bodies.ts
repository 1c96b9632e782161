/** What an invoke is answered with: Teams shows it to whoever clicked, and keeps none of it. */
import type { AdaptiveCard } from './render/elements.ts';
import { lookalike } from './render/escape.ts';

export type InvokeBody = Readonly<Record<string, unknown>>;

const TITLE_CHARACTERS_MAX = 100;
const CARD = 'application/vnd.microsoft.card.adaptive';

/** A card in the place of the one that was clicked, for the clicker alone. */
export function showCard(card: AdaptiveCard): InvokeBody {
  return { statusCode: 200, type: CARD, value: card };
}

/** Words beside the card, which stays as it is. @param line without markup */
export function showLine(line: string): InvokeBody {
  return { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: line };
}

/** Leaves everything as it is. Nobody asked: it is about a card that refreshes itself. */
export function showNothing(why: string): InvokeBody {
  return {
    statusCode: 403,
    type: 'application/vnd.microsoft.error',
    value: { code: 'Forbidden', message: why },
  };
}

export function openDialog(title: string, card: AdaptiveCard): InvokeBody {
  const attachment = { contentType: CARD, content: card };
  const shown = lookalike(title, TITLE_CHARACTERS_MAX);
  const value = { title: shown, height: 'medium', width: 'medium', card: attachment };
  return { task: { type: 'continue', value } };
}

/** Closes the dialog with words. @param line without markup */
export function closeDialog(line: string): InvokeBody {
  return { task: { type: 'message', value: line } };
}
