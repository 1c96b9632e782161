/**
 * Cuts a byte stream into messages (type byte, length, body), whatever the chunks look like. Pure: no
 * I/O and no knowledge of what a message means. The owner says for each header how to treat the message:
 *
 * - `whole`: delivered once it is complete (a view of the chunk where it arrived in one piece);
 * - `stream`: delivered piece by piece, as the pieces arrive, without being kept;
 * - `skip`: dropped without being kept, and announced when it has passed.
 *
 * The owner throws from `treat` to refuse a message: the length is known, the body is not read.
 */
import { violation } from './violation.ts';

const HEADER_BYTES = 5;

export type Treatment = 'whole' | 'stream' | 'skip';

const NOTHING: Buffer = Buffer.alloc(0);
const WHOLE = { first: true, last: true } as const;

/** @throws AppError `invalid_input` for a length that no message has */
function bodyBytesOf(bytes: Buffer, offset: number): number {
  const bodyBytes = bytes.readInt32BE(offset + 1) - 4;
  if (bodyBytes < 0) throw violation('A message announces a length below 4');
  return bodyBytes;
}

export interface FrameSink {
  /**
   * A type whose whole streamed messages may come several to a piece. `treat` is asked about each of them, and
   * must not rely on those before it having been delivered.
   */
  readonly batched?: number;
  /** @param chunkBytes left of the chunk from the message's header on; 0 when the header began in another one */
  treat(type: number, bodyBytes: number, chunkBytes: number): Treatment;
  /** `bytes` is the message with its header. */
  whole(type: number, bytes: Buffer): void;
  /** The pieces of a streamed message in order, header included in the first. */
  piece(type: number, bytes: Buffer, position: { readonly first: boolean; readonly last: boolean }): void;
  skipped(type: number, bodyBytes: number): void;
}

interface Pending {
  readonly type: number;
  readonly treatment: Treatment;
  readonly bodyBytes: number;
  /** Bytes of the message, header included, that have not arrived yet. */
  missing: number;
  readonly kept: Buffer[];
}

export class Framer {
  readonly #sink: FrameSink;
  #header = NOTHING;
  #pending: Pending | null = null;
  #paused = false;
  #waiting: Buffer[] = [];

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** True while a message has arrived in part. */
  get midMessage(): boolean {
    return this.#pending !== null || this.#header.length > 0;
  }

  /** Bytes that arrived while paused. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Holds everything after the message being delivered; callable from inside the sink. */
  pause(): void {
    this.#paused = true;
  }

  /** Delivers what was held. The sink may pause again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const held = this.#waiting;
    this.#waiting = [];
    for (const chunk of held) this.push(chunk);
  }

  push(chunk: Buffer): void {
    const { batched } = this.#sink;
    let offset = 0;
    // Where streamed neighbours that are not handed over yet begin.
    let run = -1;
    const endRun = (end: number): void => {
      if (run < 0 || batched === undefined) return;
      const start = run;
      run = -1;
      this.#sink.piece(batched, chunk.subarray(start, end), WHOLE);
    };
    try {
      while (offset < chunk.length) {
        if (this.#paused) {
          this.#waiting.push(chunk.subarray(offset));
          return;
        }
        if (this.#pending !== null) {
          offset = this.#proceed(this.#pending, chunk, offset);
          continue;
        }
        if (this.#header.length > 0 || chunk.length - offset < HEADER_BYTES) {
          endRun(offset);
          offset = this.#gatherHeader(chunk, offset);
          continue;
        }
        const type = chunk.readUInt8(offset);
        if (type !== batched) endRun(offset);
        const bodyBytes = bodyBytesOf(chunk, offset);
        const treatment = this.#sink.treat(type, bodyBytes, chunk.length - offset);
        const end = offset + HEADER_BYTES + bodyBytes;
        if (type === batched && treatment === 'stream' && end <= chunk.length) {
          if (run < 0) run = offset;
        } else {
          endRun(offset);
          this.#deliverInPlace({ type, treatment, bodyBytes }, chunk, offset);
        }
        offset = Math.min(end, chunk.length);
      }
    } finally {
      // Also when the sink refuses a message: those before it have passed.
      endRun(Math.min(offset, chunk.length));
    }
  }

  /** A header that arrives in parts. @returns the offset up to which the chunk was consumed */
  #gatherHeader(chunk: Buffer, offset: number): number {
    const taken = Math.min(HEADER_BYTES - this.#header.length, chunk.length - offset);
    const header = Buffer.concat([this.#header, chunk.subarray(offset, offset + taken)]);
    this.#header = header;
    if (header.length < HEADER_BYTES) return offset + taken;
    this.#header = NOTHING;
    const type = header.readUInt8(0);
    const bodyBytes = bodyBytesOf(header, 0);
    const treatment = this.#sink.treat(type, bodyBytes, 0);
    this.#open({ type, treatment, bodyBytes }, header);
    return offset + taken;
  }

  /** The common case: the header lies in this chunk, and mostly the body does as well. */
  #deliverInPlace(
    message: { type: number; treatment: Treatment; bodyBytes: number },
    chunk: Buffer,
    offset: number,
  ): void {
    const { type, treatment, bodyBytes } = message;
    const end = offset + HEADER_BYTES + bodyBytes;
    if (end > chunk.length) {
      this.#open(message, chunk.subarray(offset));
      return;
    }
    if (treatment === 'whole') this.#sink.whole(type, chunk.subarray(offset, end));
    else if (treatment === 'stream') this.#sink.piece(type, chunk.subarray(offset, end), WHOLE);
    else this.#sink.skipped(type, bodyBytes);
  }

  #open(message: { type: number; treatment: Treatment; bodyBytes: number }, start: Buffer): void {
    const missing = HEADER_BYTES + message.bodyBytes - start.length;
    const { type, treatment, bodyBytes } = message;
    const pending: Pending = { type, treatment, bodyBytes, missing, kept: [] };
    if (missing > 0) this.#pending = pending;
    if (treatment === 'stream') this.#sink.piece(type, start, { first: true, last: missing === 0 });
    else if (treatment === 'whole') pending.kept.push(start);
    if (missing === 0) this.#finish(pending);
  }

  #proceed(pending: Pending, chunk: Buffer, offset: number): number {
    const piece = chunk.subarray(offset, offset + pending.missing);
    pending.missing -= piece.length;
    if (pending.treatment === 'whole') pending.kept.push(piece);
    if (pending.missing === 0) this.#pending = null;
    if (pending.treatment === 'stream') {
      this.#sink.piece(pending.type, piece, { first: false, last: pending.missing === 0 });
    }
    if (pending.missing === 0) this.#finish(pending);
    return offset + piece.length;
  }

  #finish(pending: Pending): void {
    if (pending.treatment === 'whole') this.#sink.whole(pending.type, Buffer.concat(pending.kept));
    else if (pending.treatment === 'skip') this.#sink.skipped(pending.type, pending.bodyBytes);
  }
}

/** The body of a whole message. */
export function bodyOf(message: Buffer): Buffer {
  return message.subarray(HEADER_BYTES);
}
