/** Arrows go from one result to the next, from the search box too; nothing else on the page takes them then. */
import { useEffect } from 'preact/hooks';

const RESULTS = '[data-result], .row-link';

export function useResultKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.key === 'Escape') leaveSearch(event.target);
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (step === 0 || !mayMove(event.target)) return;
      const results = [...document.querySelectorAll<HTMLElement>(RESULTS)];
      const focused = document.activeElement;
      const at = focused instanceof HTMLElement ? results.indexOf(focused) : -1;
      // Upwards from the first it is the search box again.
      if (at === 0 && step === -1) document.querySelector<HTMLElement>('.search-sessions input')?.focus();
      else if (at !== -1 || step === 1) results[at + step]?.focus();
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function leaveSearch(target: EventTarget | null): void {
  if (target instanceof HTMLInputElement && target.type === 'search' && target.value === '') target.blur();
}

/** Other fields have their own use for the arrows, and so has a page that is only read. */
function mayMove(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type === 'search';
  return target.matches(RESULTS);
}
