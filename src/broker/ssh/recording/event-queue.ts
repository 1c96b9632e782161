/**
 * Puts what one channel carries into events, in its order: output is collected for a moment, and what is still being
 * masked holds back whatever came behind it.
 */
import type { HostEvent } from '../../../recording/events.ts';

/** Output is collected for so long, and until there is so much of it. */
const BATCH_MS = 50;
const BATCH_CHARACTERS = 16_384;
/** Events that wait for what is being masked. */
const WAITING_MAX = 1_000;

type Output = Extract<HostEvent, { readonly type: 'output' }>;

/** Output whose text is not known yet. */
export interface Slot {
  readonly atMs: number;
  /** @param text may be empty: then there is no event */
  fill(text: string): void;
}

type Waiting =
  | { readonly kind: 'event'; readonly event: HostEvent }
  | { readonly kind: 'slot'; readonly of: Omit<Output, 'text'>; text: string | null };

export class EventQueue {
  readonly #note: (event: HostEvent) => void;
  readonly #waiting: Waiting[] = [];
  /** Too many wait: whoever masks is asked to let go. */
  readonly #onFull: () => void;
  #batch: Output | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: { readonly note: (event: HostEvent) => void; readonly onFull: () => void }) {
    this.#note = options.note;
    this.#onFull = options.onFull;
  }

  add(event: HostEvent): void {
    this.#waiting.push({ kind: 'event', event });
    this.#drain();
    if (this.#waiting.length > WAITING_MAX) this.#onFull();
  }

  /** A place in the order. */
  reserve(of: Omit<Output, 'text'>): Slot {
    const slot: Waiting = { kind: 'slot', of, text: null };
    this.#waiting.push(slot);
    if (this.#waiting.length > WAITING_MAX) this.#onFull();
    return {
      atMs: of.atMs,
      fill: (text) => {
        slot.text = text;
        this.#drain();
      },
    };
  }

  /** What is collected is noted now: what is said of it elsewhere comes behind it. */
  flush(): void {
    this.#writeBatch();
  }

  /** Everything is noted now, and nothing after it. */
  close(): void {
    this.#writeBatch();
    this.#closed = true;
  }

  #drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.kind === 'slot' && next.text === null) return;
      this.#waiting.shift();
      if (next.kind === 'event') this.#emit(next.event);
      else if (next.text !== null && next.text !== '') this.#emit({ ...next.of, text: next.text });
    }
  }

  #emit(event: HostEvent): void {
    if (this.#closed) return;
    if (event.type !== 'output') {
      this.#writeBatch();
      this.#note(event);
      return;
    }
    const batch = this.#batch;
    if (batch !== null && belongsTo(batch, event)) this.#batch = { ...batch, text: batch.text + event.text };
    else {
      this.#writeBatch();
      this.#batch = event;
    }
    if ((this.#batch?.text.length ?? 0) >= BATCH_CHARACTERS) this.#writeBatch();
    else this.#timer ??= setTimeout(() => this.#writeBatch(), BATCH_MS);
  }

  #writeBatch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#batch;
    this.#batch = null;
    if (batch !== null) this.#note(batch);
  }
}

function belongsTo(batch: Output, next: Output): boolean {
  return (
    batch.statement === next.statement && batch.stream === next.stream && next.atMs - batch.atMs < BATCH_MS
  );
}
