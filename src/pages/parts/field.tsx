/** One labelled field of a dialog, with its own error and a count when it is nearly full. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { FormField } from '../../bot/card.ts';

/** From this share of the limit on, the remaining characters are shown. */
const COUNT_FROM = 0.8;

interface FieldProps {
  readonly field: FormField;
  readonly value: string;
  readonly error: string | null;
  readonly disabled: boolean;
  readonly autofocus: boolean;
  readonly onChange: (value: string) => void;
}

export function Field(props: FieldProps): JSX.Element {
  const { field, value, error } = props;
  const id = useId();
  const left = field.charactersMax - value.length;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        <span>{field.label}</span>
        <span class="muted small">
          {value.length > field.charactersMax * COUNT_FROM
            ? `${left} left`
            : field.required
              ? ''
              : 'optional'}
        </span>
      </label>
      <FieldInput {...props} id={id} />
      {error && (
        <span class="field-error" id={`${id}-error`}>
          {error}
        </span>
      )}
    </div>
  );
}

function FieldInput({
  id,
  field,
  value,
  error,
  disabled,
  autofocus,
  onChange,
}: FieldProps & { id: string }): JSX.Element {
  const attributes = {
    id,
    name: field.name,
    class: 'input',
    value,
    disabled,
    required: field.required,
    'aria-invalid': error !== null,
    'aria-describedby': error ? `${id}-error` : undefined,
    'data-autofocus': autofocus || undefined,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  const limits = { maxLength: field.charactersMax, placeholder: field.placeholder };
  switch (field.kind) {
    case 'text':
    case 'person':
      return <input type="text" autocomplete="off" {...limits} {...attributes} />;
    case 'multiline':
      return <textarea rows={3} {...limits} {...attributes} />;
    case 'select':
      return (
        <select {...attributes}>
          {!field.options?.some((option) => option.value === value) && <option value="">Choose…</option>}
          {field.options?.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      );
  }
}
