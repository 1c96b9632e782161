/**
 * One recording, followed for everybody who watches it: read, decoded and put into words once. What was told last is
 * kept for those who come later or fall behind; the watchers take it at their own pace and nobody waits for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { EventFollower } from '../follow-events.ts';
import { type LivePart, LiveParts } from './part.ts';
import type { LiveSource } from './source.ts';

export interface FeedSettings {
  /** Between looks at the recording. */
  readonly pollMs: number;
  /** What is kept for watchers. */
  readonly keptBytesMax: number;
  /** Reading goes on for so long, then rests: sessions of the same process want their turn. */
  readonly workMs: number;
  readonly restMs: number;
}

const FEED_SETTINGS: FeedSettings = {
  pollMs: 100,
  keptBytesMax: 4 * 1_048_576,
  workMs: 4,
  restMs: 12,
};

/** A part as it goes over the wire; made once. */
export interface KeptPart {
  readonly serial: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

export type FeedState =
  /** `caughtUp`: it has come to where the recording is being written. */
  | { readonly kind: 'following'; readonly caughtUp: boolean }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly problem: string };

export class LiveFeed {
  readonly #source: LiveSource;
  readonly #settings: FeedSettings;
  readonly #now: () => Date;
  readonly #encode: (part: LivePart) => Buffer;
  readonly #follower: EventFollower;
  readonly #parts = new LiveParts();
  readonly #watchers = new Set<() => void>();
  readonly #stopping = new AbortController();
  #kept: KeptPart[] = [];
  #keptBytes = 0;
  #serial = 0;
  #state: FeedState = { kind: 'following', caughtUp: false };
  #delayMs: number | null = null;

  /** @param input.encode a part as it goes over the wire */
  constructor(input: {
    readonly source: LiveSource;
    readonly now: () => Date;
    readonly encode: (part: LivePart) => Buffer;
    readonly settings?: Partial<FeedSettings>;
  }) {
    this.#source = input.source;
    this.#settings = { ...FEED_SETTINGS, ...input.settings };
    this.#now = input.now;
    this.#encode = input.encode;
    this.#follower = new EventFollower((more) => this.#source.open(more));
    void this.#follow();
  }

  get state(): FeedState {
    return this.#state;
  }

  /** From when something was recorded to when it was told, of the newest; null while it catches up. */
  get delayMs(): number | null {
    return this.#delayMs;
  }

  /** The serial of the first part that has something behind this event. */
  serialAfter(event: number): number {
    return this.#kept.find(({ to }) => to > event)?.serial ?? this.#serial;
  }

  /** @returns null when it is to come; the oldest that is kept in place of one that is not */
  part(serial: number): KeptPart | null {
    const [oldest] = this.#kept;
    if (oldest === undefined) return null;
    return this.#kept[Math.max(0, serial - oldest.serial)] ?? null;
  }

  /** @returns what takes the listener away */
  onNews(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#follower.close();
    await this.#source.close();
  }

  async #follow(): Promise<void> {
    const { pollMs } = this.#settings;
    const { signal } = this.#stopping;
    try {
      while (this.#state.kind === 'following' && !signal.aborted) {
        if (await this.#source.look()) await this.#readOn();
        if (this.#state.kind === 'following') await sleep(pollMs, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#state = { kind: 'failed', problem: messageOf(error) };
      this.#tellWatchers();
    }
  }

  /** To the end of what is written. */
  async #readOn(): Promise<void> {
    const { workMs, restMs } = this.#settings;
    const { signal } = this.#stopping;
    this.#follower.goOn(true);
    for (;;) {
      const restsAtMs = performance.now() + workMs;
      while (performance.now() < restsAtMs) {
        const next = await this.#follower.next();
        if (signal.aborted) return;
        if (next.kind === 'waiting') return this.#tell({ caughtUp: true });
        if (next.kind === 'end') {
          this.#tell({ caughtUp: true });
          if (next.end.problem !== null) throw new Error(next.end.problem.message);
          this.#state = { kind: 'ended' };
          return this.#tellWatchers();
        }
        this.#parts.take(next.event);
        if (this.#parts.isFull) this.#tell({ caughtUp: false });
        if (next.event.type === 'end') {
          this.#tell({ caughtUp: true });
          this.#state = { kind: 'ended' };
          return this.#tellWatchers();
        }
      }
      this.#tell({ caughtUp: false });
      await sleep(restMs, undefined, { signal });
    }
  }

  #tell({ caughtUp }: { readonly caughtUp: boolean }): void {
    const wasCaughtUp = this.#state.kind === 'following' && this.#state.caughtUp;
    const part = this.#parts.tell();
    if (part !== null) {
      this.#keep(part);
      const startedAtMs = Date.parse(this.#parts.facts?.startedAt ?? '');
      if (wasCaughtUp) this.#delayMs = Math.max(0, this.#now().getTime() - startedAtMs - part.atMs);
    }
    if (caughtUp && !wasCaughtUp) this.#state = { kind: 'following', caughtUp };
    if (part !== null) this.#tellWatchers();
  }

  #keep(part: LivePart): void {
    const bytes = this.#encode(part);
    this.#kept.push({ serial: this.#serial++, from: part.from, to: part.to, bytes });
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > this.#settings.keptBytesMax && this.#kept.length > 1) {
      this.#keptBytes -= this.#kept.shift()?.bytes.length ?? 0;
    }
  }

  #tellWatchers(): void {
    for (const tell of this.#watchers) tell();
  }
}
