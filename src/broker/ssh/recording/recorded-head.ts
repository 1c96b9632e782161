/** The beginning of a command's output as it is recorded, and what is said of the rest. */

/** Of one command, both streams together. */
export interface RecordedBudget {
  bytesLeft: number;
}

export class RecordedHead {
  readonly #budget: RecordedBudget;
  readonly #record: (text: string) => void;
  readonly #mark: (label: string) => void;
  readonly #name: string;
  readonly #decoder = new TextDecoder();
  #bytes = 0;
  #recordedBytes = 0;
  #ended = false;

  /** @param options.name of the stream, for the mark */
  constructor(options: {
    readonly budget: RecordedBudget;
    readonly name: string;
    readonly record: (text: string) => void;
    readonly mark: (label: string) => void;
  }) {
    this.#budget = options.budget;
    this.#name = options.name;
    this.#record = options.record;
    this.#mark = options.mark;
  }

  /** What was shown. */
  add(shown: Buffer): void {
    if (shown.length === 0) return;
    this.#bytes += shown.length;
    const taken = Math.min(shown.length, this.#budget.bytesLeft);
    if (taken === 0) return;
    this.#budget.bytesLeft -= taken;
    this.#recordedBytes += taken;
    this.#record(this.#decoder.decode(shown.subarray(0, taken), { stream: true }));
  }

  /** Once; what comes later is ignored. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#record(this.#decoder.decode());
    if (this.#bytes === this.#recordedBytes) return;
    this.#mark(`${this.#name}: the first ${this.#recordedBytes} of ${this.#bytes} bytes are recorded`);
  }
}
