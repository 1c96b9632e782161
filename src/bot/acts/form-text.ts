/** Reading what was typed into a form. */
import type { FormValues } from './act.ts';

/** Without blanks around it; empty when it was left out. */
export function textIn(values: FormValues, name: string): string {
  return values.get(name)?.trim() ?? '';
}
