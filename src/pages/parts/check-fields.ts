/** What can be said about a form before it is sent. Pure. */
import type { FormField } from '../../bot/card.ts';

/** What is wrong with each field, by its name; empty when all is well. The server checks again. */
export function checkFields(
  fields: readonly FormField[],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name]?.trim() ?? '';
    if (field.required && value === '') errors[field.name] = `${field.label} is needed.`;
    else if (value.length > field.charactersMax)
      errors[field.name] = `At most ${field.charactersMax} characters.`;
  }
  return errors;
}
