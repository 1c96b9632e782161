/** A modal made of a platform-neutral form: chat's forms and the pages' own questions alike. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Form, FormField } from '../../bot/card.ts';
import { checkFields } from './check-fields.ts';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { carriedOver, startValues, type Values } from './form-values.ts';
import { useAct } from './use-act.ts';

type ShownForm = Pick<Form, 'title' | 'introduction' | 'submitLabel' | 'fields'>;

interface FormDialogProps {
  readonly form: ShownForm;
  /** Makes the form anew for what is filled in, where that changes what it says; null where it stays as it is. */
  readonly refill?: (values: Values) => Promise<ShownForm | null>;
  readonly danger?: boolean;
  /** Rejects with what to show; the dialog then stays with everything that was typed. */
  readonly onSubmit: (values: Record<string, string>) => Promise<void>;
  readonly onClose: () => void;
}

export function FormDialog(props: FormDialogProps): JSX.Element {
  const { danger = false, onSubmit, onClose } = props;
  const { form, values, change } = useFilling(props);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const { busy, failure, run } = useAct();
  const firstEmpty = form.fields.find((field) => !field.value) ?? form.fields[0];

  const submit = async (): Promise<void> => {
    const found = checkFields(form.fields, values);
    setErrors(found);
    const wrong = Object.keys(found)[0];
    if (wrong === undefined) await run(() => onSubmit({ ...values }));
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
          onChange={(value) => change(field, value)}
        />
      ))}
    </Dialog>
  );
}

/** Typing settles for this long before the form is made anew. */
const REFILL_AFTER_MS = 400;

/** The form and what it is filled in with: both change while somebody fills it in. */
function useFilling({ form: first, refill }: FormDialogProps): {
  readonly form: ShownForm;
  readonly values: Values;
  readonly change: (field: FormField, value: string) => void;
} {
  const [form, setForm] = useState(first);
  const [values, setValues] = useState(() => startValues(first.fields));
  const filled = useRef(values);
  filled.current = values;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const makeAnew = async (): Promise<void> => {
    const asked = filled.current;
    const next = await refill?.(asked).catch(() => null);
    // What was changed meanwhile is asked about by itself.
    if (!next || filled.current !== asked) return;
    setForm(next);
    setValues(carriedOver(next.fields, asked));
  };
  const change = (field: FormField, value: string): void => {
    filled.current = { ...filled.current, [field.name]: value };
    setValues(filled.current);
    if (!field.refills || !refill || isHalfTyped(field, value)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void makeAnew(), field.kind === 'select' ? 0 : REFILL_AFTER_MS);
  };
  return { form, values, change };
}

/** Half an address is nobody's: what the form would say to it helps nobody who is still typing. */
function isHalfTyped({ kind }: FormField, value: string): boolean {
  return kind === 'person' && value.trim() !== '' && !/[^@]@[^@]/.test(value);
}
