/**
 * DataRows with some of their values replaced, written one behind the other into large pieces of memory: what
 * is not replaced is copied in spans, and neighbours leave in one write.
 */
import { BACKEND } from './codec/message-types.ts';
import { violation } from './codec/violation.ts';

/** What is shown instead of a value that is not NULL: always the same, or what the value gives. Null is NULL. */
export type Replacement =
  | { readonly always: Buffer | null }
  | { readonly of: (value: Buffer) => Buffer | null };

const PIECE_BYTES = 65_536;
const HEADER_BYTES = 5;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** Big-endian; without the checks of Buffer, whose cost shows here: `at` is within the message. */
function int32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}

export class RowRewriter {
  readonly #columns: readonly (Replacement | null)[];
  #piece: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Where the row that is being written begins. */
  #start = 0;

  /** @param columns by position; null passes the value as it is */
  constructor(columns: readonly (Replacement | null)[]) {
    this.#columns = columns;
  }

  /**
   * @param message a whole DataRow
   * @throws AppError `invalid_input` when the row does not have these columns
   */
  rewrite(message: Buffer): Buffer {
    const columns = this.#columns;
    const { length } = message;
    if (length < HEADER_BYTES + COUNT_BYTES || message.readUInt16BE(HEADER_BYTES) !== columns.length)
      throw violation('A row has other columns than its description');
    let copied = HEADER_BYTES;
    let at = HEADER_BYTES + COUNT_BYTES;
    this.#begin(length);
    for (const replace of columns) {
      if (at + LENGTH_BYTES > length) throw violation('DataRow is too short');
      const bytes = int32At(message, at);
      const value = at + LENGTH_BYTES;
      const next = bytes === NULL_LENGTH ? value : value + bytes;
      if (bytes < NULL_LENGTH || next > length)
        throw violation('A value of a DataRow has an impossible length');
      if (replace !== null && bytes !== NULL_LENGTH) {
        this.#copy(message, copied, at);
        this.#write('always' in replace ? replace.always : replace.of(message.subarray(value, next)));
        copied = next;
      }
      at = next;
    }
    if (at !== length) throw violation('DataRow is longer than its values');
    this.#copy(message, copied, length);
    return this.#end();
  }

  #begin(bytes: number): void {
    if (this.#piece.length - this.#used < bytes + HEADER_BYTES)
      this.#grow(Math.max(PIECE_BYTES, 2 * bytes), this.#used);
    this.#start = this.#used;
    this.#used += HEADER_BYTES;
  }

  /** The row so far moves to a new piece, because a row lies in one. */
  #grow(bytes: number, start: number): void {
    const row = this.#piece.subarray(start, this.#used);
    this.#piece = Buffer.allocUnsafeSlow(bytes);
    row.copy(this.#piece);
    this.#used = row.length;
    this.#start = 0;
  }

  #room(bytes: number): void {
    const row = this.#used - this.#start;
    if (this.#piece.length - this.#used < bytes)
      this.#grow(Math.max(PIECE_BYTES, 2 * (row + bytes)), this.#start);
  }

  #copy(message: Buffer, from: number, to: number): void {
    this.#room(to - from);
    // Short spans are faster without a call out of JavaScript.
    if (to - from <= 64) {
      const piece = this.#piece;
      let at = this.#used;
      for (let index = from; index < to; index += 1) piece[at++] = message[index] ?? 0;
      this.#used = at;
    } else {
      this.#used += message.copy(this.#piece, this.#used, from, to);
    }
  }

  #write(value: Buffer | null): void {
    this.#room(LENGTH_BYTES + (value?.length ?? 0));
    this.#used = this.#piece.writeInt32BE(value?.length ?? NULL_LENGTH, this.#used);
    if (value !== null) this.#copy(value, 0, value.length);
  }

  #end(): Buffer {
    const row = this.#piece.subarray(this.#start, this.#used);
    this.#piece[this.#start] = BACKEND.dataRow;
    this.#piece.writeInt32BE(row.length - 1, this.#start + 1);
    return row;
  }
}
