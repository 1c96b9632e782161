/**
 * The live stream of messages. The browser reconnects by itself when a connection drops; when the
 * server refuses (a deploy, an expired sign-in) it gives up, and this tries again, ever more slowly.
 */
import type { ChatStreamEvent } from '../../bot/web/wire.ts';
import { readJson } from '../http/read-json.ts';

export type Link = 'connecting' | 'live' | 'reconnecting';

interface StreamListener {
  readonly onMessage: (message: ChatStreamEvent) => void;
  /** `returned`: messages may have been missed since the last time it was live. */
  readonly onLink: (link: Link, returned: boolean) => void;
  /** The server answered with something else than a stream: the sign-in may have ended. */
  readonly onRefused: () => void;
}

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 15_000;

/** Opens `/chat/api/stream`. Returns what closes it. */
export function openStream({ onMessage, onLink, onRefused }: StreamListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = RETRY_MS_MIN;
  let wasLive = false;

  const connect = (): void => {
    source = new EventSource('/chat/api/stream');
    source.onopen = () => {
      onLink('live', wasLive);
      wasLive = true;
      retryMs = RETRY_MS_MIN;
    };
    source.onmessage = (event: MessageEvent<string>) => onMessage(readJson(event.data));
    source.onerror = () => {
      onLink(wasLive ? 'reconnecting' : 'connecting', false);
      if (source?.readyState !== EventSource.CLOSED) return;
      onRefused();
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
