/** A field that narrows what is shown while somebody types in it. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

const TYPING_MS = 250;
const CHARACTERS_MAX = 200;

/** Says what was typed when the typing pauses, and takes what the address says when that changes. */
export function useTyped(value: string, onChange: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const said = useRef(value);
  useEffect(() => {
    if (value !== said.current) setText(value);
    said.current = value;
  }, [value]);
  useEffect(() => {
    const next = text.trim();
    if (next === said.current) return;
    const timer = setTimeout(() => {
      said.current = next;
      onChange(next);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return [text, setText];
}

interface TypedFieldProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'date' | 'text';
  readonly value: string;
  /** Keep it the same from one time to the next: a new one is told again. */
  readonly onChange: (text: string) => void;
}

export function TypedField(props: TypedFieldProps): JSX.Element {
  const { label, placeholder, type = 'text', value, onChange } = props;
  const [text, setText] = useTyped(value, onChange);
  const id = useId();
  const attributes = {
    id,
    class: 'input',
    value: text,
    autocomplete: 'off',
    onInput: (event: { currentTarget: { value: string } }) => setText(event.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {type === 'date' ? (
        <input type="date" {...attributes} />
      ) : (
        <input type="text" maxLength={CHARACTERS_MAX} placeholder={placeholder} {...attributes} />
      )}
    </div>
  );
}
