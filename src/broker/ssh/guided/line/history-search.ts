/** Ctrl-R: the newest line of the history that holds what is typed. */
import type { Key } from '../keys/key.ts';
import type { History } from './history.ts';
import type { Line } from './motions.ts';

const WANTED_CHARACTERS_MAX = 200;

export type SearchReaction =
  | { readonly kind: 'searching'; readonly found: boolean }
  /** The line is as it was before. */
  | { readonly kind: 'given-up' }
  /** The key means what it always means, for the line that was found; null when none was. */
  | { readonly kind: 'over'; readonly index: number | null };

const SEARCHING: SearchReaction = { kind: 'searching', found: true };

export class HistorySearch {
  readonly #history: History;
  readonly #before: Line;
  #wanted = '';
  #index: number | null = null;
  #failed = false;

  constructor(history: History, before: Line) {
    this.#history = history;
    this.#before = { text: before.text, cursor: before.cursor };
  }

  get prompt(): string {
    return `(${this.#failed ? 'not found' : 'search'}: ${this.#wanted}) `;
  }

  get shown(): Line {
    const text = this.#index === null ? undefined : this.#history.at(this.#index);
    if (text === undefined) return this.#before;
    return { text, cursor: Math.max(0, text.indexOf(this.#wanted)) };
  }

  press(key: Key): SearchReaction {
    if (key.kind === 'text')
      return this.#look(`${this.#wanted}${key.text}`, (this.#index ?? this.#history.length - 1) + 1);
    if (key.kind === 'key') {
      switch (key.name) {
        case 'C-r':
          return this.#look(this.#wanted, this.#index ?? this.#history.length);
        case 'C-s':
          return this.#lookForward();
        case 'Backspace':
          return this.#look([...this.#wanted].slice(0, -1).join(''), this.#history.length);
        case 'C-g':
          return { kind: 'given-up' };
        default:
      }
    }
    return { kind: 'over', index: this.#index };
  }

  #look(wanted: string, before: number): SearchReaction {
    if (wanted.length > WANTED_CHARACTERS_MAX || /\p{Cc}/u.test(wanted))
      return { kind: 'searching', found: false };
    this.#wanted = wanted;
    if (wanted === '') return SEARCHING;
    return this.#found(this.#history.searchBackward(wanted, before));
  }

  #lookForward(): SearchReaction {
    return this.#found(this.#history.searchForward(this.#wanted, this.#index ?? this.#history.length));
  }

  #found(index: number): SearchReaction {
    this.#failed = index < 0;
    if (index >= 0) this.#index = index;
    return { kind: 'searching', found: index >= 0 };
  }
}
