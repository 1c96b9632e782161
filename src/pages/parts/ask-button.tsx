/** A button that asks for words in a dialog before it does anything. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Form } from '../../bot/card.ts';
import { FormDialog } from './form-dialog.tsx';

interface AskButtonProps {
  readonly label: string;
  readonly style: 'primary' | 'danger' | 'plain';
  readonly small?: boolean;
  readonly form: Pick<Form, 'title' | 'introduction' | 'submitLabel' | 'fields'>;
  /** Rejects with what to show; the dialog then stays with everything that was typed. */
  readonly onAnswer: (values: Record<string, string>) => Promise<void>;
}

const CLASS = { primary: 'button button-primary', danger: 'button button-danger', plain: 'button' } as const;

export function AskButton({ label, style, small = false, form, onAnswer }: AskButtonProps): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class={small ? `${CLASS[style]} button-small` : CLASS[style]}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {open && (
        <FormDialog
          danger={style === 'danger'}
          form={form}
          onSubmit={async (values) => {
            await onAnswer(values);
            setOpen(false);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
