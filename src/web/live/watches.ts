/**
 * Everybody who watches a session through this process: how many may, and each second whether they still may. A right
 * that is lost, a person who signed out, a session that ended: the stream ends within two seconds of it. What cannot be
 * confirmed in that time ends too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { LiveFeeds } from '../../recording/live/feeds.ts';
import type { SessionAnswer } from '../schemas/sessions.ts';
import { WatchStream } from './watch-stream.ts';

export interface WatchLimits {
  readonly streamsPerPersonMax: number;
  /** Of the process. */
  readonly streamsMax: number;
  /** After this a stream ends, and its reader connects again. */
  readonly lifetimeMs: number;
  /** Between two looks whether somebody may still watch. */
  readonly checkMs: number;
  /** A look that takes longer is no answer. */
  readonly checkWithinMs: number;
  /** A reader that takes nothing for so long, while something waits for it, is gone. */
  readonly stalledMsMax: number;
  readonly renewMs: number;
  /** A session that has ended, though its recording has not, is waited for this long. */
  readonly endGraceMs: number;
}

const WATCH_LIMITS: WatchLimits = {
  streamsPerPersonMax: 10,
  streamsMax: 500,
  lifetimeMs: 3_600_000,
  checkMs: 1_000,
  checkWithinMs: 900,
  stalledMsMax: 15_000,
  renewMs: 5_000,
  endGraceMs: 3_000,
};

/** Of one watcher. */
export interface WatchRights {
  /** @returns who asks, anew; null for nobody any more */
  caller(): Promise<Identity | null>;
  /** @throws AppError `not_found` when they may not see it */
  look(by: Identity): Promise<SessionAnswer>;
  begin(by: Identity): Promise<unknown>;
  renew(by: Identity): Promise<void>;
  /** The last of this person's streams about the session ends. */
  end(by: Identity): Promise<void>;
}

interface Watch {
  readonly personId: string;
  readonly sessionId: string;
  readonly stream: WatchStream;
}

export class Watches {
  readonly #feeds: LiveFeeds;
  readonly #limits: WatchLimits;
  readonly #encode: (session: SessionAnswer) => unknown;
  readonly #watches = new Set<Watch>();
  /** Asked for and not open yet: they count, too. */
  readonly #opening = new Set<{ readonly personId: string }>();
  #closed = false;

  constructor(options: {
    readonly feeds: LiveFeeds;
    /** As the API answers it. */
    readonly encode: (session: SessionAnswer) => unknown;
    readonly limits?: Partial<WatchLimits>;
  }) {
    this.#feeds = options.feeds;
    this.#encode = options.encode;
    this.#limits = { ...WATCH_LIMITS, ...options.limits };
  }

  get size(): number {
    return this.#watches.size;
  }

  /**
   * @param input.after the last event of the recording that the reader has
   * @throws AppError `rate_limited`, `unavailable`; what `begin` throws
   */
  async open(input: {
    readonly sessionId: string;
    readonly by: Identity;
    readonly after: number;
    readonly rights: WatchRights;
  }): Promise<WatchStream> {
    const { sessionId, by, rights } = input;
    this.#mustHaveRoom(by);
    const opening = { personId: by.id };
    this.#opening.add(opening);
    try {
      // Nobody's watch is an event before they may and can.
      await rights.look(by);
      const { feed, release } = await this.#feeds.open(sessionId);
      try {
        await rights.begin(by);
      } catch (error) {
        release();
        throw error;
      }
      const stream = new WatchStream(feed, { after: input.after });
      const watch: Watch = { personId: by.id, sessionId, stream };
      this.#watches.add(watch);
      stream.once('close', () => {
        release();
        this.#watches.delete(watch);
        const isLast = ![...this.#watches].some(
          (other) => other.personId === by.id && other.sessionId === sessionId,
        );
        if (isLast) void rights.end(by).catch(() => undefined);
      });
      void this.#keepChecking(watch, { by, rights, level: () => feed });
      return stream;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { stream } of this.#watches) stream.finish('stopping', 'The server is stopping.');
    await this.#feeds.close();
  }

  #mustHaveRoom(by: Identity): void {
    const { streamsPerPersonMax, streamsMax } = this.#limits;
    if (this.#closed) throw new AppError('unavailable', 'The server is stopping.');
    const all = [...this.#watches, ...this.#opening];
    if (all.filter(({ personId }) => personId === by.id).length >= streamsPerPersonMax) {
      const text = `You watch ${streamsPerPersonMax} sessions already, here or in other windows. Close one of them first.`;
      throw new AppError('rate_limited', text);
    }
    if (all.length >= streamsMax)
      throw new AppError('rate_limited', 'Too many people watch sessions just now. Try again in a while.');
  }

  async #keepChecking(
    { stream }: Watch,
    of: {
      readonly by: Identity;
      readonly rights: WatchRights;
      readonly level: () => {
        readonly state: { readonly kind: string; readonly caughtUp?: boolean };
        readonly delayMs: number | null;
      };
    },
  ): Promise<void> {
    const { checkMs, checkWithinMs, lifetimeMs, renewMs, stalledMsMax, endGraceMs } = this.#limits;
    const openedAtMs = performance.now();
    let renewedAtMs = openedAtMs;
    let endedAtMs: number | null = null;
    let told = '';
    while (!stream.destroyed && !stream.readableEnded) {
      const session = await answerWithin(checkWithinMs, () => this.#check(of));
      if (stream.destroyed) return;
      if (typeof session === 'string') return stream.finish(session, WORDS[session]);
      const standing = JSON.stringify(this.#encode(session));
      if (standing !== told && stream.say('standing', { session: JSON.parse(standing) })) told = standing;
      const { state, delayMs } = of.level();
      stream.say('beat', { caughtUp: state.kind !== 'following' || state.caughtUp === true, delayMs });
      const now = performance.now();
      if (session.endedAt !== null) endedAtMs ??= now;
      if (endedAtMs !== null && now - endedAtMs > endGraceMs)
        return stream.finish('session-ended', 'The session has ended.');
      if (now - openedAtMs > lifetimeMs) return stream.finish('lifetime', 'Connect again to go on.');
      if (stream.stalledMs > stalledMsMax) return void stream.destroy();
      if (now - renewedAtMs > renewMs) {
        renewedAtMs = now;
        await of.rights.renew(of.by).catch(() => undefined);
      }
      await sleep(checkMs, undefined, { ref: false });
    }
  }

  async #check({
    by,
    rights,
  }: {
    readonly by: Identity;
    readonly rights: WatchRights;
  }): Promise<SessionAnswer | 'signed-out' | 'not-visible'> {
    const caller = await rights.caller().catch((error: unknown) => {
      if (isAppError(error, 'unauthenticated')) return null;
      throw error;
    });
    if (caller === null || caller.id !== by.id) return 'signed-out';
    try {
      return await rights.look(caller);
    } catch (error) {
      if (isAppError(error, 'not_found')) return 'not-visible';
      throw error;
    }
  }
}

const WORDS = {
  'signed-out': 'You are signed out.',
  'not-visible': 'You may not see this session any more.',
  unconfirmed: 'It cannot be confirmed right now that you may watch. Try again in a moment.',
} as const;

/** What is not answered in time, or with a fault, confirms nothing. */
async function answerWithin<Answer>(
  withinMs: number,
  ask: () => Promise<Answer>,
): Promise<Answer | 'unconfirmed'> {
  const timeout = Promise.withResolvers<'unconfirmed'>();
  const timer = setTimeout(() => timeout.resolve('unconfirmed'), withinMs);
  try {
    return await Promise.race([ask().catch(() => 'unconfirmed' as const), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
