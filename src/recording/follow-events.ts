/** Reads the events of a recording while it grows: each once, and no further than what is written. */
import type { RecordingEvent } from './events.ts';
import type { RecordingEnd, RecordingEvents } from './reader.ts';

export type FollowedEvent =
  | { readonly kind: 'event'; readonly event: RecordingEvent }
  /** There may be more after `goOn`. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'end'; readonly end: RecordingEnd };

const WAITING: FollowedEvent = { kind: 'waiting' };

export class EventFollower {
  readonly #events: RecordingEvents;
  /** Set while the reader stands at the end of what is written. */
  #wake: ((grows: boolean) => void) | null = null;
  #tellWaiting: () => void = () => undefined;
  /** Asked for and not answered: the reader stands at the end of what is written. */
  #next: ReturnType<RecordingEvents['next']> | null = null;

  /** @param open begins to read; it asks `more` at the end of what is written */
  constructor(open: (more: () => Promise<boolean>) => RecordingEvents) {
    this.#events = open(
      () =>
        new Promise((resolve) => {
          this.#wake = resolve;
          this.#tellWaiting();
        }),
    );
  }

  /** @throws AppError as `readRecording`; the follower is of no use afterwards */
  async next(): Promise<FollowedEvent> {
    if (this.#wake !== null) return WAITING;
    const answer = Promise.withResolvers<Awaited<ReturnType<RecordingEvents['next']>> | null>();
    // Before it is asked: it may stand at the end at once.
    this.#tellWaiting = () => answer.resolve(null);
    this.#next ??= this.#events.next();
    this.#next.then(answer.resolve, answer.reject);
    const next = await answer.promise;
    if (next === null) return WAITING;
    this.#next = null;
    return next.done === true ? { kind: 'end', end: next.value } : { kind: 'event', event: next.value };
  }

  /** @param grows false when the end of what is written is the end */
  goOn(grows: boolean): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.(grows);
  }

  close(): void {
    this.goOn(false);
    // What it is about to read is thrown away, and so is why that failed.
    this.#next?.catch(() => undefined);
    const end = { complete: false, sealedBy: null, problem: null };
    void this.#events.return(end).catch(() => undefined);
  }
}
