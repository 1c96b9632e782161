/**
 * The clock of a deployment is its database's. Every process asks for it again and again and counts on by a clock
 * that never jumps, so that replicas agree about deadlines and a machine whose clock is set wrong decides nothing.
 *
 * When the database's own clock is set forward, this one follows: access ends early. When it is set back, this
 * one does not run backwards, which would lengthen every grant, but at half its speed until the other has caught
 * up.
 */
import type { Clock } from '../core/clock.ts';
import type { Store } from './open-store.ts';

const ASK_EVERY_MS = 1_000;
/** Asked over a slower way, the answer says too little about now. */
const ROUND_TRIP_MS_MAX = 2_000;
const SPEED_WHEN_AHEAD = 0.5;

/** The arithmetic, without the database. */
export class DatabaseTime implements Clock {
  readonly #monotonic: () => number;
  #sampleMs: number;
  #sampledAtMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastAtMs = 0;

  /** @param first milliseconds since 1970 by the database, and when that was by `monotonic` */
  constructor(monotonic: () => number, first: { readonly databaseMs: number; readonly atMs: number }) {
    this.#monotonic = monotonic;
    this.#sampleMs = first.databaseMs;
    this.#sampledAtMs = first.atMs;
  }

  sample(databaseMs: number, atMs: number): void {
    // What was shown up to here stays shown.
    this.now();
    this.#sampleMs = databaseMs;
    this.#sampledAtMs = atMs;
  }

  now(): Date {
    const atMs = this.#monotonic();
    const byDatabaseMs = this.#sampleMs + (atMs - this.#sampledAtMs);
    const neverBackMs = this.#lastMs + (atMs - this.#lastAtMs) * SPEED_WHEN_AHEAD;
    this.#lastMs = Math.max(byDatabaseMs, neverBackMs);
    this.#lastAtMs = atMs;
    return new Date(this.#lastMs);
  }
}

/** @throws when the database does not answer the first time; later the clock runs on by itself */
export async function openDatabaseClock(store: Store): Promise<Clock & { close(): Promise<void> }> {
  const monotonic = (): number => performance.now();
  const ask = async (): Promise<{ databaseMs: number; atMs: number; roundTripMs: number }> => {
    const askedAtMs = monotonic();
    const [row] = await store
      .read()
      .execute<{ ms: string }[]>('select extract(epoch from clock_timestamp()) * 1000 as ms');
    const roundTripMs = monotonic() - askedAtMs;
    return { databaseMs: Number(row?.ms), atMs: askedAtMs + roundTripMs / 2, roundTripMs };
  };
  const time = new DatabaseTime(monotonic, await ask());
  let asking: Promise<void> | null = null;
  const askAgain = async (): Promise<void> => {
    try {
      const { databaseMs, atMs, roundTripMs } = await ask();
      if (roundTripMs <= ROUND_TRIP_MS_MAX) time.sample(databaseMs, atMs);
    } catch {
      // It runs on; whatever needs the database says that it is away.
    }
  };
  const timer = setInterval(() => {
    asking ??= askAgain().finally(() => {
      asking = null;
    });
  }, ASK_EVERY_MS);
  return {
    now: () => time.now(),
    close: async () => {
      clearInterval(timer);
      await asking;
    },
  };
}
