/** What a command printed, in the masked view and without the sequences that colour it: folded when it is long. */
import type { JSX } from 'preact';
import { count, plainOutput } from './session-words.ts';

const LINES_OPEN = 6;

export function CommandOutput({ text }: { text: string }): JSX.Element | null {
  const shown = plainOutput(text);
  if (shown === '') return null;
  const lines = shown.split('\n').length;
  return (
    <details class="output" open={lines <= LINES_OPEN}>
      <summary class="muted small">Output, {count(lines, 'line')}</summary>
      <pre class="output-text">{shown}</pre>
    </details>
  );
}
