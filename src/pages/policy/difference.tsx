/** A unified difference, every character of it: what hides is made visible, and signs say what colours say. */
import type { JSX } from 'preact';
import { visibleText } from '../../core/visible-text.ts';
import { diffLines } from './policy-words.ts';

export function Difference({ text }: { text: string }): JSX.Element {
  const lines = diffLines(text);
  return (
    <section class="panel panel-flush" aria-labelledby="difference-title">
      <h2 id="difference-title">Difference</h2>
      {lines.length === 0 ? (
        <p class="panel-empty muted">The two texts are the same.</p>
      ) : (
        <pre class="diff">
          <code>
            {lines.map((line, index) => (
              <span key={`${index} ${line.text}`} class={`diff-line diff-${line.kind}`}>
                {visibleText(line.text)}
                {'\n'}
              </span>
            ))}
          </code>
        </pre>
      )}
    </section>
  );
}
