/** One labelled field of a dialog, with its own error and a count when it is nearly full. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { FormField } from '../../bot/card.ts';
import type { ChatPeople } from '../../bot/web/wire.ts';
import { useResource } from '../http/use-resource.ts';

/** From this share of the limit on, the remaining characters are shown. */
const COUNT_FROM = 0.8;
/** As many options as a form lists: there may be more. */
const LISTED_MAX = 100;

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
  const textInput = (list?: string): JSX.Element => (
    <input type="text" autocomplete="off" {...(list ? { list } : {})} {...limits} {...attributes} />
  );
  switch (field.kind) {
    case 'text':
      return field.suggestions === undefined ? (
        textInput()
      ) : (
        <Suggesting id={id} input={textInput} offered={field.suggestions.map(asOption)} />
      );
    case 'person':
      return <PersonInput id={id} input={textInput} typed={value} />;
    case 'multiline':
      return <textarea rows={3} {...limits} {...attributes} />;
    case 'select':
      // A list that may go on is typed into; what is listed is offered.
      if (field.searched && (field.options?.length ?? 0) >= LISTED_MAX)
        return <Suggesting id={id} input={textInput} offered={field.options ?? []} />;
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

interface SuggestingProps {
  readonly id: string;
  readonly offered: readonly { readonly value: string; readonly label: string }[];
  /** The text field itself, with the id of what it offers. */
  readonly input: (list: string) => JSX.Element;
}

/** A text field that offers what is usually entered; anything else can be typed. */
function Suggesting({ id, offered, input }: SuggestingProps): JSX.Element {
  const listId = `${id}-offered`;
  return (
    <>
      {input(listId)}
      <datalist id={listId}>
        {offered.map(({ value, label }) => (
          <option key={value} value={value} label={label} />
        ))}
      </datalist>
    </>
  );
}

/** Offers the people whose name or address holds what is typed. */
function PersonInput(props: Omit<SuggestingProps, 'offered'> & { readonly typed: string }): JSX.Element {
  const typed = props.typed.trim();
  const path = typed === '' ? null : `/chat/api/people?typed=${encodeURIComponent(typed)}`;
  const { loaded } = useResource<ChatPeople>(path, { keepValue: true });
  const people = loaded.state === 'ready' && path !== null ? loaded.value.items : [];
  const offered = people.map(({ name, email }) => ({ value: email, label: name }));
  return <Suggesting id={props.id} input={props.input} offered={offered} />;
}

function asOption(value: string): { readonly value: string; readonly label: string } {
  return { value, label: '' };
}
