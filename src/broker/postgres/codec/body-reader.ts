/** Reads the fields of one message body in order. Every read is bounded by the body's end. */
import { isUtf8 } from 'node:buffer';
import { violation } from './violation.ts';

export class BodyReader {
  readonly #bytes: Buffer;
  readonly #message: string;
  #offset = 0;

  /** @param message the message's name, for the error a truncated body gives */
  constructor(bytes: Buffer, message: string) {
    this.#bytes = bytes;
    this.#message = message;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  int8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  /** Things with their count before them, which PostgreSQL reads as unsigned (65535 parameters are legal). */
  list<Item>(read: (reader: BodyReader) => Item): Item[] {
    const count = this.#bytes.readUInt16BE(this.#advance(2));
    const items: Item[] = [];
    for (let index = 0; index < count; index += 1) items.push(read(this));
    return items;
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** An object identifier. */
  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The bytes of a zero-terminated string, without the zero. */
  stringBytes(): Buffer {
    const start = this.#offset;
    return this.#bytes.subarray(start, this.#endOfString());
  }

  /** Text to show, never to compare: invalid UTF-8 becomes U+FFFD, so two byte strings could read the same. */
  string(): string {
    const start = this.#offset;
    return this.#bytes.toString('utf8', start, this.#endOfString());
  }

  /** A name that is looked up later: invalid UTF-8 is refused, so two names never read the same. */
  name(): string {
    // Most statements and portals have none.
    if (this.#bytes[this.#offset] === 0) {
      this.#offset += 1;
      return '';
    }
    const bytes = this.stringBytes();
    if (!isUtf8(bytes)) throw violation(`${this.#message} has a name that is not UTF-8`);
    return bytes.toString('utf8');
  }

  /** A value with a length before it; a negative length is SQL NULL. */
  value(): Buffer | null {
    const length = this.int32();
    if (length < -1) throw violation(`${this.#message} has a value of negative length`);
    return length === -1 ? null : this.take(length);
  }

  /** The body must end here. */
  end(): void {
    if (this.remaining !== 0) throw violation(`${this.#message} is longer than its fields`);
  }

  /** Moves behind the zero. @returns where it is */
  #endOfString(): number {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end === -1) throw violation(`${this.#message} has a string without an end`);
    this.#offset = end + 1;
    return end;
  }

  #advance(length: number): number {
    if (length < 0 || this.remaining < length) throw violation(`${this.#message} ends before its fields do`);
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
