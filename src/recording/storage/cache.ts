/**
 * Recordings that are in object storage, kept on this server for whoever reads them, up to a number of bytes. The
 * ones that were read longest ago go first. Whoever has opened a file reads it to its end.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { cacheDirectory, isSystemError, recordingPath, sessionOfFile } from '../layout.ts';
import { ChecksumCounter } from './checksums.ts';

/** Between being told where a file is and opening it. */
const OPENED_WITHIN_MS = 60_000;
const UNFINISHED = /\.[0-9a-f]{16}\.part$/;

export interface Expected {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export class RecordingCache {
  readonly #directory: string;
  readonly #bytesMax: number;
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(input: { directory: string; bytesMax: number }) {
    this.#directory = cacheDirectory(input.directory);
    this.#bytesMax = input.bytesMax;
  }

  pathOf(sessionId: string): string {
    return recordingPath(this.#directory, sessionId);
  }

  /** @returns where it is, for whoever opens it soon; null when it is not kept here */
  async find(sessionId: string): Promise<string | null> {
    const path = this.pathOf(sessionId);
    const now = new Date();
    try {
      await utimes(path, now, now);
      return path;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return null;
      throw error;
    }
  }

  /** Gives the file of a recording that is stored a second name here. */
  async adopt(sessionId: string, path: string): Promise<void> {
    await this.#prepare();
    try {
      await link(path, this.pathOf(sessionId));
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
  }

  /**
   * Fetches it, once for all who ask at a time.
   * @throws AppError `unavailable` when what comes is not what was stored; whatever `read` throws
   */
  fetch(
    sessionId: string,
    input: { expected: Expected; read: () => AsyncIterable<Uint8Array> },
  ): Promise<string> {
    const underWay = this.#fetching.get(sessionId);
    if (underWay !== undefined) return underWay;
    const fetching = this.#fetch(sessionId, input).finally(() => this.#fetching.delete(sessionId));
    this.#fetching.set(sessionId, fetching);
    return fetching;
  }

  async drop(sessionId: string): Promise<void> {
    await rm(this.pathOf(sessionId), { force: true });
  }

  async sessionIds(): Promise<string[]> {
    return (await this.#names()).flatMap((name) => sessionOfFile(name) ?? []);
  }

  /** Down to the limit; what a crash left half fetched goes, too. */
  async evict(): Promise<void> {
    const files = await this.#files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const openedBefore = Date.now() - OPENED_WITHIN_MS;
    for (const file of files.toSorted((one, other) => one.usedMs - other.usedMs)) {
      if (bytes <= this.#bytesMax) return;
      if (file.usedMs > openedBefore) continue;
      await rm(file.path, { force: true });
      bytes -= file.bytes;
    }
  }

  async #fetch(
    sessionId: string,
    { expected, read }: { expected: Expected; read: () => AsyncIterable<Uint8Array> },
  ): Promise<string> {
    await this.#prepare();
    const path = this.pathOf(sessionId);
    const unfinished = `${path}.${randomBytes(8).toString('hex')}.part`;
    const counter = new ChecksumCounter();
    try {
      const file = await open(unfinished, 'wx', 0o600);
      try {
        for await (const piece of read()) {
          counter.add(piece);
          if (counter.bytes > expected.bytes) break;
          await file.writeFile(piece);
        }
      } finally {
        await file.close();
      }
      if (counter.bytes !== expected.bytes || counter.result().sha256 !== expected.sha256)
        throw new AppError('unavailable', 'What the object storage has is not what was stored there.', {
          context: { sessionId },
        });
      await rename(unfinished, path);
      return path;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#directory);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async #files(): Promise<{ path: string; bytes: number; usedMs: number }[]> {
    const kept = (await this.#names()).filter(
      (name) => sessionOfFile(name) !== null || UNFINISHED.test(name),
    );
    const found = await Promise.all(
      kept.map(async (name) => {
        const path = join(this.#directory, name);
        const facts = await stat(path).catch(() => null);
        return facts === null ? [] : [{ path, bytes: facts.size, usedMs: facts.mtimeMs }];
      }),
    );
    return found.flat();
  }
}
