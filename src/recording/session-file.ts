/** The file of one recording, while it is written to. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { writeAll } from './write-all.ts';

const fdatasyncOf = promisify(fdatasync);
const fsyncOf = promisify(fsync);

export class SessionFile {
  #fd: number | null;
  #bytes = 0;
  /** Never rejects; a descriptor in use must not be closed. */
  #inUse: Promise<unknown> = Promise.resolve();

  /** Creates the file (mode 0600), never an existing one. */
  constructor(path: string) {
    const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
    this.#fd = openSync(path, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600);
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws Error also when the file was removed, or has grown by what somebody else wrote: a seal, say */
  write(bytes: Uint8Array): void {
    const fd = this.#open();
    const { size, nlink } = fstatSync(fd);
    if (nlink === 0) throw new Error('its file was removed');
    if (size !== this.#bytes) throw new Error('its file was written to, or cut, by somebody else');
    writeAll(fd, bytes);
    this.#bytes += bytes.length;
  }

  /** Takes back the beginning of a file, of which nobody was told. */
  empty(): void {
    ftruncateSync(this.#open(), 0);
    this.#bytes = 0;
  }

  syncNow(): void {
    fdatasyncSync(this.#open());
  }

  sync(): Promise<void> {
    return this.#use(fdatasyncOf(this.#open()));
  }

  /** Makes the whole file durable and gives the descriptor back. */
  async finish(): Promise<void> {
    await this.#inUse;
    await this.#use(fsyncOf(this.#open()));
    this.#close();
  }

  /** Gives the descriptor back when nothing uses it; that it may be bad already is why. */
  async release(): Promise<void> {
    await this.#inUse;
    try {
      this.#close();
    } catch {
      // Broken already: there is nothing left to give back.
    }
  }

  #open(): number {
    if (this.#fd === null) throw new Error('its file is closed');
    return this.#fd;
  }

  #use(work: Promise<void>): Promise<void> {
    const ended = work.catch(() => undefined);
    this.#inUse = Promise.all([this.#inUse, ended]);
    return work;
  }

  /** Once only: the number could belong to another file afterwards. */
  #close(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeSync(fd);
  }
}
