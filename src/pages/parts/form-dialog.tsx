/** A modal made of a platform-neutral form: chat's forms and the pages' own questions alike. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Form } from '../../bot/card.ts';
import { checkFields } from './check-fields.ts';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { useAct } from './use-act.ts';

interface FormDialogProps {
  readonly form: Pick<Form, 'title' | 'introduction' | 'submitLabel' | 'fields'>;
  readonly danger?: boolean;
  /** Rejects with what to show; the dialog then stays with everything that was typed. */
  readonly onSubmit: (values: Record<string, string>) => Promise<void>;
  readonly onClose: () => void;
}

export function FormDialog({ form, danger = false, onSubmit, onClose }: FormDialogProps): JSX.Element {
  const [values, setValues] = useState(() =>
    Object.fromEntries(form.fields.map((field) => [field.name, startValue(field)])),
  );
  const [errors, setErrors] = useState<Record<string, string>>({});
  const { busy, failure, run } = useAct();
  const firstEmpty = form.fields.find((field) => !field.value) ?? form.fields[0];

  const submit = async (): Promise<void> => {
    const found = checkFields(form.fields, values);
    setErrors(found);
    const wrong = Object.keys(found)[0];
    if (wrong === undefined) await run(() => onSubmit(values));
    else document.querySelector<HTMLElement>(`dialog [name="${CSS.escape(wrong)}"]`)?.focus();
  };
  return (
    <Dialog
      title={form.title}
      submitLabel={form.submitLabel}
      danger={danger}
      busy={busy}
      failure={failure}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {form.introduction && <p class="dialog-introduction">{form.introduction}</p>}
      {form.fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={values[field.name] ?? ''}
          error={errors[field.name] ?? null}
          disabled={busy}
          autofocus={field === firstEmpty}
          onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
        />
      ))}
    </Dialog>
  );
}

/** A list that must be answered and offers one thing only is answered. */
function startValue(field: Form['fields'][number]): string {
  if (field.value !== undefined) return field.value;
  const only = field.options?.length === 1 ? field.options[0] : undefined;
  return field.required && only ? only.value : '';
}
