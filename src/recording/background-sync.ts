/**
 * Puts a recording on stable storage beside the data path: at most one fdatasync every so often, off
 * the event loop. What was written survives the process anyway; this bounds what a power cut can take.
 */
import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const fdatasyncOf = promisify(fdatasync);

export class BackgroundSync {
  readonly #fd: number;
  readonly #directory: string;
  readonly #everyMs: number;
  readonly #onFailure: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #dirty = false;
  #directoryDirty = true;

  constructor(input: {
    fd: number;
    directory: string;
    everyMs: number;
    onFailure: (error: unknown) => void;
  }) {
    this.#fd = input.fd;
    this.#directory = input.directory;
    this.#everyMs = input.everyMs;
    this.#onFailure = input.onFailure;
  }

  /** Something was written: it will be synced within the interval. */
  wrote(): void {
    this.#dirty = true;
    if (this.#timer === null && this.#running === null) this.#schedule();
  }

  /** Starts no further sync and resolves when the one in flight has ended: the file may be closed then. */
  async stop(): Promise<void> {
    this.#dirty = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#sync();
    }, this.#everyMs);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #sync(): Promise<void> {
    this.#dirty = false;
    try {
      await fdatasyncOf(this.#fd);
      if (this.#directoryDirty) await syncDirectory(this.#directory);
      this.#directoryDirty = false;
    } catch (error) {
      this.#dirty = false;
      this.#onFailure(error);
    }
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

/** The same before anything else happens, for a recording that syncs every flush. */
export function syncDirectoryNow(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
