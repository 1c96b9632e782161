/** A file on our own chat page: whoever may read its channel may have it. */
import type { Card } from '../card.ts';
import { NAME_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainLine } from '../cards/plain-text.ts';

const KIB = 1_024;

export function fileCard(
  file: { readonly id: string; readonly title: string; readonly name: string; readonly size: number },
  { publicUrl }: { readonly publicUrl: string },
): Card {
  const title = plainLine(file.title, TITLE_CHARACTERS_MAX);
  const name = plainLine(file.name, NAME_CHARACTERS_MAX);
  const status = `${name}, ${Math.max(1, Math.round(file.size / KIB))} KiB`;
  return {
    tone: 'neutral',
    title,
    status,
    fields: [],
    lists: [],
    actions: [{ kind: 'link', label: 'Download', url: `${publicUrl}/chat/api/files/${file.id}` }],
    fallback: `${title}. ${status}`,
  };
}
