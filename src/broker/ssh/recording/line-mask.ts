/**
 * Masks output that comes in pieces: line by line, and long lines in windows that overlap. What is shown depends on
 * the bytes alone, however they were cut into pieces, unless `flush` is called between them.
 */
import type { Detection } from '../../../policies/detectors/detection.ts';
import { REDACTED } from '../../../policies/masks/apply.ts';
import { maskLine, type Replacement } from './masked-line.ts';

/** What is shown for so many bytes of the output; without a mask it is these bytes. */
export interface Run {
  readonly source: number;
  readonly shown: Buffer;
}

/** A longer line is masked in windows of this many bytes. */
export const WINDOW_BYTES = 65_536;
/** Of a window, so much waits for the next one: a value that is not longer is found wherever it lies. */
export const OVERLAP_BYTES = 16_384;
/** Of what was shown of a line, so much is looked at again with what follows. */
const CONTEXT_BYTES = 1_024;
/** Of a private key whose end does not come. */
const KEY_BYTES_MAX = 65_536;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const NOTHING = Buffer.alloc(0);
/** Of tokens and base64: a value that is longer than a window goes on with these. */
const TOKEN = /^[A-Za-z0-9+/=_.-]*/;

export class LineMask {
  readonly #detection: Detection;
  /** Of the line that has not ended: what was let go, the end of it, and what was not. */
  #context: Buffer = NOTHING;
  #pending: Buffer = NOTHING;
  #keyBytes: number | null = null;
  #swallows = false;
  #maskedCells = 0;

  constructor(detection: Detection) {
    this.#detection = detection;
  }

  get maskedCells(): number {
    return this.#maskedCells;
  }

  /** Bytes that wait for more. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** @returns what may be shown now, in order */
  push(chunk: Buffer): Run[] {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const runs: Run[] = [];
    const linesEnd = endOfLines(rest);
    if (linesEnd > 0 && this.#isHarmless(rest.subarray(0, linesEnd))) {
      runs.push(asIs(rest.subarray(0, linesEnd)));
      rest = rest.subarray(linesEnd);
    }
    for (;;) {
      const end = endOfLine(rest);
      if (end !== null && end < WINDOW_BYTES) {
        const line = rest.subarray(0, end + 1);
        if (this.#isHarmless(line)) runs.push(asIs(line));
        else runs.push(...this.#line(line.subarray(0, end)), asIs(line.subarray(end)));
        rest = rest.subarray(end + 1);
      } else if (rest.length >= WINDOW_BYTES) {
        const window = this.#window(rest.subarray(0, WINDOW_BYTES));
        runs.push(...window.runs);
        rest = rest.subarray(window.cut);
      } else break;
    }
    // Its own memory: the chunk it came with may be large.
    this.#pending = rest.length === 0 ? NOTHING : Buffer.from(rest);
    return runs;
  }

  /** Lets go what waits, though its line goes on. */
  flush(): Run[] {
    const fresh = this.#pending;
    if (fresh.length === 0) return [];
    this.#pending = NOTHING;
    const { replacements } = this.#masked(fresh);
    this.#context = tailOf(this.#context, fresh);
    return this.#shown(fresh, replacements);
  }

  /** Whether these whole lines can hold nothing to mask, read as bytes. */
  #isHarmless(lines: Buffer): boolean {
    if (this.#context.length > 0 || this.#keyBytes !== null) return false;
    return !lines.includes(ESCAPE) && !this.#detection.suspects(lines);
  }

  /** The rest of a line, without its end. */
  #line(rest: Buffer): Run[] {
    const { replacements, inKey } = this.#masked(rest);
    this.#context = NOTHING;
    this.#keyBytes = inKey ? (this.#keyBytes ?? 0) + rest.length : null;
    if (this.#keyBytes !== null && this.#keyBytes > KEY_BYTES_MAX) this.#keyBytes = null;
    const runs = this.#shown(rest, replacements);
    this.#swallows = false;
    return runs;
  }

  #window(window: Buffer): { runs: Run[]; cut: number } {
    const { replacements, sequences } = this.#masked(window);
    const uncut = [...replacements, ...sequences];
    const cut = cutOf(window, uncut);
    const part = window.subarray(0, cut);
    this.#context = tailOf(this.#context, part);
    const runs = this.#shown(
      part,
      replacements.filter(({ start }) => start < cut),
    );
    // Longer than all that is looked at: it goes on.
    if (cut === window.length) this.#swallows = true;
    return { runs, cut };
  }

  /** In offsets of what was not shown yet. */
  #masked(fresh: Buffer): ReturnType<typeof maskLine> {
    const before = this.#context.length;
    const line = before === 0 ? fresh : Buffer.concat([this.#context, fresh]);
    const found = maskLine(line, { detection: this.#detection, inKey: this.#keyBytes !== null });
    if (before === 0) return found;
    const replacements = found.replacements
      .filter(({ end }) => end > before)
      .map((one) =>
        one.start < before ? { ...one, shown: one.shown === '' ? '' : REDACTED, start: before } : one,
      )
      .map((one) => ({ ...one, start: one.start - before, end: one.end - before }));
    const sequences = found.sequences
      .filter(({ end }) => end > before)
      .map(({ start, end }) => ({ start: Math.max(0, start - before), end: end - before }));
    return { ...found, replacements, sequences };
  }

  #shown(bytes: Buffer, replacements: readonly Replacement[]): Run[] {
    const runs: Run[] = [];
    let at = this.#swallowed(bytes);
    if (at > 0) runs.push({ source: at, shown: NOTHING });
    for (const { start, end, shown, first } of replacements) {
      if (end <= at) continue;
      if (start > at) runs.push(asIs(bytes.subarray(at, start)));
      const from = Math.max(start, at);
      if (first) this.#maskedCells += 1;
      runs.push({ source: end - from, shown: Buffer.from(shown, 'utf8') });
      at = end;
    }
    if (at < bytes.length) runs.push(asIs(bytes.subarray(at)));
    return runs;
  }

  #swallowed(bytes: Buffer): number {
    if (!this.#swallows) return 0;
    const token = TOKEN.exec(bytes.toString('latin1'))?.[0].length ?? 0;
    this.#swallows = token === bytes.length;
    return token;
  }
}

/** What was shown for the runs, together; the very bytes where nothing was masked. */
export function shownOf(runs: readonly Run[]): Buffer {
  const [only] = runs;
  if (only === undefined) return NOTHING;
  return runs.length === 1 ? only.shown : Buffer.concat(runs.map(({ shown }) => shown));
}

function asIs(bytes: Buffer): Run {
  return { source: bytes.length, shown: bytes };
}

/** Before what is masked or a sequence, and before a character of several bytes; behind what leaves no other place. */
function cutOf(window: Buffer, uncut: readonly { readonly start: number; readonly end: number }[]): number {
  let cut = WINDOW_BYTES - OVERLAP_BYTES;
  for (let moved = true; moved; ) {
    const across = uncut.find(({ start, end }) => start < cut && end > cut);
    moved = across !== undefined;
    if (across === undefined) break;
    if (across.start <= 0) return Math.min(across.end, window.length);
    cut = across.start;
  }
  let whole = cut;
  while (whole > cut - 3 && whole > 1 && ((window[whole] ?? 0) & 0xc0) === 0x80) whole -= 1;
  return whole;
}

/** Of both together, from the beginning of a character. */
function tailOf(before: Buffer, shown: Buffer): Buffer {
  const all = before.length === 0 ? shown : Buffer.concat([before, shown]);
  let from = Math.max(0, all.length - CONTEXT_BYTES);
  while (from > 0 && from < all.length && ((all[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return Buffer.from(all.subarray(from));
}

/** The index of the first line end; null when there is none. */
function endOfLine(bytes: Buffer): number | null {
  const feed = bytes.indexOf(LINE_FEED);
  const limit = feed === -1 ? bytes.length : feed;
  const carriage = bytes.subarray(0, limit).indexOf(CARRIAGE_RETURN);
  if (carriage !== -1) return carriage;
  return feed === -1 ? null : feed;
}

/** The index behind the last line end; 0 when there is none. */
function endOfLines(bytes: Buffer): number {
  return Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(CARRIAGE_RETURN)) + 1;
}
