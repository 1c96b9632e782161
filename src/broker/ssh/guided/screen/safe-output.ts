/**
 * Output of programs that have no terminal, for a person who has one. Line feeds get their carriage return, colours
 * pass, and every other control is written out: it could move the cursor, hide text, or make the terminal type.
 */

const LINE_FEED = 0x0a;
const ESCAPE = 0x1b;
const DELETE = 0x7f;
/** The first byte of U+0080 to U+009F in UTF-8, of which terminals take some for escape sequences. */
const BEFORE_C1 = 0xc2;
/** What would have to be kept for a colour that has not ended. */
const COLOUR_BYTES_MAX = 64;
const PASSES: ReadonlySet<number> = new Set([0x08, 0x09, 0x0d]);
/** Behind the escape. */
const COLOUR_BEGINS = /^(?:\[[\d;:]*)?$/;
const COLOUR = /^\[[\d;:]*m$/;
const RESET = Buffer.from('\x1b[m', 'latin1');

function caret(byte: number): string {
  return `^${String.fromCharCode(byte ^ 0x40)}`;
}

export class SafeOutput {
  /** The beginning of a colour, or of a character, whose end has not come. */
  #open = '';
  #coloured = false;
  #atLineStart = true;

  /** True before anything was shown, and behind a line feed. */
  get atLineStart(): boolean {
    return this.#atLineStart;
  }

  push(chunk: Buffer): Buffer {
    let shown = '';
    for (const byte of chunk) shown += this.#take(byte);
    return Buffer.from(shown, 'latin1');
  }

  /** What was kept, and the plain colour again. */
  end(): Buffer {
    const rest = Buffer.from(this.#writtenOut(), 'latin1');
    const reset = this.#coloured ? RESET : Buffer.alloc(0);
    this.#coloured = false;
    return Buffer.concat([rest, reset]);
  }

  #take(byte: number): string {
    const character = String.fromCharCode(byte);
    if (this.#open === '') return this.#first(byte, character);
    const both = `${this.#open}${character}`;
    if (this.#open.charCodeAt(0) === BEFORE_C1) {
      this.#open = '';
      if (byte >= 0x80 && byte < 0xa0) return this.#plain(`\\u{${byte.toString(16)}}`);
      return this.#plain(String.fromCharCode(BEFORE_C1)) + this.#first(byte, character);
    }
    if (COLOUR.test(both.slice(1))) {
      this.#open = '';
      this.#coloured = true;
      return both;
    }
    if (COLOUR_BEGINS.test(both.slice(1)) && both.length < COLOUR_BYTES_MAX) {
      this.#open = both;
      return '';
    }
    return this.#writtenOut() + this.#first(byte, character);
  }

  #first(byte: number, character: string): string {
    if (byte === ESCAPE || byte === BEFORE_C1) {
      this.#open = character;
      return '';
    }
    if (byte === LINE_FEED) {
      this.#atLineStart = true;
      return '\r\n';
    }
    const isControl = byte < 0x20 || byte === DELETE;
    return this.#plain(isControl && !PASSES.has(byte) ? caret(byte) : character);
  }

  #plain(text: string): string {
    this.#atLineStart = false;
    return text;
  }

  /** What was kept is no colour. */
  #writtenOut(): string {
    const kept = this.#open;
    this.#open = '';
    if (kept === '') return '';
    return this.#plain(kept.charCodeAt(0) === ESCAPE ? `${caret(ESCAPE)}${kept.slice(1)}` : kept);
  }
}
