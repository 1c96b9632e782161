/**
 * One watcher's stream of server-sent events: takes the parts of a feed at the pace of its reader. What a reader leaves
 * behind is not kept for it: once that is gone, the reader is dropped.
 */
import { Readable } from 'node:stream';
import type { LiveFeed } from '../../recording/live/feed.ts';
import type { LivePart } from '../../recording/live/part.ts';
import type { WireWatchEnd } from '../wire.ts';

/** Characters and bytes that wait for the reader; beyond this it gets no beats, and parts wait in the feed. */
const WAITING_BYTES_MAX = 262_144;

export class WatchStream extends Readable {
  readonly #feed: LiveFeed;
  readonly #stopListening: () => void;
  #serial: number;
  /** The last event that was sent. */
  #sent: number;
  #wantsMore = false;
  /** The reader had all there was, once. */
  #wasLevel = false;
  #ended = false;
  #readAtMs = performance.now();

  /** @param options.after the last event that the reader has */
  constructor(feed: LiveFeed, options: { readonly after: number }) {
    super({ highWaterMark: WAITING_BYTES_MAX });
    this.#feed = feed;
    this.#sent = options.after;
    this.#serial = feed.serialAfter(options.after);
    this.#stopListening = feed.onNews(() => this.#pump());
    this.push(`retry: 1000\n\n`);
  }

  override _read(): void {
    this.#wantsMore = true;
    this.#readAtMs = performance.now();
    this.#pump();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopListening();
    done(error);
  }

  /** For how long the reader has taken nothing of what waits for it; 0 when nothing does. */
  get stalledMs(): number {
    return this.readableLength === 0 ? 0 : performance.now() - this.#readAtMs;
  }

  /** Left out for a reader that is behind: a later one says the same. @returns false then */
  say(event: 'standing' | 'beat', data: unknown): boolean {
    if (this.#ended || this.readableLength > 0) return false;
    this.push(messageOf(event, data));
    return true;
  }

  /** Says why, and ends. */
  finish(because: WireWatchEnd['because'], message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening();
    this.push(messageOf('end', { because, message } satisfies WireWatchEnd));
    this.push(null);
  }

  #pump(): void {
    while (this.#wantsMore && !this.#ended) {
      const part = this.#feed.part(this.#serial);
      if (part === null) {
        this.#wasLevel = true;
        this.#endWithFeed();
        return;
      }
      this.#serial = part.serial + 1;
      if (part.to <= this.#sent) continue;
      if (part.from > this.#sent + 1) {
        if (this.#wasLevel) {
          this.finish('too-slow', 'What is recorded came faster than this reader took it.');
          return;
        }
        this.push(messageOf('gap', { from: this.#sent + 1, to: part.from - 1 }));
      }
      this.#sent = part.to;
      this.#wantsMore = this.push(part.bytes);
    }
  }

  #endWithFeed(): void {
    const { state } = this.#feed;
    if (state.kind === 'ended') this.finish('session-ended', 'The session has ended.');
    else if (state.kind === 'failed') this.finish('failed', state.problem);
  }
}

/** A part as it is streamed: made once for all readers. */
export function encodePart(part: LivePart): Buffer {
  return Buffer.from(`id: ${part.to}\n${messageOf('recorded', part)}`);
}

/** JSON has no line breaks of its own. */
function messageOf(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
