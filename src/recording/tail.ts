/** What lies behind the authentic part of a file: what a crash can leave there, or damage. */
import { createReadStream } from 'node:fs';
import { isSignedBy } from './checkpoint.ts';
import { CHECKPOINT_BODY_BYTES, FRAME_HEADER_BYTES, type Frame, parseFrame } from './frame.ts';
import type { RecordingKeys } from './keys.ts';
import { keysOf } from './public-key.ts';

const CHECKPOINT_BYTES = FRAME_HEADER_BYTES + CHECKPOINT_BODY_BYTES;
/** How a checkpoint frame begins: its length and its type. */
const CHECKPOINT_START = Buffer.from([0, 0, 0, CHECKPOINT_BODY_BYTES, 4]);

/** A power cut can leave a file longer than its data: such a tail reads as zeros and holds nothing. */
export async function isZeroFrom(path: string, offset: number): Promise<boolean> {
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: offset });
  for await (const chunk of stream) {
    if (chunk.some((byte) => byte !== 0)) return false;
  }
  return true;
}

/**
 * Whether a checkpoint that we signed for this session stands anywhere from `offset` on. Then what is between
 * was on its way to be durable, and its damage is no crash's.
 */
export async function hasSignatureFrom(
  path: string,
  input: { offset: number; keys: RecordingKeys; sessionId: string },
): Promise<boolean> {
  const { sessionId } = input;
  const publicKeys = keysOf(input.keys.trusted);
  const isOurs = (frame: Frame): boolean =>
    publicKeys.some(({ key }) => isSignedBy(key, { sessionId, frame }));
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: input.offset });
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = Buffer.concat([held, chunk]);
    for (let at = held.indexOf(CHECKPOINT_START); at !== -1; at = held.indexOf(CHECKPOINT_START, at + 1)) {
      const parsed = parseFrame(held, { at, offset: 0 });
      if (parsed.kind === 'frame' && isOurs(parsed.frame)) return true;
    }
    held = held.subarray(Math.max(0, held.length - CHECKPOINT_BYTES + 1));
  }
  return false;
}
