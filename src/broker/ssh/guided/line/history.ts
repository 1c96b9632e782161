/** The lines of one session, newest last. Nothing of it is stored. */
const LINES_MAX = 1_000;
const CHARACTERS_MAX = 262_144;

export class History {
  #lines: string[] = [];
  #characters = 0;
  /** How many were let go, so that numbers stay what they were. */
  #dropped = 0;

  get length(): number {
    return this.#lines.length;
  }

  /** @param index from 0, the oldest; undefined where there is none */
  at(index: number): string | undefined {
    return index < 0 ? undefined : this.#lines[index];
  }

  /** Keeps a line, but not an empty one, one that begins with a space, or the same twice in a row. */
  add(line: string): void {
    if (line.trim() === '' || line.startsWith(' ') || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    this.#characters += line.length;
    while (this.#lines.length > LINES_MAX || this.#characters > CHARACTERS_MAX) {
      this.#characters -= this.#lines.shift()?.length ?? this.#characters;
      this.#dropped += 1;
    }
  }

  /** Takes the newest line out again. Does nothing where that is another one. */
  takeBack(line: string): void {
    if (line !== this.#lines.at(-1)) return;
    this.#lines.pop();
    this.#characters -= line.length;
  }

  /** The newest line that holds `wanted`, before the index `before`. @returns -1 when there is none */
  searchBackward(wanted: string, before: number): number {
    for (let index = Math.min(before, this.#lines.length) - 1; index >= 0; index -= 1)
      if (this.#lines[index]?.includes(wanted) === true) return index;
    return -1;
  }

  searchForward(wanted: string, after: number): number {
    return this.#lines.findIndex((line, index) => index > after && line.includes(wanted));
  }

  /** With the numbers that lines have kept from the start. */
  numbered(): readonly { readonly number: number; readonly line: string }[] {
    return this.#lines.map((line, index) => ({ number: this.#dropped + index + 1, line }));
  }
}
