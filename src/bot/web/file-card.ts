/** A file on our own chat page: whoever may read its channel may have it. */
import type { Card } from '../card.ts';
import { NAME_CHARACTERS_MAX } from '../cards/limits.ts';
import { linkCard } from '../cards/link-card.ts';
import { plainLine } from '../cards/plain-text.ts';
import { texts } from '../texts/texts.ts';

const KIB = 1_024;

export function fileCard(
  file: { readonly id: string; readonly title: string; readonly name: string; readonly size: number },
  { publicUrl }: { readonly publicUrl: string },
): Card {
  const name = plainLine(file.name, NAME_CHARACTERS_MAX);
  return linkCard({
    title: file.title,
    status: texts().shown.file({ name, size: `${Math.max(1, Math.round(file.size / KIB))} KiB` }),
    link: { label: texts().buttons.download, url: `${publicUrl}/chat/api/files/${file.id}` },
  });
}
