/**
 * The live stream of a session: opened for as long as somebody looks at it, found again when the connection is lost,
 * and gone on with where it was.
 */
import { readEventStream, type StreamedEvent } from '../../core/event-stream.ts';
import type { WireBeat, WireGap, WireWatchEnd } from '../../web/wire.ts';

export type LiveLink =
  | { readonly state: 'connecting' }
  | { readonly state: 'live'; readonly caughtUp: boolean; readonly delayMs: number | null }
  /** It was live, and is tried again. */
  | { readonly state: 'lost' }
  /** There is no more to come. */
  | { readonly state: 'ended'; readonly because: WireWatchEnd['because'] }
  /** The server does not stream this session to whoever asks. */
  | { readonly state: 'refused'; readonly message: string };

export interface LiveListener {
  readonly onLink: (link: LiveLink) => void;
  /** JSON of a part, a gap or a standing: who shows text reads it with `readJson`. */
  readonly onRecorded: (json: string) => void;
  readonly onGap?: (gap: WireGap) => void;
  readonly onStanding?: (json: string) => void;
}

const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 10_000;
/** The server says something every second. */
const SILENT_MS_MAX = 5_000;
/** Somebody who looks elsewhere for a moment keeps the stream; after that they watch no more. */
const HIDDEN_MS_MAX = 10_000;
const FINAL: ReadonlySet<WireWatchEnd['because']> = new Set(['session-ended', 'not-visible', 'signed-out']);

/** @returns what closes it */
export function openLiveStream(sessionId: string, listener: LiveListener): () => void {
  const stream = new LiveStream(sessionId, listener);
  return () => stream.close();
}

class LiveStream {
  readonly #path: string;
  readonly #listener: LiveListener;
  #after = 0;
  #againMs = AGAIN_MS_MIN;
  #wasLive = false;
  #closed = false;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string, listener: LiveListener) {
    this.#path = `/api/v1/sessions/${encodeURIComponent(sessionId)}/live`;
    this.#listener = listener;
    document.addEventListener('visibilitychange', this.#onVisibility);
    void this.#connect();
  }

  close(): void {
    this.#closed = true;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#timer);
    clearTimeout(this.#hidden);
    this.#abort?.abort();
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hidden);
    if (document.visibilityState === 'hidden')
      this.#hidden = setTimeout(() => this.#abort?.abort(), HIDDEN_MS_MAX);
    else if (this.#abort === null || this.#abort.signal.aborted) this.#connectSoon(0);
  };

  #connectSoon(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), afterMs);
  }

  async #connect(): Promise<void> {
    if (this.#closed || document.visibilityState === 'hidden') return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#listener.onLink({ state: this.#wasLive ? 'lost' : 'connecting' });
    try {
      const response = await fetch(`${this.#path}?after=${this.#after}`, {
        credentials: 'same-origin',
        cache: 'no-store',
        signal: abort.signal,
      });
      if (!response.ok || response.body === null) return this.#refused(response);
      if (await this.#read(response.body, abort)) return this.close();
    } catch {
      // Cut off, or closed here: what follows tries again, unless that was meant.
    }
    abort.abort();
    if (this.#closed) return;
    this.#listener.onLink({ state: this.#wasLive ? 'lost' : 'connecting' });
    this.#connectSoon(this.#againMs);
    this.#againMs = Math.min(2 * this.#againMs, AGAIN_MS_MAX);
  }

  /** @returns true when there is no more to come */
  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>, abort: AbortController): Promise<boolean> {
    let silence: ReturnType<typeof setTimeout> | undefined;
    try {
      for await (const event of readEventStream(textOf(body))) {
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENT_MS_MAX);
        if (this.#take(event)) return true;
      }
      return false;
    } finally {
      clearTimeout(silence);
    }
  }

  #take({ event, id, data }: StreamedEvent): boolean {
    if (this.#closed) return true;
    const { onLink, onRecorded, onGap, onStanding } = this.#listener;
    if (event === 'recorded') {
      this.#after = Number(id);
      onRecorded(data);
    } else if (event === 'gap') {
      onGap?.(JSON.parse(data));
    } else if (event === 'standing') {
      onStanding?.(data);
    } else if (event === 'beat') {
      const { caughtUp, delayMs }: WireBeat = JSON.parse(data);
      this.#wasLive = true;
      this.#againMs = AGAIN_MS_MIN;
      onLink({ state: 'live', caughtUp, delayMs });
    } else if (event === 'end') {
      const { because }: WireWatchEnd = JSON.parse(data);
      if (!FINAL.has(because)) return false;
      onLink({ state: 'ended', because });
      return true;
    }
    return false;
  }

  /** A server that is away for a moment is tried again; one that says no is not. */
  async #refused(response: Response): Promise<void> {
    const { status } = response;
    if (status >= 500 && this.#wasLive) {
      this.#abort?.abort();
      this.#connectSoon(this.#againMs);
      return;
    }
    const problem: { readonly detail?: string } = await response.json().catch(() => ({}));
    // The session ended while nobody looked.
    if (status === 409) this.#listener.onLink({ state: 'ended', because: 'session-ended' });
    else
      this.#listener.onLink({
        state: 'refused',
        message: problem.detail ?? `The server answered ${status}.`,
      });
    this.close();
  }
}

/** Not every browser iterates over a body. */
async function* textOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
