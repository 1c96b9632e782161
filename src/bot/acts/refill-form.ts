/** Forms whose choices depend on each other, made anew while somebody fills them in. Nothing is decided here. */
import { isAppError } from '../../core/errors.ts';
import type { BotContext } from '../bot-context.ts';
import type { Form } from '../card.ts';
import type { FormId } from '../forms/form-ids.ts';
import { inLanguageOf } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { refillRequestForm } from './ask-for-access.ts';
import { refillBreakGlassForm } from './break-glass.ts';

const REFILLS: Partial<Readonly<Record<FormId, typeof refillRequestForm>>> = {
  request: refillRequestForm,
  'break-glass': refillBreakGlassForm,
};

/** @returns null for a form that stays as it is, and when this person may ask for nothing any more */
export async function refillForm(
  bot: BotContext,
  { form, values }: { readonly form: FormId; readonly values: FormValues },
  input: ActInput,
): Promise<Form | null> {
  try {
    const refilled = await inLanguageOf(bot.access, () => REFILLS[form]?.(bot, values, input));
    return refilled?.form ?? null;
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}
