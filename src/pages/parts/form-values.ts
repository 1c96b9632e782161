/** What a form is filled in with, kept while the form itself changes. Pure. */
import type { FormField } from '../../bot/card.ts';

export type Values = Readonly<Record<string, string>>;

/** A list that must be answered and offers one thing only is answered. */
function startValue(field: FormField): string {
  if (field.value !== undefined) return field.value;
  const only = field.options?.length === 1 ? field.options[0] : undefined;
  return field.required && only ? only.value : '';
}

export function startValues(fields: readonly FormField[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, startValue(field)]));
}

/** What was typed stays, but for a choice that the form does not offer any more. */
export function carriedOver(fields: readonly FormField[], values: Values): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const value = values[field.name];
      const isOffered =
        field.options === undefined ||
        field.searched === true ||
        field.options.some((option) => option.value === value);
      return [field.name, value !== undefined && isOffered ? value : startValue(field)];
    }),
  );
}
