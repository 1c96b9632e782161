/** Forms as Adaptive Cards: in a dialog, or in a conversation that one person reads. */
import type { FormValues } from '../../acts/act.ts';
import type { Form } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { clickAction, type Stage } from './buttons.ts';
import { type AdaptiveCard, adaptiveCard, container, type Element } from './elements.ts';
import { heading, richText, runs } from './escape.ts';
import { inputsOf } from './inputs.ts';

export interface FormOptions {
  readonly stage: Stage;
  /** Why the last submission could not be used; null for a form that is new. */
  readonly problem: string | null;
}

/**
 * A form whose fields depend on each other has a second button that asks for it anew, since Teams tells nobody what is
 * chosen before something is clicked. What it requires is then checked when it is submitted, and not by the client,
 * which would check it for the second button, too.
 */
export function formCard(form: Form, { stage, problem }: FormOptions): AdaptiveCard {
  const refills = form.fields.some((field) => field.refills === true);
  const data = { form: form.id, subject: form.subject };
  const submit = clickAction({
    looks: { title: form.submitLabel, style: 'positive' },
    data,
    stage,
    opens: false,
  });
  const refill = clickAction({
    looks: { title: texts().teams.check },
    data: { ...data, refill: true },
    stage,
    opens: false,
  });
  return adaptiveCard(
    [
      ...titleOf(form, stage),
      ...introductionOf(form),
      ...problemOf(problem),
      ...inputsOf(form.fields, { enforced: !refills, dataset: form.id }),
    ],
    { actions: refills ? [submit, refill] : [submit] },
  );
}

/** As it was filled in, for a form that comes back. */
export function refilled(form: Form, values: FormValues): Form {
  const fields = form.fields.map((field) => {
    const value = values.get(field.name);
    return value === undefined ? field : { ...field, value };
  });
  return { ...form, fields };
}

/** A dialog has a title of its own. */
function titleOf({ title }: Form, stage: Stage): readonly Element[] {
  return stage === 'dialog' ? [] : [heading('📝', title)];
}

function introductionOf({ introduction }: Form): readonly Element[] {
  return introduction ? [richText(runs(introduction))] : [];
}

function problemOf(problem: string | null): readonly Element[] {
  if (problem === null) return [];
  return [container([richText(runs(`⚠️ ${problem}`))], { style: 'warning' })];
}
