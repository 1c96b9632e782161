/** The recordings that are watched in this process: one feed for each, however many watch it. */
import { AppError } from '../../core/errors.ts';
import { type FeedSettings, LiveFeed } from './feed.ts';
import type { LivePart } from './part.ts';
import type { LiveSource } from './source.ts';

export interface FeedsInput {
  /** @returns null when there is nothing to follow */
  readonly find: (sessionId: string) => Promise<LiveSource | null>;
  readonly now: () => Date;
  readonly encode: (part: LivePart) => Buffer;
  /** Recordings at a time. */
  readonly feedsMax?: number;
  /** A watcher whose connection was lost comes back within this. */
  readonly lingerMs?: number;
  readonly settings?: Partial<FeedSettings>;
}

const FEEDS_MAX = 64;
const LINGER_MS = 5_000;

interface Shared {
  readonly feed: Promise<LiveFeed>;
  watchers: number;
  timer: NodeJS.Timeout | null;
}

export class LiveFeeds {
  readonly #input: FeedsInput;
  readonly #feeds = new Map<string, Shared>();

  constructor(input: FeedsInput) {
    this.#input = input;
  }

  get size(): number {
    return this.#feeds.size;
  }

  /**
   * The feed of a session, to be released once.
   * @throws AppError `rate_limited` when too many sessions are watched, `not_found` when nothing records it
   */
  async open(sessionId: string): Promise<{ readonly feed: LiveFeed; release(): void }> {
    const shared = this.#feeds.get(sessionId) ?? this.#begin(sessionId);
    shared.watchers += 1;
    if (shared.timer !== null) clearTimeout(shared.timer);
    shared.timer = null;
    const release = once(() => this.#release(sessionId, shared));
    try {
      const feed = await shared.feed;
      if (feed.state.kind !== 'failed') return { feed, release };
    } catch (error) {
      release();
      throw error;
    }
    // Whoever still has it is told; whoever comes now gets one that begins anew.
    if (this.#feeds.get(sessionId) === shared) this.#feeds.delete(sessionId);
    release();
    return this.open(sessionId);
  }

  async close(): Promise<void> {
    const all = [...this.#feeds.entries()];
    await Promise.all(all.map(([sessionId, shared]) => this.#drop(sessionId, shared)));
  }

  #begin(sessionId: string): Shared {
    const { find, now, encode, settings, feedsMax = FEEDS_MAX } = this.#input;
    if (this.#feeds.size >= feedsMax) {
      const text = `${feedsMax} sessions are being watched here already. Try again when one of them has ended.`;
      throw new AppError('rate_limited', text);
    }
    const open = async (): Promise<LiveFeed> => {
      const source = await find(sessionId);
      if (source === null) throw new AppError('not_found', `Nothing records session ${sessionId}.`);
      return new LiveFeed({ source, now, encode, ...(settings === undefined ? {} : { settings }) });
    };
    const shared: Shared = { feed: open(), watchers: 0, timer: null };
    shared.feed.catch(() => undefined);
    this.#feeds.set(sessionId, shared);
    return shared;
  }

  #release(sessionId: string, shared: Shared): void {
    shared.watchers -= 1;
    if (shared.watchers > 0) return;
    const drop = async (): Promise<void> => this.#drop(sessionId, shared);
    shared.timer = setTimeout(() => void drop(), this.#input.lingerMs ?? LINGER_MS);
    shared.timer.unref();
    // One that failed is of no use to whoever comes next.
    shared.feed.then(({ state }) => (state.kind === 'failed' ? drop() : undefined), drop);
  }

  async #drop(sessionId: string, shared: Shared): Promise<void> {
    if (shared.timer !== null) clearTimeout(shared.timer);
    if (this.#feeds.get(sessionId) === shared) this.#feeds.delete(sessionId);
    const feed = await shared.feed.catch(() => null);
    await feed?.close().catch(() => undefined);
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
