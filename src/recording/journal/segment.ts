/** One file of the journal, while it is written to. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, rmSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import type { RandomBytes } from '../../store/sealing.ts';
import { IV_BYTES } from '../header.ts';
import type { RecordingKeys } from '../keys.ts';
import { journalPath } from '../layout.ts';
import { DATA_KEY_BYTES } from '../stream.ts';
import { writeAll } from '../write-all.ts';
import { encodeSegmentStart, JournalSealer, wrappingContext } from './format.ts';

export interface NewSegment {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly clock: Clock;
  readonly random?: RandomBytes;
  readonly journalId: string;
  /** Its number. */
  readonly segment: number;
}

export class JournalSegment {
  readonly number: number;
  readonly path: string;
  readonly fd: number;
  readonly #sealer: JournalSealer;
  #bytes = 0;

  /**
   * Creates the file (mode 0600). Its beginning and the first text are one write, so that a file that can be
   * read names its sessions.
   */
  constructor(input: NewSegment & { firstText: string }) {
    const { clock, random = randomBytes, journalId, segment } = input;
    const keys = input.keys.newest;
    const dataKey = random(DATA_KEY_BYTES);
    const iv = Buffer.from(random(IV_BYTES));
    const start = encodeSegmentStart({
      journalId,
      segment,
      keyId: keys.keyId,
      wrappedDataKey: Buffer.from(keys.wrapDataKey(dataKey, wrappingContext({ journalId, segment }))),
      iv,
      createdAt: clock.now().toISOString(),
    });
    this.number = segment;
    this.path = journalPath(input.directory, { journalId, segment });
    this.#sealer = new JournalSealer({ dataKey, iv, start });
    dataKey.fill(0);
    const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
    this.fd = openSync(this.path, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600);
    try {
      this.#write(Buffer.concat([start, this.#sealer.seal(input.firstText)]));
    } catch (error) {
      closeSync(this.fd);
      rmSync(this.path, { force: true });
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when the file has lost its name: what is written to it is lost with the process. */
  get isUnlinked(): boolean {
    return fstatSync(this.fd).nlink === 0;
  }

  /** One frame, one write. */
  append(text: string): void {
    this.#write(this.#sealer.seal(text));
  }

  sync(): void {
    fdatasyncSync(this.fd);
  }

  #write(bytes: Buffer): void {
    writeAll(this.fd, bytes);
    this.#bytes += bytes.length;
  }
}
