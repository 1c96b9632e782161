/**
 * The frames of a `.sprec` file: pure codec, no I/O, no cryptography. docs/recording-format.md,
 * "Frames", is the specification; integers are big-endian.
 */

/** `SPREC`, CR LF (shows a transfer that rewrote line ends), format version 1. */
export const MAGIC = Buffer.from('SPREC\r\n\x01', 'latin1');
export const MAGIC_PREFIX_BYTES = 7;

/** length u32, type u8, sequence u32. */
export const FRAME_HEADER_BYTES = 9;
export const TAG_BYTES = 32;
/** Ciphertext of one frame; longer events continue in further frames. */
export const PIECE_BYTES_MAX = 262_144;
export const SEQUENCE_MAX = 0xffff_ffff;
export const CHECKPOINT_BODY_BYTES = 145;
const JSON_BODY_BYTES_MAX = 4_096;

export const FRAME_TYPES = ['header', 'event', 'piece', 'checkpoint', 'key', 'packed'] as const;
/**
 * `piece`: part of an event that the next frame continues. `event`: a whole event, or its last part. `key`: what
 * follows is sealed under another data key. `packed`: as `event`, and with the pieces before it compressed.
 */
export type FrameType = (typeof FRAME_TYPES)[number];

const TYPE_CODE: Readonly<Record<FrameType, number>> = {
  header: 1,
  event: 2,
  piece: 3,
  checkpoint: 4,
  key: 5,
  packed: 6,
};

/** Body lengths, inclusive. A length outside them is damage, not a frame still being written. */
const BODY_BYTES: Readonly<Record<FrameType, { min: number; max: number }>> = {
  header: { min: 2, max: JSON_BODY_BYTES_MAX },
  event: { min: TAG_BYTES + 1, max: PIECE_BYTES_MAX + TAG_BYTES },
  packed: { min: TAG_BYTES + 1, max: PIECE_BYTES_MAX + TAG_BYTES },
  piece: { min: TAG_BYTES + 1, max: PIECE_BYTES_MAX + TAG_BYTES },
  checkpoint: { min: CHECKPOINT_BODY_BYTES, max: CHECKPOINT_BODY_BYTES },
  key: { min: 2, max: JSON_BODY_BYTES_MAX },
};

export interface Frame {
  /** Where the frame starts in the file. */
  readonly offset: number;
  readonly type: FrameType;
  readonly sequence: number;
  /** The whole frame: header and body. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

export type ParsedFrame =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'short' }
  | { readonly kind: 'malformed'; readonly message: string };

/** Writes a frame header at `at`. */
export function writeFrameHeader(
  target: Buffer,
  header: { at: number; type: FrameType; sequence: number; bodyBytes: number },
): void {
  target.writeUInt32BE(header.bodyBytes, header.at);
  target.writeUInt8(TYPE_CODE[header.type], header.at + 4);
  target.writeUInt32BE(header.sequence, header.at + 5);
}

/** A frame around a body that is already complete. */
export function encodeFrame(input: { type: FrameType; sequence: number; body: Uint8Array }): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + input.body.length);
  writeFrameHeader(bytes, {
    at: 0,
    type: input.type,
    sequence: input.sequence,
    bodyBytes: input.body.length,
  });
  bytes.set(input.body, FRAME_HEADER_BYTES);
  return bytes;
}

/**
 * Reads the frame at `at`. `short`: the bytes end before the frame does. `offset` is that of `at`
 * in the file.
 */
export function parseFrame(bytes: Buffer, position: { at: number; offset: number }): ParsedFrame {
  const { at } = position;
  if (bytes.length - at < FRAME_HEADER_BYTES) return { kind: 'short' };
  const bodyBytes = bytes.readUInt32BE(at);
  const code = bytes.readUInt8(at + 4);
  const type = FRAME_TYPES[code - 1];
  if (type === undefined) return { kind: 'malformed', message: `${code} is not a frame type` };
  const limits = BODY_BYTES[type];
  if (bodyBytes < limits.min || bodyBytes > limits.max) {
    return { kind: 'malformed', message: `${bodyBytes} bytes is not a length of a ${type} frame` };
  }
  const end = at + FRAME_HEADER_BYTES + bodyBytes;
  if (bytes.length < end) return { kind: 'short' };
  const frame: Frame = {
    offset: position.offset,
    type,
    sequence: bytes.readUInt32BE(at + 5),
    bytes: bytes.subarray(at, end),
    body: bytes.subarray(at + FRAME_HEADER_BYTES, end),
  };
  return { kind: 'frame', frame };
}
