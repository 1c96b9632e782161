/**
 * What goes to one socket, gathered and written at once. Neighbouring pieces of one chunk become one
 * piece again, so that traffic which passes untouched is written as it was read.
 */
import type { Socket } from 'node:net';

export class Outbox {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(part: Buffer): void {
    this.#bytes += part.length;
    const last = this.#parts.at(-1);
    if (
      last !== undefined &&
      last.buffer === part.buffer &&
      last.byteOffset + last.length === part.byteOffset
    ) {
      this.#parts[this.#parts.length - 1] = Buffer.from(
        part.buffer,
        last.byteOffset,
        last.length + part.length,
      );
    } else {
      this.#parts.push(part);
    }
  }

  discard(): void {
    this.#parts = [];
    this.#bytes = 0;
  }

  /** @returns false when the socket asks to wait for `drain` before more is written */
  send(): boolean {
    const parts = this.#parts;
    const [only] = parts;
    if (only === undefined) return true;
    this.discard();
    if (!this.#socket.writable) return true;
    return this.#socket.write(parts.length === 1 ? only : Buffer.concat(parts));
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
