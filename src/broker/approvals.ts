/**
 * The commands of this replica that wait for approval. Asks the store once a second, and at every hint that a
 * hold changed, what became of them; the hint may get lost, the poll is the truth. A hold whose time is up is
 * ended here as well, so that a broker waits for nobody else.
 */
import type { HoldRequest } from '../access/hold-command.ts';
import type { HoldView } from '../access/views.ts';
import type { Clock } from '../core/clock.ts';
import type { WithdrawalCause } from '../core/hold.ts';

const POLL_MS = 1_000;
/** As many as one question to the store may name. */
const HOLDS_ASKED_MAX = 1_000;
/** With no answer of the store for so long after its time is up, a hold counts as expired. */
const LAPSED_UNANSWERED_MS = 2_000;

/** What is asked of the access use cases. */
export interface HoldState {
  holdCommand(request: HoldRequest): Promise<HoldView>;
  readHolds(holdIds: string[]): Promise<HoldView[]>;
  withdrawHold(holdId: string, why: WithdrawalCause): Promise<void>;
  expireHold(holdId: string): Promise<void>;
  watchHolds(onHint: () => void): Promise<{ close(): Promise<void> }>;
}

interface Waiting {
  readonly hold: HoldView;
  readonly onDecided: (hold: HoldView) => void;
}

export class Approvals {
  readonly #state: HoldState;
  readonly #clock: Clock;
  readonly #onFault: (what: string, error: unknown) => void;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | null = null;
  #watch: { close(): Promise<void> } | null = null;
  #asking = false;
  #askAgain = false;

  constructor(options: {
    readonly state: HoldState;
    readonly clock: Clock;
    readonly onFault: (what: string, error: unknown) => void;
  }) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#onFault = options.onFault;
  }

  async start(): Promise<void> {
    this.#watch = await this.#state.watchHolds(() => this.#ask());
    this.#timer = setInterval(() => this.#ask(), POLL_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#watch?.close();
  }

  /** @throws AppError what `holdCommand` throws; the command must not run then */
  hold(request: HoldRequest): Promise<HoldView> {
    return this.#state.holdCommand(request);
  }

  /**
   * @param onDecided called once, with a hold that is not `held` any more
   * @returns what stops the waiting; `onDecided` is not called afterwards
   */
  wait(hold: HoldView, onDecided: (hold: HoldView) => void): () => void {
    const waiting = { hold, onDecided };
    this.#waiting.set(hold.id, waiting);
    this.#ask();
    return () => {
      if (this.#waiting.get(hold.id) === waiting) this.#waiting.delete(hold.id);
    };
  }

  /** Never throws: what cannot be withdrawn ends with its session, or lapses. */
  async withdraw(holdId: string, why: WithdrawalCause): Promise<void> {
    try {
      await this.#state.withdrawHold(holdId, why);
    } catch (error) {
      this.#onFault('withdrawing a held command', error);
    }
  }

  #ask(): void {
    this.#askAgain = this.#asking;
    if (this.#asking || this.#waiting.size === 0) return;
    this.#asking = true;
    void this.#askNow().finally(() => {
      this.#asking = false;
      if (this.#askAgain) this.#ask();
    });
  }

  async #askNow(): Promise<void> {
    const ids = [...this.#waiting.keys()];
    try {
      for (let from = 0; from < ids.length; from += HOLDS_ASKED_MAX) {
        const holds = await this.#state.readHolds(ids.slice(from, from + HOLDS_ASKED_MAX));
        for (const hold of holds) if (hold.state !== 'held') this.#decided(hold);
      }
      for (const id of ids) if (this.#overdueMs(id) >= 0) await this.#expire(id);
    } catch (error) {
      this.#onFault('asking what became of held commands', error);
    }
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined && this.#overdueMs(id) > LAPSED_UNANSWERED_MS) {
        this.#decided({ ...waiting.hold, state: 'expired' });
      }
    }
  }

  async #expire(id: string): Promise<void> {
    await this.#state.expireHold(id);
    for (const hold of await this.#state.readHolds([id])) if (hold.state !== 'held') this.#decided(hold);
  }

  /** Negative before the hold's time is up, and for one that nobody waits for. */
  #overdueMs(id: string): number {
    const waiting = this.#waiting.get(id);
    return waiting === undefined ? -1 : this.#clock.now().getTime() - waiting.hold.expiresAt.getTime();
  }

  #decided(hold: HoldView): void {
    const waiting = this.#waiting.get(hold.id);
    this.#waiting.delete(hold.id);
    waiting?.onDecided(hold);
  }
}
