/** Builds one message: the type byte, the length that counts itself, the fields. */

export class BodyWriter {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    this.#parts.push(Buffer.of(value));
    return this;
  }

  int16(value: number): this {
    const bytes = Buffer.allocUnsafe(2);
    bytes.writeUInt16BE(value & 0xffff);
    this.#parts.push(bytes);
    return this;
  }

  int32(value: number): this {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(value >>> 0);
    this.#parts.push(bytes);
    return this;
  }

  /** Zero-terminated. A zero inside would end the string early for the reader, so it is left out. */
  string(text: string): this {
    this.#parts.push(Buffer.from(`${text.replaceAll('\0', '')}\0`, 'utf8'));
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return this;
  }

  value(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int32(-1);
    return this.int32(bytes.byteLength).bytes(bytes);
  }

  /** The whole message. Start-up packets have no type byte. */
  message(type: number | null): Buffer {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 4);
    const header = Buffer.allocUnsafe(type === null ? 4 : 5);
    if (type !== null) header.writeUInt8(type);
    header.writeUInt32BE(length, header.length - 4);
    return Buffer.concat([header, ...this.#parts]);
  }
}
