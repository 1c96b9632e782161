/**
 * Puts on stable storage what was written, beside the data path: at most once every so often, off the event
 * loop. What was written survives the process anyway; this bounds what a power cut can take.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

export class BackgroundSync {
  readonly #everyMs: () => number;
  readonly #sync: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #dirty = false;

  /** @param input.sync must not reject */
  constructor(input: { everyMs: () => number; sync: () => Promise<void> }) {
    this.#everyMs = input.everyMs;
    this.#sync = input.sync;
  }

  /** Something was written: it will be synced within the interval. */
  wrote(): void {
    this.#dirty = true;
    if (this.#timer === null && this.#running === null) this.#schedule();
  }

  /** Resolves when the sync in flight has ended: what it uses may be closed then. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Starts no further sync until something is written again, and resolves when the one in flight has ended. */
  async stop(): Promise<void> {
    this.#dirty = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#run();
    }, this.#everyMs());
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#dirty = false;
    await this.#sync();
    this.#running = null;
    if (this.#dirty) this.#schedule();
  }
}

/** Makes a file's name in the directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same before anything else happens, for what must be durable at once. */
export function syncDirectoryNow(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
