/** A native modal dialog: the browser keeps the focus inside and closes it on Escape. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { Notice } from './states.tsx';

interface DialogProps {
  readonly title: string;
  readonly submitLabel: string;
  readonly danger?: boolean;
  /** While true nothing can be pressed and the dialog stays. */
  readonly busy: boolean;
  readonly failure: string | null;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog(props: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    element.showModal();
    const first = element.querySelector<HTMLElement>('[data-autofocus]');
    (first ?? element.querySelector<HTMLElement>('input, textarea, select'))?.focus();
    return () => {
      element.close();
      // The browser gives the focus back for a dialog that is closed, not for one that was taken away.
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (!props.busy) props.onSubmit();
  };
  const cancel = (event: Event): void => {
    event.preventDefault();
    if (!props.busy) props.onClose();
  };
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby={titleId} onCancel={cancel}>
      <form noValidate onSubmit={submit}>
        <div class="dialog-header">
          <h2 id={titleId}>{props.title}</h2>
          <button
            type="button"
            class="button button-quiet button-icon"
            aria-label="Close"
            disabled={props.busy}
            onClick={props.onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        <div class="dialog-body">
          {props.children}
          {props.failure && <Notice tone="bad">{props.failure}</Notice>}
        </div>
        <div class="dialog-footer">
          <button type="button" class="button" disabled={props.busy} onClick={props.onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${props.danger ? 'button-danger' : 'button-primary'}`}
            disabled={props.busy}
          >
            {props.busy && <span class="spinner" />}
            {props.submitLabel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
