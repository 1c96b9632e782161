/** The recording of one channel of a client. */
import type { Detection } from '../../../policies/detectors/detection.ts';
import type { HostEvent } from '../../../recording/events.ts';
import type { ChannelRecord, Exit, FileTransfer, OutputFlow, TerminalSize } from '../host-session.ts';
import { EventQueue } from './event-queue.ts';
import { CommandFlow, type CurrentDetection, TerminalFlow } from './output-flow.ts';
import { type RecordedBudget, RecordedHead } from './recorded-head.ts';

/** Commands of a channel run one at a time, so the streams of one are asked for together. */
const BUDGETS_MAX = 16;

export interface ChannelRecordOptions {
  readonly channel: number;
  readonly note: (event: HostEvent) => void;
  readonly ageMs: () => number;
  readonly detection: CurrentDetection;
  /** Of one command's output, what is recorded. */
  readonly outputBytesMax: number;
  /** Bytes that a terminal prints. @returns false when no more may be shown */
  readonly countTerminal: (bytes: number) => boolean;
}

export class RecordedChannel implements ChannelRecord {
  readonly #options: ChannelRecordOptions;
  readonly #queue: EventQueue;
  readonly #terminals = new Set<TerminalFlow>();
  readonly #budgets = new Map<number | null, RecordedBudget>();
  #closed = false;

  constructor(options: ChannelRecordOptions) {
    this.#options = options;
    this.#queue = new EventQueue({ note: options.note, onFull: () => this.#letGo() });
  }

  output(of: Parameters<ChannelRecord['output']>[0]): OutputFlow {
    const { channel, detection, ageMs, countTerminal: count } = this.#options;
    const statement = of.statement?.statement ?? null;
    if (of.as === 'terminal') {
      const place = { channel, statement, stream: of.stream };
      const flow = new TerminalFlow({
        detection,
        queue: this.#queue,
        ageMs,
        count,
        of: place,
        onEnd: () => this.#terminals.delete(flow),
      });
      this.#terminals.add(flow);
      return flow;
    }
    // Its outcome is noted when it is over, behind its output.
    const onEnd = (): void => this.#queue.flush();
    return new CommandFlow({ detection, head: this.#head(statement, of.stream), onEnd });
  }

  input(text: string, statement: Parameters<ChannelRecord['input']>[1]): void {
    this.#add({ type: 'input', statement: statement?.statement ?? null, text: this.#masked(text) });
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#add({ type: 'resize', columns, rows });
  }

  mark(label: string): void {
    this.#add({ type: 'mark', label: this.#masked(label) });
  }

  flush(): void {
    this.#queue.flush();
  }

  file(transfer: FileTransfer): void {
    this.#add({ type: 'file', ...transfer, path: this.#masked(transfer.path) });
  }

  /** Once; what comes later is ignored. */
  close({ status, signal }: Exit): void {
    if (this.#closed) return;
    this.#letGo();
    this.#add({ type: 'channel-end', status, signal });
    this.#queue.close();
    this.#closed = true;
  }

  #head(statement: number | null, stream: 'stdout' | 'stderr'): RecordedHead {
    const budget = this.#budgets.get(statement) ?? { bytesLeft: this.#options.outputBytesMax };
    this.#budgets.set(statement, budget);
    const [oldest] = this.#budgets.keys();
    if (this.#budgets.size > BUDGETS_MAX && oldest !== undefined) this.#budgets.delete(oldest);
    const name = statement === null ? stream : `${stream} of #${statement}`;
    return new RecordedHead({
      budget,
      name,
      record: (text) => {
        if (text !== '') this.#add({ type: 'output', statement, stream, text });
      },
      mark: (label) => this.#add({ type: 'mark', label }),
    });
  }

  #letGo(): void {
    for (const flow of this.#terminals) flow.letGo();
  }

  #add(event: Unplaced): void {
    if (this.#closed) return;
    const { channel, ageMs } = this.#options;
    this.#queue.add({ ...event, channel, atMs: ageMs() });
  }

  #masked(text: string): string {
    return maskedText(text, this.#options.detection());
  }
}

/** Without what every event of a channel has. */
type Unplaced = HostEvent extends infer Event
  ? Event extends HostEvent
    ? Omit<Event, 'atMs' | 'channel'>
    : never
  : never;

function maskedText(text: string, detection: Detection | null): string {
  return detection?.mask(text)?.text ?? text;
}
