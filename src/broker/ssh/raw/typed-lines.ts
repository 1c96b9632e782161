/**
 * What a person types, line by line, as plain keys. A key that edits in a way only the target knows makes the line
 * unknown: then what was typed is nobody's guess.
 */

export interface TypedLine {
  /** Null when keys that move, complete or recall were among those of the line. */
  readonly text: string | null;
  /** Where the cursor was when the line was begun; null when it was begun before the line above had ended. */
  readonly from: number | null;
}

export type TypedKey =
  | { readonly kind: 'enter'; readonly line: TypedLine }
  /** Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-\: whatever was typed is dropped. */
  | { readonly kind: 'drop' };

const LINE_CHARACTERS_MAX = 4_096;
const PASTE_BEGINS = '\u001b[200~';
const PASTE_ENDS = '\u001b[201~';
const DROPPING = new Set(['\u0003', '\u0004', '\u001a', '\u001c']);

export class TypedLines {
  readonly #decoder = new TextDecoder();
  #text: string | null = '';
  #from: number | null = null;
  #begun = false;

  /**
   * @param at.cursor where the cursor is now; null when the line in which it is says nothing about these keys
   * @returns what ends a line, in order
   */
  push(chunk: Buffer, at: { readonly cursor: number | null }): TypedKey[] {
    const keys: TypedKey[] = [];
    let { cursor } = at;
    // A paste is marked by sequences around it, which are not part of it.
    const typed = this.#decoder.decode(chunk, { stream: true });
    for (const key of typed.replaceAll(PASTE_BEGINS, '').replaceAll(PASTE_ENDS, '')) {
      if (key === '\r' || key === '\n') {
        if (!this.#begun) this.#from = cursor;
        keys.push({ kind: 'enter', line: { text: this.#text, from: this.#from } });
        this.drop();
        // What follows was typed before anybody saw where it goes.
        cursor = null;
      } else if (DROPPING.has(key)) {
        keys.push({ kind: 'drop' });
        this.drop();
        cursor = null;
      } else this.#type(key, cursor);
    }
    return keys;
  }

  /** What was typed of this line is not looked at. */
  drop(): void {
    this.#text = '';
    this.#from = null;
    this.#begun = false;
  }

  /** The line on the screen is over, though this one is not: what was typed cannot be told from it. */
  lose(): void {
    if (this.#begun) this.#text = null;
  }

  #type(key: string, cursor: number | null): void {
    if (!this.#begun) this.#from = cursor;
    this.#begun = true;
    if (this.#text === null) return;
    if (key === '\u007f' || key === '\b') this.#text = [...this.#text].slice(0, -1).join('');
    else if (key < ' ' || this.#text.length >= LINE_CHARACTERS_MAX) this.#text = null;
    else this.#text += key;
  }
}
