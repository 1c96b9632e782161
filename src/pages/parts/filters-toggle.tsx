import type { JSX } from 'preact';
import { Icon } from './icons.tsx';

interface FiltersToggleProps {
  /** Of the form that it opens. */
  readonly formId: string;
  readonly open: boolean;
  /** How many are set. */
  readonly count: number;
  readonly onToggle: () => void;
  readonly onClear: () => void;
  /** False where there is nothing to narrow; what is set can be cleared all the same. */
  readonly shown?: boolean;
}

/** Opens and closes a form of filters, says how many are set, and clears them. */
export function FiltersToggle({
  formId,
  open,
  count,
  onToggle,
  onClear,
  shown = true,
}: FiltersToggleProps): JSX.Element {
  return (
    <>
      {shown && (
        <button
          type="button"
          class="button button-quiet"
          aria-expanded={open}
          aria-controls={formId}
          onClick={onToggle}
        >
          Filters{count > 0 ? ` (${count})` : ''}
          <Icon name="chevron" />
        </button>
      )}
      {count > 0 && (
        <button type="button" class="button button-quiet" onClick={onClear}>
          Clear filters
        </button>
      )}
    </>
  );
}
