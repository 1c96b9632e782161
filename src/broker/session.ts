/**
 * The live state of one session in this process: its counts, its deadline, when its right to exist was
 * last confirmed, and its one end. Knows no protocol: whoever serves the connection listens for the end
 * and takes the connection and the work on the target down.
 */
import type { GrantView } from '../access/views.ts';
import { type EndReason, type SessionCounts, ZERO_COUNTS } from '../core/session.ts';
import { RiskiestStatements } from './riskiest.ts';

/** A confirmation older than this is none (design, section 2, promise 5). */
const CONFIRMATION_AGE_MS_MAX = 2_000;
/** The longest delay that a timer takes; a longer grant sets its timer again. */
const TIMER_MS_MAX = 0x7fff_ffff;

/** Milliseconds that never jump, for ages and durations. */
export type MonotonicClock = () => number;

/** Why nothing may be forwarded right now, in words for the client. */
export interface Obstacle {
  readonly rule: string;
  readonly reason: string;
}

export class LiveSession {
  readonly id: string;
  readonly riskiest = new RiskiestStatements();
  readonly #monotonic: MonotonicClock;
  readonly #startedAtMs: number;
  readonly #onEnd = new Set<(reason: EndReason) => void>();
  readonly #counts: { -readonly [Key in keyof SessionCounts]: SessionCounts[Key] } = { ...ZERO_COUNTS };
  #confirmedAtMs: number;
  #grant: GrantView;
  #expiry: NodeJS.Timeout | null = null;
  #ended: EndReason | null = null;

  /** @param options.confirmedAtMs when the store was asked whether this connection may exist */
  constructor(options: {
    readonly id: string;
    readonly grant: GrantView;
    readonly now: Date;
    readonly monotonic: MonotonicClock;
    readonly confirmedAtMs: number;
  }) {
    this.id = options.id;
    this.#grant = options.grant;
    this.#monotonic = options.monotonic;
    this.#startedAtMs = options.monotonic();
    this.#confirmedAtMs = options.confirmedAtMs;
    this.#expireIn(options.grant.expiresAt.getTime() - options.now.getTime());
  }

  /** As it was when the session began, but for its deadline, which can move. */
  get grant(): GrantView {
    return this.#grant;
  }

  /**
   * The grant was extended: the session goes on until then.
   * @param deadline.leftMs from now; a clock that was stepped meanwhile does not matter then
   */
  moveDeadline(deadline: { readonly expiresAt: Date; readonly leftMs: number }): void {
    if (this.#ended !== null) return;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#grant = { ...this.#grant, expiresAt: deadline.expiresAt };
    this.#expireIn(deadline.leftMs);
  }

  /** Milliseconds since the session began, as recordings count. */
  get ageMs(): number {
    return Math.round(this.#monotonic() - this.#startedAtMs);
  }

  get counts(): SessionCounts {
    return { ...this.#counts };
  }

  get ended(): EndReason | null {
    return this.#ended;
  }

  /** True while the store said recently enough that this session may go on. */
  get confirmed(): boolean {
    return this.#monotonic() - this.#confirmedAtMs <= CONFIRMATION_AGE_MS_MAX;
  }

  /** @param askedAtMs when the question was asked, not when the answer came */
  confirm(askedAtMs: number): void {
    this.#confirmedAtMs = Math.max(this.#confirmedAtMs, askedAtMs);
  }

  count(added: Partial<SessionCounts>): void {
    const counts = this.#counts;
    // In place: this runs for every chunk.
    counts.commands += added.commands ?? 0;
    counts.denied += added.denied ?? 0;
    counts.held += added.held ?? 0;
    counts.rows += added.rows ?? 0;
    counts.bytes += added.bytes ?? 0;
    counts.maskedCells += added.maskedCells ?? 0;
  }

  /** Null when commands may be forwarded. */
  obstacle(): Obstacle | null {
    if (this.#ended !== null) {
      return { rule: 'session-ended', reason: 'This session has ended. Nothing more is forwarded.' };
    }
    if (!this.confirmed) {
      return {
        rule: 'state-unconfirmed',
        reason:
          'Sallyport cannot confirm right now that your access is still valid, so nothing is forwarded. Try again in a moment.',
      };
    }
    return null;
  }

  /** @returns what takes the listener away */
  onEnd(listener: (reason: EndReason) => void): () => void {
    this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  /** The first reason counts; later calls do nothing. */
  end(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    for (const listener of this.#onEnd) listener(reason);
  }

  #expireIn(remainingMs: number): void {
    const delayMs = Math.min(Math.max(0, remainingMs), TIMER_MS_MAX);
    this.#expiry = setTimeout(() => {
      if (remainingMs > delayMs) this.#expireIn(remainingMs - delayMs);
      else this.end('grant-expired');
    }, delayMs);
    this.#expiry.unref();
  }
}
