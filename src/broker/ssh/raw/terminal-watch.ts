/**
 * Reads along in a raw terminal. A line that was typed is input for the recording only where the screen shows that
 * very line when its end is echoed: a password that is typed, pasted or typed ahead is not shown, one that is shown as
 * stars is another text. The line that the screen shows is also a guess at the command, whoever typed it; both follow
 * from what is recorded as output anyway. In the alternate screen, where full-screen programs draw, nothing is guessed.
 */
import { openFrom } from '../../../recording/escape-sequences.ts';
import { ScreenLine } from './screen-line.ts';
import { type TypedLine, TypedLines } from './typed-lines.ts';

export interface WatchedTerminal {
  /** The screen showed this line as it was typed. */
  input(line: string): void;
  mark(label: string): void;
}

const ADVISORY_CHARACTERS_MAX = 500;
/** Lines that were typed before the end of the first was echoed. */
const LINES_MAX = 100;
/** Of output that nobody's keys ask for, only the end is read. */
const READ_BYTES_MAX = 16_384;

const ESCAPE = '\u001b';
const ALTERNATE_SCREEN = new RegExp(`${ESCAPE}\\[\\?(?:[0-9]+;)*(?:1049|1047|47)(?:;[0-9]+)*([hl])`, 'g');
/** Longer than any sequence that switches the screen. */
const SWITCH_CHARACTERS_MAX = 32;
/** What stands before a command that was typed ahead. */
const PROMPT = /^.*[$#%>] (?=\S)/;
const STARS = /^[*•●\s]*$/;

export class TerminalWatch {
  readonly #watched: WatchedTerminal;
  readonly #line: ScreenLine;
  readonly #typed = new TypedLines();
  readonly #decoder = new TextDecoder();
  /** Typed to their end, which was not echoed yet. */
  readonly #entered: TypedLine[] = [];
  #alternate = false;
  /** The end of what was printed: a sequence that is not complete. */
  #open = '';
  #last = '';

  constructor(watched: WatchedTerminal, columns: number) {
    this.#watched = watched;
    this.#line = new ScreenLine(columns);
  }

  get inAlternateScreen(): boolean {
    return this.#alternate;
  }

  /** Something can be printed now without breaking a sequence of the target. */
  get betweenSequences(): boolean {
    return this.#open === '';
  }

  resize(columns: number): void {
    this.#line.resize(columns);
  }

  typed(chunk: Buffer): void {
    if (this.#alternate) return;
    const cursor = this.#entered.length === 0 ? this.#line.cursor : null;
    for (const key of this.#typed.push(chunk, { cursor })) {
      if (key.kind === 'drop') this.#entered.length = 0;
      else if (this.#entered.length < LINES_MAX) this.#entered.push(key.line);
    }
  }

  printed(chunk: Buffer): void {
    const text = this.#open + this.#decoder.decode(this.#worthReading(chunk), { stream: true });
    const open = openFrom(text);
    this.#open = text.slice(open);
    this.#switchScreen(text.slice(0, open));
    if (this.#alternate) return;
    const lines = text.slice(0, open).split('\n');
    for (const [index, part] of lines.entries()) {
      if (index > 0) this.#endLine();
      this.#line.write(part);
    }
  }

  /** All of it where a typed line waits for its echo. */
  #worthReading(chunk: Buffer): Buffer {
    if (this.#entered.length > 0 || chunk.length <= READ_BYTES_MAX) return chunk;
    this.#switchScreen(chunk.toString('latin1'));
    this.#typed.lose();
    this.#line.clear();
    this.#open = '';
    return chunk.subarray(chunk.length - READ_BYTES_MAX);
  }

  #switchScreen(text: string): void {
    const read = this.#last + text;
    for (const [, how] of read.matchAll(ALTERNATE_SCREEN)) this.#enter(how === 'h');
    this.#last = ALTERNATE_SCREEN.test(read) ? '' : read.slice(-SWITCH_CHARACTERS_MAX);
    ALTERNATE_SCREEN.lastIndex = 0;
  }

  #enter(alternate: boolean): void {
    if (alternate === this.#alternate) return;
    this.#alternate = alternate;
    this.#entered.length = 0;
    this.#typed.drop();
    this.#line.clear();
    this.#watched.mark(
      alternate
        ? 'advisory: a full-screen program; commands in it are not detected'
        : 'advisory: the full-screen program has ended',
    );
  }

  #endLine(): void {
    const line = this.#entered.shift();
    if (line === undefined) this.#typed.lose();
    else this.#compare(line);
    this.#line.clear();
  }

  #compare({ text, from }: TypedLine): void {
    const shown = from === null ? this.#line.textFrom(0).replace(PROMPT, '') : this.#line.textFrom(from);
    if (from === null && shown === this.#line.textFrom(0)) return;
    const command = shown.trim();
    if (command === '' || STARS.test(command)) return;
    if (text !== null && text.trimEnd() === shown && from !== null) this.#watched.input(`${shown}\n`);
    this.#watched.mark(`advisory: ${command.slice(0, ADVISORY_CHARACTERS_MAX)}`);
  }
}
