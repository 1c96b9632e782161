/**
 * Keys -> the line that is edited, and what they ask of whoever reads it. It knows no terminal and runs nothing: a line
 * leaves it by Enter, Ctrl-J or Ctrl-O only, with exactly the text that `text` had.
 */
import type { Key } from '../keys/key.ts';
import { History } from './history.ts';
import { HistorySearch } from './history-search.ts';
import { LineBuffer } from './line-buffer.ts';
import { MOTIONS } from './motions.ts';
import { type Recalled, recalled } from './recall.ts';

/** What a key came to. */
export type Reaction =
  /** The line or the cursor may have moved. */
  | { readonly kind: 'edited' }
  /** Nothing to do, or no room. */
  | { readonly kind: 'bell' }
  | { readonly kind: 'accepted'; readonly text: string }
  /** A line or a paste that is longer than a line may be: nothing of it was taken. */
  | { readonly kind: 'too-long' }
  | { readonly kind: 'interrupted' | 'end-of-input' | 'complete' | 'clear' };

const EDITED: Reaction = { kind: 'edited' };
const BELL: Reaction = { kind: 'bell' };

type Action = (editor: LineEditor) => Reaction;

function done(changed: boolean): Reaction {
  return changed ? EDITED : BELL;
}

const moving =
  (motion: keyof typeof MOTIONS): Action =>
  ({ buffer }) => {
    buffer.move(MOTIONS[motion]);
    return EDITED;
  };
const killing =
  (motion: keyof typeof MOTIONS): Action =>
  ({ buffer }) =>
    done(buffer.kill(MOTIONS[motion]));
const erasing =
  (motion: keyof typeof MOTIONS): Action =>
  ({ buffer }) =>
    done(buffer.erase(MOTIONS[motion]));
const asking =
  (kind: 'interrupted' | 'complete' | 'clear'): Action =>
  () => ({ kind });

/** The emacs keys of readline. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'C-a': moving('lineStart'),
  Home: moving('lineStart'),
  'C-e': moving('lineEnd'),
  End: moving('lineEnd'),
  'C-b': moving('left'),
  Left: moving('left'),
  'C-f': moving('right'),
  Right: moving('right'),
  'M-b': moving('wordLeft'),
  'C-Left': moving('wordLeft'),
  'M-Left': moving('wordLeft'),
  'M-f': moving('wordRight'),
  'C-Right': moving('wordRight'),
  'M-Right': moving('wordRight'),
  Backspace: erasing('left'),
  Delete: erasing('right'),
  'C-d': ({ buffer }) => (buffer.text === '' ? { kind: 'end-of-input' } : done(buffer.erase(MOTIONS.right))),
  'C-k': killing('killEnd'),
  'C-u': killing('killStart'),
  'C-w': killing('blankWordLeft'),
  'M-d': killing('wordRight'),
  'M-Backspace': killing('wordLeft'),
  'C-y': ({ buffer }) => done(buffer.yank()),
  'C-t': ({ buffer }) => done(buffer.transpose()),
  'C-_': ({ buffer }) => done(buffer.undo()),
  'M-Enter': ({ buffer }) => done(buffer.insert('\n')),
  'C-c': asking('interrupted'),
  'C-l': asking('clear'),
  Tab: asking('complete'),
  'C-p': (editor) => editor.older(),
  Up: (editor) => editor.older(),
  'C-n': (editor) => editor.newer(),
  Down: (editor) => editor.newer(),
  'M-<': (editor) => editor.recall(0),
  'M->': (editor) => editor.recall(editor.history.length),
  'M-.': (editor) => editor.lastWord(),
  'C-r': (editor) => editor.search(),
  Enter: (editor) => editor.accept(false),
  'C-j': (editor) => editor.accept(false),
  'C-o': (editor) => editor.accept(true),
};

/** Keys that give a line up, or away. */
export const ENDS_LINE: readonly string[] = ['Enter', 'C-j', 'C-o', 'C-c'];

export class LineEditor {
  readonly buffer = new LineBuffer();
  readonly history = new History();
  readonly #isComplete: (text: string) => boolean;
  #search: HistorySearch | null = null;
  /** Which line of the history is shown; its length for the one that is new. */
  #shown = 0;
  /** The new line, while an older one is shown. */
  #draft = '';
  #overflows = false;

  /** @param isComplete false for a text that needs more lines */
  constructor(isComplete: (text: string) => boolean) {
    this.#isComplete = isComplete;
  }

  /** What stands in place of the prompt while the history is searched. */
  get searchPrompt(): string | null {
    return this.#search?.prompt ?? null;
  }

  press(key: Key): Reaction {
    if (this.#overflows) return this.#overflow(key);
    if (this.#search !== null) {
      const found = this.#search.press(key);
      if (found.kind === 'searching') return done(found.found);
      this.#search = null;
      if (found.kind === 'given-up') return EDITED;
      if (found.index !== null) this.recall(found.index);
    }
    if (key.kind === 'text') return this.#type(key.text);
    if (key.kind === 'key') return ACTIONS[key.name]?.(this) ?? BELL;
    const taken = key.text !== null && this.buffer.insert(key.text);
    return taken ? EDITED : { kind: 'too-long' };
  }

  /** The line that is shown: of the search while there is one. */
  get shown(): { readonly text: string; readonly cursor: number } {
    return this.#search?.shown ?? this.buffer;
  }

  /** A new, empty line; the one that was edited is gone. */
  startAnew(): void {
    this.#search = null;
    this.#shown = this.history.length;
    this.#draft = '';
    this.buffer.set('');
  }

  accept(thenNext: boolean): Reaction {
    const { text } = this.buffer;
    if (!this.#isComplete(text)) {
      this.buffer.move(MOTIONS.end);
      return done(this.buffer.insert('\n'));
    }
    const next = this.#shown + 1;
    const hasNext = thenNext && next < this.history.length;
    this.history.add(text);
    this.startAnew();
    if (hasNext) this.recall(next);
    return { kind: 'accepted', text };
  }

  /** What `!!` and `!$` stand for in the line that was just accepted; the history has that in its place. */
  recalledIn(text: string): Recalled {
    const newest = this.history.length - 1;
    const before = this.history.at(this.history.at(newest) === text ? newest - 1 : newest);
    const found = recalled(text, before);
    if (found.kind !== 'recalled') return found;
    this.history.takeBack(text);
    this.history.add(found.text);
    this.startAnew();
    return found;
  }

  older(): Reaction {
    if (MOTIONS.lineStart(this.buffer) > 0) return this.#moveTo(MOTIONS.above(this.buffer));
    return this.recall(this.#shown - 1);
  }

  newer(): Reaction {
    if (this.buffer.text.includes('\n', this.buffer.cursor)) return this.#moveTo(MOTIONS.below(this.buffer));
    return this.recall(this.#shown + 1);
  }

  /** Shows a line of the history, or the new one behind them all. */
  recall(index: number): Reaction {
    if (index < 0 || index > this.history.length || index === this.#shown) return BELL;
    if (this.#shown === this.history.length) this.#draft = this.buffer.text;
    this.#shown = index;
    this.buffer.set(this.history.at(index) ?? this.#draft);
    return EDITED;
  }

  /** The last word of the line before. */
  lastWord(): Reaction {
    const word = this.history.at(this.history.length - 1)?.match(/\S+$/)?.[0];
    return done(word !== undefined && this.buffer.insert(word));
  }

  search(): Reaction {
    this.#search = new HistorySearch(this.history, this.buffer);
    return EDITED;
  }

  #moveTo(offset: number): Reaction {
    this.buffer.move(() => offset);
    return EDITED;
  }

  /** Nothing of a line that is too long is taken, so that no part of it runs: what is typed is dropped to its end. */
  #overflow(key: Key): Reaction {
    this.#overflows = key.kind !== 'key' || !ENDS_LINE.includes(key.name);
    if (this.#overflows) return BELL;
    return key.kind === 'key' && key.name === 'C-c' ? { kind: 'interrupted' } : { kind: 'too-long' };
  }

  #type(text: string): Reaction {
    if (this.buffer.insert(text)) return EDITED;
    this.startAnew();
    this.#overflows = true;
    return BELL;
  }
}
