/**
 * Turns a file (or bytes) into frames without holding the file in memory. Structure only: nothing
 * here is authenticated yet.
 */
import { createReadStream } from 'node:fs';
import { AppError, messageOf } from '../core/errors.ts';
import { type Frame, MAGIC, MAGIC_PREFIX_BYTES, parseFrame } from './frame.ts';
import { isSystemError } from './layout.ts';

const CHUNK_BYTES = 262_144;

/** A file, a recording that comes in chunks, or a whole one in memory. */
export type RecordingSource =
  | {
      readonly path: string;
      /** Asked at the end of the file: true once there may be more. Without it the end is the end. */
      readonly more?: () => Promise<boolean>;
    }
  /** As they come from elsewhere, up to the end. */
  | { readonly chunks: AsyncIterable<Buffer> }
  | { readonly bytes: Uint8Array };

/** Where and why the frames stop; `offset` is the first byte that is not part of a whole frame. */
export type FramesEnd =
  | { readonly kind: 'end'; readonly offset: number }
  | { readonly kind: 'torn'; readonly offset: number; readonly bytes: number }
  | {
      readonly kind: 'malformed';
      readonly offset: number;
      readonly code: 'not_a_recording' | 'unsupported_version' | 'malformed_frame';
      readonly message: string;
    };

export type FrameItem = { readonly kind: 'frame'; readonly frame: Frame } | FramesEnd;

/**
 * Yields the frames in file order, then one item that is not a frame. A frame's buffers are parts of
 * a larger one: copy what is kept.
 * @throws AppError `not_found` for a missing file, `unavailable` when it cannot be read
 */
export async function* readFrames(source: RecordingSource): AsyncGenerator<FrameItem> {
  let held: Buffer = Buffer.alloc(0);
  let heldOffset = 0;
  let magicSeen = false;
  for await (const chunk of chunksOf(source)) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let at = 0;
    if (!magicSeen) {
      const fault = magicFault(held);
      if (fault !== null) return yield fault;
      if (held.length < MAGIC.length) continue;
      magicSeen = true;
      at = MAGIC.length;
    }
    for (;;) {
      const parsed = parseFrame(held, { at, offset: heldOffset + at });
      if (parsed.kind === 'short') break;
      if (parsed.kind === 'malformed') {
        const { message } = parsed;
        return yield { kind: 'malformed', offset: heldOffset + at, code: 'malformed_frame', message };
      }
      yield parsed;
      at += parsed.frame.bytes.length;
    }
    held = held.subarray(at);
    heldOffset += at;
  }
  if (held.length > 0) yield { kind: 'torn', offset: heldOffset, bytes: held.length };
  else yield { kind: 'end', offset: heldOffset };
}

/** Null while what is there could still become the magic. */
function magicFault(start: Buffer): FramesEnd | null {
  const length = Math.min(start.length, MAGIC.length);
  const known = Math.min(length, MAGIC_PREFIX_BYTES);
  if (!start.subarray(0, known).equals(MAGIC.subarray(0, known))) {
    return {
      kind: 'malformed',
      offset: 0,
      code: 'not_a_recording',
      message: 'this is not a Sallyport recording',
    };
  }
  if (length === MAGIC.length && !start.subarray(0, length).equals(MAGIC)) {
    const message = `format version ${start[MAGIC_PREFIX_BYTES]} is not known to this program`;
    return { kind: 'malformed', offset: MAGIC_PREFIX_BYTES, code: 'unsupported_version', message };
  }
  return null;
}

async function* chunksOf(source: RecordingSource): AsyncGenerator<Buffer> {
  if ('bytes' in source) {
    yield Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
    return;
  }
  if ('chunks' in source) return yield* source.chunks;
  try {
    let start = 0;
    do {
      const options = { highWaterMark: CHUNK_BYTES, start };
      const stream: AsyncIterable<Buffer> = createReadStream(source.path, options);
      for await (const chunk of stream) {
        start += chunk.length;
        yield chunk;
      }
    } while ((await source.more?.()) === true);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) {
      throw new AppError('not_found', `There is no recording at ${source.path}.`, { cause: error });
    }
    throw new AppError('unavailable', `Reading the recording failed: ${messageOf(error)}`, { cause: error });
  }
}
