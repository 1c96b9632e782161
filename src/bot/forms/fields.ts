/** Fields that several forms have. */
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import type { FormField } from '../card.ts';
import { texts } from '../texts/texts.ts';

export const DURATION_CHARACTERS_MAX = 40;

const MINUTE_MS = 60_000;
/** Round lengths, from five minutes to a week; offered as far as they are allowed. */
export const OFFERED_DURATIONS_MS: readonly number[] = [
  5, 10, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 10_080,
].map((minutes) => minutes * MINUTE_MS);

/** Why: whoever it is about sees it. */
export function becauseField(placeholder: string): FormField {
  return {
    name: 'reason',
    label: texts().forms.fields.because,
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
    label: texts().forms.fields.note,
    kind: 'text',
    required: false,
    value,
    placeholder: texts().forms.fields.noteHint,
    charactersMax: NOTE_CHARACTERS_MAX,
  };
}
