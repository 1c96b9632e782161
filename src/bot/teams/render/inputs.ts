/** Fields of forms as inputs, and what was filled in. */
import type { FormValues } from '../../acts/act.ts';
import type { FormField } from '../../card.ts';
import { plainLine } from '../../cards/plain-text.ts';
import { texts } from '../../texts/texts.ts';
import type { ChoiceSet, TextInput } from './elements.ts';
import { cut } from './escape.ts';
import {
  CHOICE_CHARACTERS_MAX,
  CHOICE_VALUE_CHARACTERS_MAX,
  CHOICES_MAX,
  INPUT_CHARACTERS_MAX,
  LABEL_CHARACTERS_MAX,
} from './limits.ts';

/** Apart from what a button carries: what is filled in never takes its place. */
const PREFIX = 'field-';
/** What a choice without a value has: a client leaves out what is empty. No name of ours is this. */
const EMPTY_VALUE = '-';
/** What a choice is called that has no name. */
const NOTHING = '–';

export interface InputOptions {
  /** Ids are unique in a card; fields of one name that stand in several places of it are told apart by this. */
  readonly suffix?: string;
  /** Whether the client insists on what is required. */
  readonly enforced: boolean;
  /** What is searched where a list has more than it shows; comes back with what is typed. */
  readonly dataset?: string;
}

export function inputsOf(
  fields: readonly FormField[],
  options: InputOptions,
): readonly (TextInput | ChoiceSet)[] {
  return fields.map((field) => inputOf(field, options));
}

function inputOf(field: FormField, { suffix, enforced, dataset }: InputOptions): TextInput | ChoiceSet {
  const label = cut(field.label, LABEL_CHARACTERS_MAX);
  const base = {
    id: `${PREFIX}${field.name}${suffix === undefined ? '' : `.${suffix}`}`,
    label: field.required && !enforced ? `${label} *` : label,
    ...(field.required && enforced
      ? ({ isRequired: true, errorMessage: texts().teams.needed(label) } as const)
      : {}),
    ...(field.placeholder ? { placeholder: cut(field.placeholder, LABEL_CHARACTERS_MAX) } : {}),
  };
  const offered = optionsOf(field);
  if (offered !== null) return choiceSet(field, base, { offered, dataset });
  const maxLength = Math.min(field.charactersMax, INPUT_CHARACTERS_MAX);
  return {
    type: 'Input.Text',
    ...base,
    maxLength,
    ...(field.kind === 'multiline' ? { isMultiline: true } : {}),
    ...(field.value ? { value: field.value.slice(0, maxLength).toWellFormed() } : {}),
  };
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** Null for a field that takes any text. */
function optionsOf(field: FormField): readonly Option[] | null {
  // A client refuses a list of nothing.
  if (field.kind === 'select') return field.options?.length ? field.options : null;
  const suggestions = field.suggestions ?? [];
  if (suggestions.length === 0) return null;
  const typed = field.value && !suggestions.includes(field.value) ? [field.value] : [];
  return [...suggestions, ...typed].map((value) => ({
    value,
    label: plainLine(value, CHOICE_CHARACTERS_MAX) || NOTHING,
  }));
}

function choiceSet(
  field: FormField,
  base: Pick<ChoiceSet, 'id' | 'label'>,
  { offered, dataset }: { readonly offered: readonly Option[]; readonly dataset: string | undefined },
): ChoiceSet {
  const choices = offered.slice(0, CHOICES_MAX).map(({ value, label }) => ({
    title: cut(label, CHOICE_CHARACTERS_MAX).trim() || NOTHING,
    value: choiceValue(value),
  }));
  const chosen = field.value === undefined ? undefined : choiceValue(field.value);
  return {
    type: 'Input.ChoiceSet',
    ...base,
    style: field.searched === true ? 'filtered' : 'compact',
    choices,
    // A list this long is not all: the rest is found by typing.
    ...(field.searched === true && offered.length >= CHOICES_MAX && dataset !== undefined
      ? { 'choices.data': { type: 'Data.Query', dataset } as const }
      : {}),
    ...(chosen !== undefined && choices.some(({ value }) => value === chosen) ? { value: chosen } : {}),
  };
}

function choiceValue(value: string): string {
  return value === '' ? EMPTY_VALUE : value.slice(0, CHOICE_VALUE_CHARACTERS_MAX);
}

/** @param data of a click: what was filled in, by the names of the form's fields */
export function valuesIn(data: Readonly<Record<string, unknown>>): FormValues {
  return new Map(
    Object.entries(data).flatMap(([id, value]) => {
      if (!id.startsWith(PREFIX) || typeof value !== 'string') return [];
      const [name = ''] = id.slice(PREFIX.length).split('.', 1);
      return [[name, value === EMPTY_VALUE ? '' : value] as const];
    }),
  );
}
