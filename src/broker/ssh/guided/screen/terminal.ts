/**
 * The client's terminal: one line that is edited at its end, and everything else above it. All that is drawn goes
 * through the recording, so that a replay shows what the person saw.
 */
import { Writable } from 'node:stream';
import { visibleText } from '../../../../core/visible-text.ts';
import type { ClientChannel, OutputFlow, TerminalSize } from '../../host-session.ts';
import { COLUMNS_MIN, type Frame, layOut, rowAfterReflow, windowOf } from './frame.ts';
import { EMPTY_FRAME, ERASE_ROW, erased, left, painted } from './paint.ts';
import { SafeOutput } from './safe-output.ts';
import { wrapWords } from './wrap-words.ts';

const CONTINUATION = '> ';
/** What a client without a window says is 0 by 0. */
const USUAL: TerminalSize = { columns: 80, rows: 24 };
const COLUMNS_MAX = 1_000;
const ROWS_MAX = 1_000;
const BRACKETED_PASTE_ON = '\x1b[?2004h';
const BRACKETED_PASTE_OFF = '\x1b[?2004l';
const CLEAR = '\x1b[H\x1b[2J';
const BELL = '\x07';

export interface Edited {
  readonly prompt: string;
  readonly text: string;
  readonly cursor: number;
}

function usable({ columns, rows }: TerminalSize): TerminalSize {
  if (columns < 1 || rows < 1) return USUAL;
  return { columns: Math.min(Math.max(columns, COLUMNS_MIN), COLUMNS_MAX), rows: Math.min(rows, ROWS_MAX) };
}

export class Terminal {
  readonly #to: Writable;
  readonly #flow: OutputFlow;
  #size: TerminalSize;
  /** Null while no line is edited. */
  #edited: Edited | null = null;
  #frame: Frame = EMPTY_FRAME;
  #atLineStart = true;
  #hasStatus = false;

  /** @param flow that of the recording for what the broker draws itself */
  constructor(channel: Pick<ClientChannel, 'stdout' | 'terminal'>, flow: OutputFlow) {
    this.#to = channel.stdout;
    this.#flow = flow;
    this.#size = usable(channel.terminal ?? USUAL);
  }

  get columns(): number {
    return this.#size.columns;
  }

  /** Begins to edit a line, at the beginning of a row. */
  open(edited: Edited): void {
    this.status(null);
    this.#draw(`${this.#atLineStart ? '' : '\r\n'}${BRACKETED_PASTE_ON}`);
    this.#frame = EMPTY_FRAME;
    this.#edited = edited;
    this.show(edited);
  }

  /** The line, or its cursor, has changed. */
  show(edited: Edited): void {
    const frame = windowOf(this.#layOut(edited), this.#size.rows);
    this.#draw(painted(this.#frame, frame));
    this.#edited = edited;
    this.#frame = frame;
  }

  /** Nothing of it is edited any more: it stays, whole, and what follows is below it. */
  close(edited: Edited, mark = ''): void {
    const whole = this.#layOut({ ...edited, cursor: edited.text.length });
    const fits = whole.rows.length <= this.#size.rows;
    const shown = fits ? painted(this.#frame, whole) : `${erased(this.#frame)}${painted(EMPTY_FRAME, whole)}`;
    const end = mark === '' ? left(whole) : `${mark}\r\n`;
    this.#edited = null;
    this.#frame = EMPTY_FRAME;
    this.#draw(`${shown}${end}${BRACKETED_PASTE_OFF}`);
    this.#atLineStart = true;
  }

  /** Whatever is written next, and by whom, begins a row of its own. */
  leave(): void {
    if (this.#edited !== null) this.close(this.#edited);
    else if (!this.#atLineStart) this.lines([]);
  }

  /** What the broker says, broken between words, above the line that is edited. */
  sentences(sentences: readonly string[]): void {
    const lines = sentences.flatMap((sentence) => visibleText(sentence).split('\n'));
    this.lines(lines.flatMap((line) => wrapWords(line, this.#size.columns)));
  }

  /** Lines of the broker's own, as they are, above the line that is edited. */
  lines(lines: readonly string[]): void {
    this.status(null);
    const edited = this.#edited;
    const text = lines.map((line) => `${visibleText(line).replaceAll('\n', '\r\n')}\r\n`).join('');
    const before = edited === null ? this.#fresh() : erased(this.#frame);
    this.#draw(`${before}${text}`);
    this.#atLineStart = true;
    if (edited === null) return;
    this.#frame = EMPTY_FRAME;
    this.show(edited);
  }

  /** One row that the next one takes the place of, while no line is edited; null takes it away. */
  status(text: string | null): void {
    if (this.#edited !== null || (text === null && !this.#hasStatus)) return;
    const shown = text === null ? '' : visibleText(text).slice(0, this.#size.columns - 1);
    this.#draw(`${this.#hasStatus ? `\r${ERASE_ROW}` : this.#fresh()}${shown}`);
    this.#hasStatus = text !== null;
    this.#atLineStart = true;
  }

  clear(): void {
    this.#draw(CLEAR);
    this.#frame = EMPTY_FRAME;
    if (this.#edited !== null) this.show(this.#edited);
  }

  bell(): void {
    this.#draw(BELL);
  }

  /** What a terminal does with rows that are too wide now differs: those that are surely the line's are drawn anew. */
  resize(size: TerminalSize): void {
    this.#size = usable(size);
    const edited = this.#edited;
    if (edited === null) return;
    const row = Math.min(this.#frame.cursor.row, rowAfterReflow(this.#frame, this.#size.columns));
    this.#draw(erased(this.#frame, row));
    this.#frame = EMPTY_FRAME;
    this.show(edited);
  }

  /** Where a command's output goes. */
  commandOutput(): Writable {
    const safe = new SafeOutput();
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.status(null);
        const shown = safe.push(chunk);
        this.#atLineStart = safe.atLineStart;
        this.#to.write(shown, () => done());
      },
      final: (done) => {
        const wasAtLineStart = safe.atLineStart;
        const shown = safe.end();
        if (wasAtLineStart && !safe.atLineStart) this.#atLineStart = false;
        this.#to.write(shown, () => done());
      },
    });
  }

  #layOut(edited: Edited): Frame {
    return layOut({ ...edited, continuation: CONTINUATION, columns: this.#size.columns });
  }

  #fresh(): string {
    return this.#atLineStart ? '' : '\r\n';
  }

  #draw(text: string): void {
    if (text !== '') this.#to.write(this.#flow.push(Buffer.from(text, 'utf8')));
  }
}
