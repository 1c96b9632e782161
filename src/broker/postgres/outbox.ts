/**
 * What goes to one socket, gathered and written at once. Neighbouring pieces of one chunk become one
 * piece again, so that traffic which passes untouched is written as it was read.
 */
import type { Socket } from 'node:net';

export class Outbox {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** The run of neighbours that is being gathered; where it lies in its memory, so that no piece is made for each. */
  #run: Buffer | null = null;
  #runEnd = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(part: Buffer): void {
    this.#bytes += part.length;
    const run = this.#run;
    if (run !== null && run.buffer === part.buffer && this.#runEnd === part.byteOffset) {
      this.#runEnd += part.length;
      return;
    }
    this.#endRun();
    this.#run = part;
    this.#runEnd = part.byteOffset + part.length;
  }

  discard(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#run = null;
  }

  /** @returns false when the socket asks to wait for `drain` before more is written */
  send(): boolean {
    if (this.#run === null) return true;
    this.#endRun();
    const parts = this.#parts;
    const [only] = parts;
    this.discard();
    if (only === undefined || !this.#socket.writable) return true;
    return this.#socket.write(parts.length === 1 ? only : Buffer.concat(parts));
  }

  #endRun(): void {
    const run = this.#run;
    if (run === null) return;
    const length = this.#runEnd - run.byteOffset;
    this.#parts.push(length === run.length ? run : Buffer.from(run.buffer, run.byteOffset, length));
    this.#run = null;
  }
}

/** Pauses a socket while anyone has a reason to, and resumes it when the last reason is gone. */
export class Valve {
  readonly #socket: Socket;
  readonly #reasons = new Set<string>();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  hold(reason: string): void {
    this.#reasons.add(reason);
    this.#socket.pause();
  }

  release(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#socket.resume();
  }
}
