/** Checks an exported audit log: with the file and the deployment's public key alone. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { AppError, messageOf } from '../core/errors.ts';
import type { TrustedKey } from '../store/signing-chain.ts';
import { parseLogLine } from './log-line.ts';
import { type LogReport, LogWalk, type WitnessedHead } from './log-walk.ts';
import type { LoggedEvent } from './logged-event.ts';

const CHUNK_BYTES = 262_144;
/** No event comes near it; a file without line feeds is not read into memory. */
const LINE_BYTES_MAX = 8 * 1_048_576;
const LINE_FEED = 0x0a;

/** A file, or a whole export in memory. */
export type LogSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** Something that is wrong with what an event says beside others; `sequence` and `byte` are the event's. */
export type EventJudge = (
  event: LoggedEvent,
) => { code: 'out_of_order' | 'head_conflict'; message: string } | null;

/**
 * Reads once from start to end, in bounded memory.
 * @param input.judge sees each event in order
 * @param input.onProgress how many bytes were read so far
 * @param input.onKeys at the end: the key, and those that follow from it as the log tells
 * @throws AppError `not_found` when the file cannot be read. What is wrong with the log is an answer, not an error.
 */
export async function verifyLogFile(
  input: LogSource & {
    readonly key: TrustedKey;
    readonly witnessed?: WitnessedHead | null;
    readonly judge?: EventJudge;
    readonly onProgress?: (bytes: number) => void;
    readonly onKeys?: (trusted: TrustedKey) => void;
  },
): Promise<LogReport> {
  const walk = new LogWalk(input);
  let lines = 0;
  for await (const line of linesOf(input)) {
    takeLine(walk, line, input.judge);
    lines += 1;
    input.onProgress?.(line.byte);
  }
  if (lines === 0) {
    walk.report({ code: 'unsigned', message: 'there is nothing in this file', sequence: null, byte: 0 });
  }
  input.onKeys?.(walk.trusted);
  return walk.finish();
}

interface Line {
  /** Null for one that is longer than any line of an export, or that is no text. */
  readonly text: string | null;
  readonly byte: number;
  /** False at the end of a file that was cut. */
  readonly ended: boolean;
}

function takeLine(walk: LogWalk, { text, byte, ended }: Line, judge: EventJudge | undefined): void {
  const line = text === null ? null : parseLogLine(text);
  if (line === null || !ended) {
    const message = ended ? 'this is no line of an exported audit log' : 'the last line is incomplete';
    walk.report({ code: 'malformed_line', message, sequence: null, byte });
  }
  if (line === null) return;
  if (line.kind === 'head') {
    walk.head(line.head, byte);
    return;
  }
  walk.event(line.event, byte);
  const fault = judge?.(line.event) ?? null;
  if (fault !== null) walk.report({ ...fault, sequence: line.event.sequence, byte });
}

async function* linesOf(source: LogSource): AsyncGenerator<Line> {
  let held: Buffer = Buffer.alloc(0);
  let heldFrom = 0;
  for await (const chunk of chunksOf(source)) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let at = 0;
    for (let end = held.indexOf(LINE_FEED); end !== -1; end = held.indexOf(LINE_FEED, at)) {
      yield { text: textOf(held.subarray(at, end)), byte: heldFrom + at, ended: true };
      at = end + 1;
    }
    held = held.subarray(at);
    heldFrom += at;
    if (held.length > LINE_BYTES_MAX) return yield { text: null, byte: heldFrom, ended: true };
  }
  if (held.length > 0) yield { text: textOf(held), byte: heldFrom, ended: false };
}

async function* chunksOf(source: LogSource): AsyncGenerator<Buffer> {
  if ('bytes' in source) {
    yield Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
    return;
  }
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(source.path, { highWaterMark: CHUNK_BYTES });
    yield* stream;
  } catch (error) {
    throw new AppError('not_found', `Cannot read ${source.path}: ${messageOf(error)}`, { cause: error });
  }
}

/** What is no UTF-8 would be read like something else. */
function textOf(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
