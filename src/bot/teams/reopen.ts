/** Forms that come back: filled in further, or because what was filled in could not be used. Nothing typed is lost. */
import type { ActInput } from '../acts/act.ts';
import { refillForm } from '../acts/refill-form.ts';
import type { ActionId, Form } from '../card.ts';
import type { FormId } from '../forms/form-ids.ts';
import type { Click } from './render/clicks.ts';
import { refilled } from './render/form.ts';
import type { TeamsParts } from './teams-parts.ts';

type Submission = Extract<Click, { kind: 'form' | 'refill' }>;

/** The button that opens a form; the others are made anew from what is filled in. */
const OPENED_BY: Partial<Readonly<Record<FormId, ActionId>>> = {
  'approve-for-less': 'approve-for-less',
  deny: 'deny',
  'deny-command': 'deny-command',
  revoke: 'revoke',
  extend: 'extend',
  comment: 'comment',
  'refuse-consent': 'refuse-consent',
  'find-justified': 'find-justified',
  'find-unjustified': 'find-unjustified',
  'deny-policy': 'deny-policy',
  unfreeze: 'unfreeze',
};

/** @returns the form for what is filled in so far; null for one that does not depend on it */
export async function refill(
  { bot }: Pick<TeamsParts, 'bot'>,
  { form, values }: Submission,
  input: ActInput,
): Promise<Form | null> {
  return refillForm(bot, { form, values }, input);
}

/** @returns the form as it was sent; null when it cannot be opened any more */
export async function reopen(
  parts: Pick<TeamsParts, 'bot' | 'actors'>,
  submission: Submission,
  input: ActInput,
): Promise<Form | null> {
  const { form, subject, values } = submission;
  const action = OPENED_BY[form];
  if (action === undefined) {
    const made = await refill(parts, submission, input);
    return made === null ? null : refilled(made, values);
  }
  const { form: opened } = await parts.actors.handle({ kind: 'action', action, subject }, input);
  return opened?.id === form ? refilled(opened, values) : null;
}
