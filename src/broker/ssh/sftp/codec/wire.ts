/** Numbers and strings of a packet (RFC 4251, section 5). Limits first; a packet that ends too early is a violation. */
import { violation } from './violation.ts';

export class WireReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at: number;

  /** @param what names the packet in a violation */
  constructor(bytes: Buffer, what: string, from = 0) {
    this.#bytes = bytes;
    this.#what = what;
    this.#at = from;
  }

  /** Bytes that were read. */
  get position(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  /** A view of the packet. */
  string(bytesMax: number): Buffer {
    const length = this.uint32();
    if (length > bytesMax) throw violation(`A string in ${this.#what} is longer than ${bytesMax} bytes`);
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Passes over whatever is left. */
  skip(): void {
    this.#at = this.#bytes.length;
  }

  /** @throws AppError `invalid_input` when something follows */
  end(): void {
    if (this.left > 0) throw violation(`Something follows ${this.#what}`);
  }

  #advance(bytes: number): number {
    const from = this.#at;
    if (bytes > this.#bytes.length - from) throw violation(`Of ${this.#what} the end is missing`);
    this.#at = from + bytes;
    return from;
  }
}

/** One part of a packet: a number is a uint32, a bigint a uint64, a buffer a string with its length. */
export type WirePart = number | bigint | Buffer | { readonly raw: Buffer };

function bytesOf(part: WirePart): number {
  if (typeof part === 'number') return 4;
  if (typeof part === 'bigint') return 8;
  return Buffer.isBuffer(part) ? 4 + part.length : part.raw.length;
}

function put(packet: Buffer, part: WirePart, at: number): number {
  if (typeof part === 'number') return packet.writeUInt32BE(part, at);
  if (typeof part === 'bigint') return packet.writeBigUInt64BE(part, at);
  const from = Buffer.isBuffer(part) ? packet.writeUInt32BE(part.length, at) : at;
  return from + (Buffer.isBuffer(part) ? part : part.raw).copy(packet, from);
}

/** A packet with its length field. */
export function encodePacket(type: number, parts: readonly WirePart[]): Buffer {
  const bytes = parts.reduce<number>((sum, part) => sum + bytesOf(part), 1);
  const packet = Buffer.allocUnsafe(4 + bytes);
  packet.writeUInt32BE(bytes, 0);
  packet.writeUInt8(type, 4);
  let at = 5;
  for (const part of parts) at = put(packet, part, at);
  return packet;
}
