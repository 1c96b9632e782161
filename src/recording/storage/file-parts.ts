/** The parts of a file on disk, as they are sent. */
import { createReadStream } from 'node:fs';
import { ChecksumCounter, type Checksums } from './checksums.ts';

const PIECE_BYTES = 262_144;

export interface FilePart {
  /** From 1. */
  readonly number: number;
  readonly checksums: Checksums;
}

/** One pass over the file. */
export async function checksumsOf(
  path: string,
  partBytes: number,
): Promise<{ whole: Checksums; parts: readonly FilePart[] }> {
  const whole = new ChecksumCounter();
  const parts: FilePart[] = [];
  let part = new ChecksumCounter();
  const close = (): void => {
    if (part.bytes === 0) return;
    parts.push({ number: parts.length + 1, checksums: part.result() });
    part = new ChecksumCounter();
  };
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: PIECE_BYTES });
  for await (const piece of stream) {
    whole.add(piece);
    for (let at = 0; at < piece.length; ) {
      const end = Math.min(piece.length, at + partBytes - part.bytes);
      part.add(piece.subarray(at, end));
      at = end;
      if (part.bytes === partBytes) close();
    }
  }
  close();
  return { whole: whole.result(), parts };
}

/** @returns what is there from `offset` on, at most `bytes` of it */
export async function readPart(
  path: string,
  { offset, bytes }: { offset: number; bytes: number },
): Promise<{ body: Buffer; checksums: Checksums }> {
  const counter = new ChecksumCounter();
  const pieces: Buffer[] = [];
  if (bytes > 0) {
    const end = offset + bytes - 1;
    const stream: AsyncIterable<Buffer> = createReadStream(path, {
      start: offset,
      end,
      highWaterMark: PIECE_BYTES,
    });
    for await (const piece of stream) {
      counter.add(piece);
      pieces.push(piece);
    }
  }
  return { body: Buffer.concat(pieces), checksums: counter.result() };
}
