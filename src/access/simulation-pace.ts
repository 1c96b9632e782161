/** Keeps long work from holding up the event loop, which live sessions share, and from going on for ever. */
import { setImmediate, setTimeout } from 'node:timers/promises';

/** A slice of work; between two the loop is free, and half of the time stays free. */
const SLICE_MS = 5;

export class SimulationPace {
  readonly #deadlineMs: number;
  #sliceBeganMs = performance.now();

  constructor(timeMaxMs: number) {
    this.#deadlineMs = this.#sliceBeganMs + timeMaxMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#deadlineMs;
  }

  /** Call it after each step of the work. */
  async breathe(): Promise<void> {
    const workedMs = performance.now() - this.#sliceBeganMs;
    if (workedMs < SLICE_MS) return;
    await setImmediate();
    await setTimeout(Math.min(workedMs, SLICE_MS));
    this.#sliceBeganMs = performance.now();
  }
}
