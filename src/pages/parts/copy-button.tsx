/** Copies a text and says so. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';

const SAID_MS = 1_800;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for those who do not see it: "psql command". */
  readonly what: string;
  /** Shown beside the icon; without it the button is the icon alone. */
  readonly label?: string;
}

export function CopyButton({ text, what, label }: CopyButtonProps): JSX.Element {
  const [said, setSaid] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const copy = async (): Promise<void> => setSaid((await copyText(text)) ? 'copied' : 'failed');
  const words = said === 'copied' ? 'Copied' : said === 'failed' ? 'Select it and press Ctrl+C' : label;
  return (
    <button
      type="button"
      class={`button button-small ${words ? '' : 'button-icon button-quiet'}`}
      aria-label={said === null ? `Copy ${what}` : undefined}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name={said === 'copied' ? 'check' : 'copy'} />
      {words && <span aria-live="polite">{words}</span>}
    </button>
  );
}

/** The clipboard interface is there on secure origins only; plain HTTP elsewhere gets the older way. */
async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused by the browser's permissions: the older way may still be allowed.
  }
  return copyThroughSelection(text);
}

function copyThroughSelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'spoken';
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } finally {
    area.remove();
  }
}
