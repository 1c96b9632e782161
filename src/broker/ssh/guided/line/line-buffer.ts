/** The line that is being edited: its text, the cursor, what was killed and what can be undone. No terminal. */
import { nextBoundary, previousBoundary } from '../screen/glyphs.ts';
import { type Line, MOTIONS, type Motion } from './motions.ts';

/** UTF-16 units. The analyzer reads twice as many, but each key lays all of them out. */
export const LINE_CHARACTERS_MAX = 16_384;
const UNDO_STEPS_MAX = 500;
const UNDO_CHARACTERS_MAX = 4 * LINE_CHARACTERS_MAX;

const EMPTY: Line = { text: '', cursor: 0 };

export class LineBuffer {
  #line = EMPTY;
  #undo: Line[] = [];
  #undoCharacters = 0;
  #killed = '';
  /** What the step before was: typed letters undo together, kills that follow each other are one. */
  #last: 'insert' | 'kill' | 'other' = 'other';

  get text(): string {
    return this.#line.text;
  }

  get cursor(): number {
    return this.#line.cursor;
  }

  /** @returns false, and nothing changes, when the line would become too long */
  insert(text: string): boolean {
    const { text: before, cursor } = this.#line;
    if (before.length + text.length > LINE_CHARACTERS_MAX) return false;
    const joined = `${before.slice(0, cursor)}${text}${before.slice(cursor)}`;
    const wasTyping = this.#last === 'insert' && text.length === 1 && text !== ' ';
    this.#change({ text: joined, cursor: cursor + text.length }, wasTyping);
    this.#last = text.length === 1 ? 'insert' : 'other';
    return true;
  }

  move(motion: Motion): void {
    this.#line = { text: this.#line.text, cursor: motion(this.#line) };
    this.#last = 'other';
  }

  /** Takes a line from elsewhere, the cursor at its end. It cannot be undone into the one before. */
  set(text: string): void {
    this.#line = { text, cursor: text.length };
    this.#undo = [];
    this.#undoCharacters = 0;
    this.#last = 'other';
  }

  /** Puts something in place of a part of the line. @returns false when it would become too long */
  replace(part: { readonly from: number; readonly to: number }, text: string): boolean {
    const { text: before } = this.#line;
    if (before.length - (part.to - part.from) + text.length > LINE_CHARACTERS_MAX) return false;
    const joined = `${before.slice(0, part.from)}${text}${before.slice(part.to)}`;
    this.#change({ text: joined, cursor: part.from + text.length }, false);
    this.#last = 'other';
    return true;
  }

  /** @returns false when there was nothing */
  erase(motion: Motion): boolean {
    const taken = this.#cut(motion);
    this.#last = 'other';
    return taken !== null;
  }

  /** As `erase`, and keeps what it takes for `yank`. */
  kill(motion: Motion): boolean {
    const goesOn = this.#last === 'kill';
    const taken = this.#cut(motion);
    if (taken === null) return false;
    if (!goesOn) this.#killed = taken.text;
    else this.#killed = taken.isBefore ? `${taken.text}${this.#killed}` : `${this.#killed}${taken.text}`;
    this.#killed = this.#killed.slice(0, LINE_CHARACTERS_MAX);
    this.#last = 'kill';
    return true;
  }

  yank(): boolean {
    if (this.#killed === '') return false;
    const inserted = this.insert(this.#killed);
    this.#last = 'other';
    return inserted;
  }

  /** Exchanges the characters around the cursor; at the end of a line the last two. */
  transpose(): boolean {
    const { text, cursor } = this.#line;
    const middle = MOTIONS.lineEnd(this.#line) === cursor ? previousBoundary(text, cursor) : cursor;
    const from = previousBoundary(text, middle);
    const to = nextBoundary(text, middle);
    const [first, second] = [text.slice(from, middle), text.slice(middle, to)];
    if (first === '' || second === '' || first === '\n' || second === '\n') return false;
    return this.replace({ from, to }, `${second}${first}`);
  }

  undo(): boolean {
    const before = this.#undo.pop();
    if (before === undefined) return false;
    this.#undoCharacters -= before.text.length;
    this.#line = before;
    this.#last = 'other';
    return true;
  }

  #cut(motion: Motion): { readonly text: string; readonly isBefore: boolean } | null {
    const { text, cursor } = this.#line;
    const other = motion(this.#line);
    if (other === cursor) return null;
    const [from, to] = [Math.min(cursor, other), Math.max(cursor, other)];
    this.#change({ text: `${text.slice(0, from)}${text.slice(to)}`, cursor: from }, false);
    return { text: text.slice(from, to), isBefore: other < cursor };
  }

  #change(line: Line, joinsTheLast: boolean): void {
    if (!joinsTheLast) {
      this.#undo.push(this.#line);
      this.#undoCharacters += this.#line.text.length;
    }
    while (this.#undo.length > UNDO_STEPS_MAX || this.#undoCharacters > UNDO_CHARACTERS_MAX)
      this.#undoCharacters -= this.#undo.shift()?.text.length ?? this.#undoCharacters;
    this.#line = line;
  }
}
