import type { FormField } from '../../bot/card.ts';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';

/** The one field of most questions: why, in words. */
export function wordsField(
  label: string,
  options: { readonly name?: string; readonly required?: boolean; readonly charactersMax?: number } = {},
): FormField {
  const { name = 'note', required = true, charactersMax = NOTE_CHARACTERS_MAX } = options;
  return { name, label, kind: 'multiline', required, charactersMax };
}
