/** What a click or a submitted dialog says. What it does is decided by what it names alone; the rest is looked up again. */
import { z } from 'zod';
import type { FormValues } from '../../acts/act.ts';
import { ACTIONS, type ActionId } from '../../card.ts';
import { FORM_IDS, type FormId } from '../../forms/form-ids.ts';
import { OWN_ACTIONS, type OwnAction } from './buttons.ts';
import { valuesIn } from './inputs.ts';
import { SUBJECT_CHARACTERS_MAX } from './limits.ts';

export type Click =
  | { readonly kind: 'act'; readonly action: ActionId; readonly subject: string }
  | { readonly kind: 'own'; readonly action: OwnAction; readonly subject: string }
  | {
      /** `refill`: nothing is submitted yet, the form is wanted anew for what is filled in. */
      readonly kind: 'form' | 'refill';
      readonly form: FormId;
      readonly subject: string;
      readonly values: FormValues;
    };

const SUBJECT = z.string().max(SUBJECT_CHARACTERS_MAX);
const ON_ACTION = z.looseObject({ action: z.enum(ACTIONS), subject: SUBJECT });
const ON_OWN = z.looseObject({ action: z.enum(OWN_ACTIONS), subject: SUBJECT });
const ON_FORM = z.looseObject({
  form: z.enum(FORM_IDS),
  subject: SUBJECT,
  refill: z.literal(true).optional(),
});

/**
 * @param data of an `adaptiveCard/action` (`value.action.data`), or of a `task/fetch` or `task/submit` (`value.data`)
 * @returns null for what no button of ours carries
 */
export function readClick(data: unknown): Click | null {
  const form = ON_FORM.safeParse(data);
  if (form.success) {
    const { form: id, subject, refill } = form.data;
    return { kind: refill ? 'refill' : 'form', form: id, subject, values: valuesIn(form.data) };
  }
  const act = ON_ACTION.safeParse(data);
  if (act.success) return { kind: 'act', action: act.data.action, subject: act.data.subject };
  const own = ON_OWN.safeParse(data);
  return own.success ? { kind: 'own', action: own.data.action, subject: own.data.subject } : null;
}
