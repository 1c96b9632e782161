/** The terminal of a session with a host. It is a page of its own in a frame: its player needs WebAssembly. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icons.tsx';
import { usePlace } from '../routing/history.ts';
import { NOTHING_PRINTED } from '../terminal/messages.ts';
import { readMoment } from './session-query.ts';

export function TerminalPlayer({ id }: { id: string }): JSX.Element {
  const at = readMoment(usePlace().search);
  const path = `/sessions/${encodeURIComponent(id)}/terminal${at === null ? '' : `?at=${at}`}`;
  const frame = useRef<HTMLIFrameElement>(null);
  const isBlank = useBlank(frame);
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
      <iframe
        ref={frame}
        class={`terminal-frame ${isBlank ? 'terminal-frame-blank' : ''}`}
        src={path}
        title="What the terminal showed"
        allow="fullscreen"
      />
    </section>
  );
}

/** True once the frame has said that there is nothing to play: it needs no room for a screen then. */
function useBlank(frame: { readonly current: HTMLIFrameElement | null }): boolean {
  const [isBlank, setIsBlank] = useState(false);
  useEffect(() => {
    const onMessage = ({ data, origin, source }: MessageEvent): void => {
      if (origin !== location.origin || source !== frame.current?.contentWindow) return;
      if (data === NOTHING_PRINTED) setIsBlank(true);
    };
    addEventListener('message', onMessage);
    return () => removeEventListener('message', onMessage);
  }, [frame]);
  return isBlank;
}
