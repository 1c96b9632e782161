/**
 * The line of a terminal in which the cursor is, as far as a line editor needs: what was printed there, and the few
 * movements within it. It guesses where a full emulator would know, so it serves nothing that must be right.
 */
import { terminalParts } from '../../../recording/escape-sequences.ts';

/** Of a line; what is behind is not followed. */
const CELLS_MAX = 4_096;

const BACKSPACE = 0x08;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

export class ScreenLine {
  #cells: string[] = [];
  #cursor = 0;
  #columns: number;

  constructor(columns: number) {
    this.#columns = Math.max(1, columns);
  }

  get cursor(): number {
    return this.#cursor;
  }

  resize(columns: number): void {
    this.#columns = Math.max(1, columns);
  }

  /** What stands from there on, without the space at the end. */
  textFrom(cell: number): string {
    return this.#cells.slice(cell).join('').trimEnd();
  }

  clear(): void {
    this.#cells = [];
    this.#cursor = 0;
  }

  /** @param text without line feeds and without sequences that are not complete */
  write(text: string): void {
    for (const { kind, start, end } of terminalParts(text)) {
      const part = text.slice(start, end);
      if (kind === 'text') for (const character of part) this.#put(character);
      else if (kind === 'csi') this.#move(part);
    }
  }

  #put(character: string): void {
    const code = character.codePointAt(0) ?? 0;
    if (code === BACKSPACE) this.#cursor = Math.max(0, this.#cursor - 1);
    else if (code === CARRIAGE_RETURN) this.#cursor -= this.#cursor % this.#columns;
    else if (code >= SPACE && code !== 0x7f && this.#cursor < CELLS_MAX) {
      while (this.#cells.length < this.#cursor) this.#cells.push(' ');
      this.#cells[this.#cursor] = character;
      this.#cursor += 1;
    }
  }

  /** ECMA-48, section 8.3: CUF, CUB, CHA, CUU, CUD, EL, DCH, ICH. */
  #move(sequence: string): void {
    const given = Number.parseInt(sequence.slice(2, -1), 10);
    const count = Math.min(CELLS_MAX, Number.isNaN(given) ? 1 : Math.max(1, given));
    const row = this.#cursor - (this.#cursor % this.#columns);
    switch (sequence.at(-1)) {
      case 'C':
        this.#goTo(this.#cursor + count);
        break;
      case 'D':
        this.#goTo(this.#cursor - count);
        break;
      case 'G':
        this.#goTo(row + count - 1);
        break;
      case 'A':
        this.#goTo(this.#cursor - count * this.#columns);
        break;
      case 'B':
        this.#goTo(this.#cursor + count * this.#columns);
        break;
      case 'K':
      case 'J':
        this.#erase(Number.isNaN(given) ? 0 : given);
        break;
      case 'P':
        this.#cells.splice(this.#cursor, count);
        break;
      case '@':
        this.#cells.splice(this.#cursor, 0, ...new Array<string>(count).fill(' '));
        this.#cells.length = Math.min(this.#cells.length, CELLS_MAX);
    }
  }

  #goTo(cell: number): void {
    this.#cursor = Math.min(CELLS_MAX, Math.max(0, cell));
  }

  #erase(what: number): void {
    if (what === 0) this.#cells.length = Math.min(this.#cells.length, this.#cursor);
    else if (what === 1) this.#cells.fill(' ', 0, this.#cursor + 1);
    else this.#cells = [];
  }
}
