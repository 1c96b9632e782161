/** Fields that several forms have. */
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import type { FormField } from '../card.ts';

export const DURATION_CHARACTERS_MAX = 40;

/** Why: whoever it is about sees it. */
export function becauseField(placeholder: string): FormField {
  return {
    name: 'reason',
    label: 'Because',
    kind: 'multiline',
    required: true,
    value: '',
    placeholder,
    charactersMax: NOTE_CHARACTERS_MAX,
  };
}

export function noteField(value: string): FormField {
  return {
    name: 'note',
    label: 'Note',
    kind: 'text',
    required: false,
    value,
    placeholder: 'Shown on the card',
    charactersMax: NOTE_CHARACTERS_MAX,
  };
}
