/** What is shown of a stream of output, and what is recorded of it. */
import type { Detection } from '../../../policies/detectors/detection.ts';
import type { OutputFlow } from '../host-session.ts';
import type { EventQueue } from './event-queue.ts';
import { LineMask, shownOf } from './line-mask.ts';
import type { RecordedHead } from './recorded-head.ts';
import { type RecordedOutput, TimedOutput } from './timed-output.ts';

const NOTHING = Buffer.alloc(0);

/** The masks of the session's policy as it is now; the same object until they change. */
export type CurrentDetection = () => Detection | null;

/** Of a command: what is shown is what is recorded, both masked line by line. */
export class CommandFlow implements OutputFlow {
  readonly #detection: CurrentDetection;
  readonly #head: RecordedHead;
  readonly #onEnd: () => void;
  #mask: Mask | null = null;
  #maskedBefore = 0;
  #bytes = 0;

  constructor(options: {
    readonly detection: CurrentDetection;
    readonly head: RecordedHead;
    readonly onEnd: () => void;
  }) {
    this.#detection = options.detection;
    this.#onEnd = options.onEnd;
    this.#head = options.head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maskedCells(): number {
    return this.#maskedBefore + (this.#mask?.lines.maskedCells ?? 0);
  }

  push(chunk: Buffer): Buffer {
    const held = this.#renewMask();
    const shown = this.#mask === null ? chunk : shownOf(this.#mask.lines.push(chunk));
    return this.#show(held.length === 0 ? shown : Buffer.concat([held, shown]));
  }

  idle(): Buffer {
    return this.#mask === null ? NOTHING : this.#show(shownOf(this.#mask.lines.flush()));
  }

  end(): Buffer {
    const shown = this.#show(this.#mask === null ? NOTHING : shownOf(this.#mask.lines.flush()));
    this.#head.end();
    this.#onEnd();
    return shown;
  }

  #show(shown: Buffer): Buffer {
    this.#bytes += shown.length;
    this.#head.add(shown);
    return shown;
  }

  /** @returns what another policy's masks held back */
  #renewMask(): Buffer {
    const detection = this.#detection();
    if (detection === (this.#mask?.detection ?? null)) return NOTHING;
    const held = this.#mask === null ? NOTHING : shownOf(this.#mask.lines.flush());
    this.#maskedBefore = this.maskedCells;
    this.#mask = maskOf(detection);
    return held;
  }
}

interface Mask {
  readonly detection: Detection;
  readonly lines: LineMask;
}

function maskOf(detection: Detection | null): Mask | null {
  return detection === null ? null : { detection, lines: new LineMask(detection) };
}

/**
 * Of a terminal: shown at once, so that a key is echoed without delay. A value is masked there as far as it is
 * known when its bytes come, and in the recording as a whole, because that waits for the line's end.
 */
export class TerminalFlow implements OutputFlow {
  readonly #detection: CurrentDetection;
  readonly #recorded: RecordedOutput;
  /** @returns false when no more may be shown */
  readonly #count: (bytes: number) => boolean;
  readonly #onEnd: () => void;
  #mask: Mask | null = null;
  #maskedBefore = 0;
  #bytes = 0;

  constructor(options: {
    readonly detection: CurrentDetection;
    readonly queue: EventQueue;
    readonly of: {
      readonly channel: number;
      readonly statement: number | null;
      readonly stream: 'stdout' | 'stderr';
    };
    readonly ageMs: () => number;
    readonly count: (bytes: number) => boolean;
    readonly onEnd: () => void;
  }) {
    this.#detection = options.detection;
    this.#onEnd = options.onEnd;
    this.#count = options.count;
    this.#recorded = new TimedOutput(options);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maskedCells(): number {
    return this.#maskedBefore + (this.#mask?.lines.maskedCells ?? 0);
  }

  push(chunk: Buffer): Buffer {
    if (!this.#count(chunk.length)) return NOTHING;
    const detection = this.#detection();
    if (detection !== (this.#mask?.detection ?? null)) {
      this.#maskedBefore = this.maskedCells;
      this.#mask = maskOf(detection);
    }
    this.#recorded.push(chunk, detection);
    const shown = this.#mask === null ? chunk : shownAtOnce(this.#mask.lines, chunk);
    this.#bytes += shown.length;
    return shown;
  }

  /** Everything was shown at once. */
  idle(): Buffer {
    return NOTHING;
  }

  end(): Buffer {
    this.#recorded.end();
    this.#onEnd();
    return NOTHING;
  }

  /** What waits for the end of its line is recorded now. */
  letGo(): void {
    this.#recorded.letGo();
  }
}

function shownAtOnce(lines: LineMask, chunk: Buffer): Buffer {
  const runs = lines.push(chunk);
  return shownOf([...runs, ...lines.flush()]);
}
