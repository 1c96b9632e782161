/** The terminal of a session with a host. It is a page of its own in a frame: its player needs WebAssembly. */
import type { JSX } from 'preact';
import { Icon } from '../parts/icons.tsx';
import { usePlace } from '../routing/history.ts';
import { readMoment } from './session-query.ts';

export function TerminalPlayer({ id }: { id: string }): JSX.Element {
  const at = readMoment(usePlace().search);
  const path = `/sessions/${encodeURIComponent(id)}/terminal${at === null ? '' : `?at=${at}`}`;
  return (
    <section class="panel terminal-panel" aria-labelledby="terminal-title">
      <header class="timeline-header">
        <h2 id="terminal-title">Terminal</h2>
        <a class="button button-small button-quiet" href={path} target="_blank" rel="noreferrer">
          Full window
          <Icon name="external" />
          <span class="spoken"> (opens in a new tab)</span>
        </a>
      </header>
      <iframe class="terminal-frame" src={path} title="What the terminal showed" allow="fullscreen" />
    </section>
  );
}
