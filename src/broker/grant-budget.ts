/**
 * One session's part of what a grant may still return under one rule. Parts are small beside what is left, so that
 * sessions share it down to the last row, and an idle session keeps none.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A part is this fraction of what is left, or what is needed right now. */
const PARTS = 16;
const IDLE_MS = 1_000;
const RETRY_MS = 250;

/** What wants to pass, or what passed. */
export interface Flow {
  readonly rows: number;
  readonly bytes: number;
}

/** What is asked of the store; each call is one atomic step. */
export interface EgressStore {
  /** Takes this much of what is left, or nothing. `used` is what all sessions have taken by then. */
  take(wanted: Flow): Promise<{ readonly granted: boolean; readonly used: Flow }>;
  giveBack(unused: Flow): Promise<void>;
}

export class GrantBudget {
  readonly #store: EgressStore;
  readonly #limit: { readonly rowsMax: number | null; readonly bytesMax: number | null };
  readonly #onFault: (error: unknown) => void;
  #held = { rows: 0, bytes: 0 };
  #used: Flow = { rows: 0, bytes: 0 };
  #exhausted: Flow | null = null;
  #asking: Promise<void> | null = null;
  #idle: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: {
    readonly store: EgressStore;
    readonly limit: { readonly rowsMax: number | null; readonly bytesMax: number | null };
    readonly onFault: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#limit = options.limit;
    this.#onFault = options.onFault;
  }

  /** What had been taken in all when the store refused more; null while it has not. */
  get exhausted(): Flow | null {
    return this.#exhausted;
  }

  covers({ rows, bytes }: Flow): boolean {
    const { rowsMax, bytesMax } = this.#limit;
    return (rowsMax === null || rows <= this.#held.rows) && (bytesMax === null || bytes <= this.#held.bytes);
  }

  /** Call only for what is covered. */
  spend({ rows, bytes }: Flow): void {
    this.#held.rows -= rows;
    this.#held.bytes -= bytes;
    if (this.#idle === null) this.#idle = setTimeout(() => this.#giveBackIdle(), IDLE_MS).unref();
    else this.#idle.refresh();
  }

  /** Resolves when `needed` is covered or the grant has no more; waits as long as the store cannot be asked. */
  refill(needed: Flow): Promise<void> {
    this.#asking ??= this.#ask(needed).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Gives back what is left of the part. Afterwards nothing is covered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    await this.#asking?.catch(() => undefined);
    await this.#giveBack();
  }

  async #ask(needed: Flow): Promise<void> {
    while (!this.#closed) {
      try {
        const short = this.#shortOf(needed);
        const granted = (await this.#take(this.#partFor(short))) || (await this.#take(short));
        if (!granted) this.#exhausted = this.#used;
        return;
      } catch (error) {
        this.#onFault(error);
        await sleep(RETRY_MS);
      }
    }
  }

  async #take(wanted: Flow): Promise<boolean> {
    const { granted, used } = await this.#store.take(wanted);
    this.#used = used;
    if (!granted) return false;
    this.#held = { rows: this.#held.rows + wanted.rows, bytes: this.#held.bytes + wanted.bytes };
    return true;
  }

  #partFor(needed: Flow): Flow {
    const { rowsMax, bytesMax } = this.#limit;
    const part = (max: number | null, used: number, need: number): number =>
      max === null ? 0 : Math.max(need, Math.floor((max - used) / PARTS));
    return {
      rows: part(rowsMax, this.#used.rows, needed.rows),
      bytes: part(bytesMax, this.#used.bytes, needed.bytes),
    };
  }

  #shortOf({ rows, bytes }: Flow): Flow {
    const { rowsMax, bytesMax } = this.#limit;
    return {
      rows: rowsMax === null ? 0 : Math.max(0, rows - this.#held.rows),
      bytes: bytesMax === null ? 0 : Math.max(0, bytes - this.#held.bytes),
    };
  }

  #giveBackIdle(): void {
    if (this.#asking === null) void this.#giveBack();
  }

  async #giveBack(): Promise<void> {
    const unused = { rows: Math.max(0, this.#held.rows), bytes: Math.max(0, this.#held.bytes) };
    if (unused.rows === 0 && unused.bytes === 0) return;
    this.#held = { rows: 0, bytes: 0 };
    await this.#store.giveBack(unused).catch((error: unknown) => this.#onFault(error));
  }
}
