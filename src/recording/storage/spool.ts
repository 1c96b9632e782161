/**
 * What is recorded on this server and not in object storage yet. It is measured on the disk again and again; what
 * is written in between is added.
 */
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { sessionOfFile } from '../layout.ts';
import { namesIn, sizeOf } from './files.ts';

/** From this share of the limit on no session begins, so that those that run have room. */
const REFUSING_SHARE = 0.9;
const SPOOLED = /\.(?:sprec|sjournal|torn)$/;

const NOBODY = { has: () => false };

export type SpoolState = 'open' | 'refusing' | 'full';

export class Spool {
  readonly #directory: string;
  readonly #bytesMax: number;
  #measured = 0;
  #written = 0;

  /** @param input.bytesMax Infinity where nothing waits for object storage */
  constructor(input: { directory: string; bytesMax: number }) {
    this.#directory = input.directory;
    this.#bytesMax = input.bytesMax;
  }

  get bytes(): number {
    return this.#measured + this.#written;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  get state(): SpoolState {
    if (this.bytes >= this.#bytesMax) return 'full';
    return this.bytes >= this.#bytesMax * REFUSING_SHARE ? 'refusing' : 'open';
  }

  /** So many bytes more are on the disk. */
  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /** @throws AppError `recording_failed` when no session may begin */
  requireRoom(): void {
    if (this.state === 'open') return;
    throw new AppError(
      'recording_failed',
      `No session can begin now: ${this.bytes} bytes of recordings wait for object storage, of ${this.#bytesMax} that may.`,
    );
  }

  /** Looks at the disk. @param stored sessions whose recordings do not wait for anything any more */
  async measure(stored: { has(sessionId: string): boolean } = NOBODY): Promise<void> {
    const writtenBefore = this.#written;
    let bytes = 0;
    for (const name of await namesIn(this.#directory)) {
      const sessionId = sessionOfFile(name);
      if (sessionId !== null && stored.has(sessionId)) continue;
      if (SPOOLED.test(name)) bytes += await sizeOf(join(this.#directory, name));
    }
    this.#measured = bytes;
    this.#written -= writtenBefore;
  }
}
