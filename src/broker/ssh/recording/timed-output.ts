/**
 * A terminal's output on its way into the recording. Where a mask detects, it waits for the end of its line, and is
 * recorded with the time at which it was shown.
 */
import type { Detection } from '../../../policies/detectors/detection.ts';
import type { EventQueue, Slot } from './event-queue.ts';
import { LineMask, type Run } from './line-mask.ts';

/** A line that does not end is recorded after this long, masked as far as it is known. */
const WAIT_MS = 5_000;
const LINE_FEED = 0x0a;

export interface RecordedOutput {
  push(chunk: Buffer, detection: Detection | null): void;
  end(): void;
  letGo(): void;
}

interface Piece {
  readonly slot: Slot;
  sourceLeft: number;
  text: string;
}

export class TimedOutput implements RecordedOutput {
  readonly #queue: EventQueue;
  readonly #of: {
    readonly channel: number;
    readonly statement: number | null;
    readonly stream: 'stdout' | 'stderr';
  };
  readonly #ageMs: () => number;
  readonly #decoder = new TextDecoder();
  readonly #pieces: Piece[] = [];
  #mask: { readonly detection: Detection; readonly lines: LineMask } | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: {
    readonly queue: EventQueue;
    readonly of: {
      readonly channel: number;
      readonly statement: number | null;
      readonly stream: 'stdout' | 'stderr';
    };
    readonly ageMs: () => number;
  }) {
    this.#queue = options.queue;
    this.#of = options.of;
    this.#ageMs = options.ageMs;
  }

  push(chunk: Buffer, detection: Detection | null): void {
    if (detection !== (this.#mask?.detection ?? null)) {
      this.letGo();
      this.#mask = detection === null ? null : { detection, lines: new LineMask(detection) };
    }
    for (const { length } of this.#mask === null ? [chunk] : linesAndRest(chunk)) {
      const slot = this.#queue.reserve({ type: 'output', atMs: this.#ageMs(), ...this.#of });
      this.#pieces.push({ slot, sourceLeft: length, text: '' });
    }
    this.#take(this.#mask === null ? [{ source: chunk.length, shown: chunk }] : this.#mask.lines.push(chunk));
  }

  end(): void {
    this.letGo();
    const rest = this.#decoder.decode();
    if (rest !== '') this.#queue.add({ type: 'output', atMs: this.#ageMs(), ...this.#of, text: rest });
  }

  letGo(): void {
    if (this.#mask !== null) this.#take(this.#mask.lines.flush());
  }

  #take(runs: readonly Run[]): void {
    for (const run of runs) this.#takeOne(run);
    if (this.#timer !== null && this.#pieces.length > 0) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#pieces.length === 0 ? null : this.#waitFor();
  }

  #waitFor(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timer = null;
      this.letGo();
    }, WAIT_MS);
    return timer.unref();
  }

  /** What was not masked goes to the pieces it came in; what was stands where it began. */
  #takeOne({ source, shown }: Run): void {
    const unmasked = source === shown.length;
    let left = source;
    let at = 0;
    for (let piece = this.#pieces[0]; piece !== undefined && left > 0; piece = this.#pieces[0]) {
      const taken = Math.min(left, piece.sourceLeft);
      const part = unmasked ? shown.subarray(at, at + taken) : shown.subarray(at);
      at += part.length;
      piece.text += this.#decoder.decode(part, { stream: true });
      piece.sourceLeft -= taken;
      left -= taken;
      if (piece.sourceLeft > 0) continue;
      this.#pieces.shift();
      piece.slot.fill(piece.text);
    }
  }
}

/** Whoever watches is shown the lines that have ended at once, without what waits for the end of its own. */
function linesAndRest(chunk: Buffer): readonly Buffer[] {
  const cut = chunk.lastIndexOf(LINE_FEED) + 1;
  return [chunk.subarray(0, cut), chunk.subarray(cut)].filter(({ length }) => length > 0);
}
