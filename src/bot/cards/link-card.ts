/** A card whose one button opens something elsewhere. */
import type { Card, Tone } from '../card.ts';
import { STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';

export function linkCard(options: {
  readonly tone?: Tone;
  readonly title: string;
  readonly status: string;
  readonly link: { readonly label: string; readonly url: string };
}): Card {
  const title = plainLine(options.title, TITLE_CHARACTERS_MAX);
  const status = plainLine(options.status, STATUS_CHARACTERS_MAX);
  return {
    tone: options.tone ?? 'neutral',
    title,
    status,
    fields: [],
    lists: [],
    actions: [{ kind: 'link', ...options.link }],
    fallback: `${title}. ${status}`,
  };
}
