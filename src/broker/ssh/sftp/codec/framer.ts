/**
 * Cuts a byte stream into packets (length, type, body), whatever the chunks look like. Pure. A packet is delivered when
 * all of it is there, as views of the chunks that it came in: data is never copied.
 */
import { violation } from './violation.ts';

const HEADER_BYTES = 5;
const ID_AT = 5;

/** A whole packet, with its length field. */
export class Packet {
  readonly type: number;
  readonly bytes: number;
  #parts: Buffer[];

  constructor(type: number, parts: Buffer[]) {
    this.type = type;
    this.#parts = parts;
    this.bytes = parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** What it came in, in order. */
  get parts(): readonly Buffer[] {
    return this.#parts;
  }

  /** In one piece. */
  whole(): Buffer {
    const [first = Buffer.alloc(0)] = this.#parts;
    if (this.#parts.length <= 1) return first;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [whole];
    return whole;
  }

  /** At least that much of its beginning in one piece, if there is that much. */
  head(bytes: number): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && (first.length >= bytes || this.#parts.length === 1)) return first;
    const joined: Buffer[] = [];
    let length = 0;
    while (length < bytes) {
      const part = this.#parts.shift();
      if (part === undefined) break;
      joined.push(part);
      length += part.length;
    }
    const last = joined.pop();
    const rest = length > bytes && last !== undefined ? last.subarray(last.length - (length - bytes)) : null;
    if (last !== undefined) joined.push(rest === null ? last : last.subarray(0, last.length - rest.length));
    const head = Buffer.concat(joined);
    if (rest !== null) this.#parts.unshift(rest);
    this.#parts.unshift(head);
    return head;
  }

  /** Everything from there on, as views. */
  *from(position: number): Iterable<Buffer> {
    let skip = position;
    for (const part of this.#parts) {
      if (skip < part.length) yield part.subarray(skip);
      skip = Math.max(0, skip - part.length);
    }
  }

  /** The number that pairs a request with its answer. @throws AppError `invalid_input` when there is none */
  get id(): number {
    if (this.bytes < ID_AT + 4) throw violation('A packet has no number');
    return this.head(ID_AT + 4).readUInt32BE(ID_AT);
  }

  /** Changes it in place. */
  set id(id: number) {
    if (this.bytes < ID_AT + 4) throw violation('A packet has no number');
    this.head(ID_AT + 4).writeUInt32BE(id, ID_AT);
  }
}

export class PacketFramer {
  readonly #bytesMaxOf: (type: number) => number;
  readonly #deliver: (packet: Packet) => void;
  #parts: Buffer[] = [];
  #held = 0;
  /** Of the packet that is coming in, with its length field; 0 while its header is not there. */
  #wanted = 0;
  #type = 0;

  /**
   * @param options.bytesMaxOf the largest packet of a type, its length field included; throws for types that are none
   * @param options.deliver may throw; the framer is of no use then
   */
  constructor(options: {
    readonly bytesMaxOf: (type: number) => number;
    readonly deliver: (packet: Packet) => void;
  }) {
    this.#bytesMaxOf = options.bytesMaxOf;
    this.#deliver = options.deliver;
  }

  /** True between two packets. */
  get isBetween(): boolean {
    return this.#held === 0;
  }

  /** @throws AppError `invalid_input` for a packet that is too large, too small or of no known type */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const missing = (this.#wanted === 0 ? HEADER_BYTES : this.#wanted) - this.#held;
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      this.#keep(part);
      if (this.#wanted === 0 && this.#held === HEADER_BYTES) this.#readHeader();
      if (this.#wanted === 0 || this.#held < this.#wanted) continue;
      const packet = new Packet(this.#type, this.#parts);
      this.#parts = [];
      this.#held = 0;
      this.#wanted = 0;
      this.#deliver(packet);
    }
  }

  /** What follows in memory is one view with what came before. */
  #keep(part: Buffer): void {
    const last = this.#parts.at(-1);
    this.#held += part.length;
    if (
      last !== undefined &&
      last.buffer === part.buffer &&
      last.byteOffset + last.length === part.byteOffset
    ) {
      this.#parts[this.#parts.length - 1] = Buffer.from(
        last.buffer,
        last.byteOffset,
        last.length + part.length,
      );
      return;
    }
    this.#parts.push(part);
  }

  #readHeader(): void {
    const header = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    const length = header?.readUInt32BE(0) ?? 0;
    if (length < 1) throw violation('A packet announces no type');
    this.#type = header?.readUInt8(4) ?? 0;
    const bytesMax = this.#bytesMaxOf(this.#type);
    if (4 + length > bytesMax)
      throw violation(`A packet of type ${this.#type} is larger than ${bytesMax} bytes`);
    this.#wanted = 4 + length;
  }
}
