/** One line from a person at a terminal, edited by the broker: what is on the screen at Enter is what is read. */
import { setImmediate } from 'node:timers/promises';
import { choicesInColumns } from './completion/choices.ts';
import { type CandidateSources, complete } from './completion/complete.ts';
import type { KeyQueue } from './keys/key-queue.ts';
import { LINE_CHARACTERS_MAX } from './line/line-buffer.ts';
import { ENDS_LINE, LineEditor, type Reaction } from './line/line-editor.ts';
import type { Edited, Terminal } from './screen/terminal.ts';
import { isComplete } from './shell/continuation.ts';

export type ReadLine =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'interrupted' }
  /** Ctrl-D, or the client has no more. */
  | { readonly kind: 'end' };

const TOO_LONG = `That is longer than ${LINE_CHARACTERS_MAX} characters, or than a paste may be: nothing of it was taken.`;

/** Others of this process get their turn in between. */
const KEYS_PER_TURN = 64;

export class LineReader {
  readonly editor = new LineEditor(isComplete);
  readonly #keys: KeyQueue;
  readonly #terminal: Terminal;
  readonly #sources: CandidateSources;
  #rings = false;

  constructor(options: {
    readonly keys: KeyQueue;
    readonly terminal: Terminal;
    readonly sources: CandidateSources;
  }) {
    this.#keys = options.keys;
    this.#terminal = options.terminal;
    this.#sources = options.sources;
  }

  async read(prompt: string): Promise<ReadLine> {
    this.#terminal.open(this.#edited(prompt));
    let pressed = 0;
    for (;;) {
      const key = await this.#keys.next();
      const before = this.#edited(prompt);
      const reaction: Reaction = key === null ? { kind: 'end-of-input' } : this.editor.press(key);
      const line = this.#ending(reaction, before, prompt);
      if (line !== null) return line;
      await this.#react(reaction, prompt);
      pressed += 1;
      // To see whether a text goes on it is read once more.
      const isRead = key?.kind === 'key' && ENDS_LINE.includes(key.name);
      if (isRead || pressed % KEYS_PER_TURN === 0) await setImmediate();
    }
  }

  /** @returns null while the line goes on */
  #ending(reaction: Reaction, before: Edited, prompt: string): ReadLine | null {
    switch (reaction.kind) {
      case 'accepted':
        this.#terminal.close({ prompt, text: reaction.text, cursor: 0 });
        return { kind: 'line', text: reaction.text };
      case 'interrupted':
        this.#terminal.close(before, '^C');
        this.editor.startAnew();
        return { kind: 'interrupted' };
      case 'end-of-input':
        this.#terminal.close(before);
        return { kind: 'end' };
      default:
        return null;
    }
  }

  async #react(reaction: Reaction, prompt: string): Promise<void> {
    if (reaction.kind === 'complete') await this.#complete(prompt);
    else if (reaction.kind === 'too-long') this.#terminal.sentences([TOO_LONG]);
    else if (reaction.kind === 'clear') this.#terminal.clear();
    else if (reaction.kind === 'bell') this.#rings = true;
    // Many keys of one packet are drawn once.
    if (!this.#keys.isEmpty) return;
    if (this.#rings) this.#terminal.bell();
    this.#rings = false;
    this.#terminal.show(this.#edited(prompt));
  }

  async #complete(prompt: string): Promise<void> {
    const { buffer } = this.editor;
    this.#terminal.show(this.#edited(prompt));
    const completion = await complete(buffer, this.#sources);
    if (completion.kind === 'choices')
      this.#terminal.lines(choicesInColumns(completion.names, this.#terminal.columns));
    else if (completion.kind === 'nothing' || !buffer.replace(completion, completion.text))
      this.#rings = true;
    await setImmediate();
  }

  #edited(prompt: string): Edited {
    const { text, cursor } = this.editor.shown;
    return { prompt: this.editor.searchPrompt ?? prompt, text, cursor };
  }
}
