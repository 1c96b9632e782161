/**
 * Bytes of a terminal, split anywhere -> keys. Escape sequences that mean no key are swallowed whole, those of mice and
 * of terminals that answer included, so that no part of one is taken for typed text. Memory is bounded by the limits.
 */
import type { Key } from './key.ts';
import { keyOfSequence, keyOfSingleShift } from './sequences.ts';

/** Of a paste, in bytes. */
export const PASTE_BYTES_MAX = 65_536;
/** Of a sequence; what is longer is swallowed all the same. */
const SEQUENCE_BYTES_MAX = 64;
/** Of what a terminal answers in a string; then typing counts again. */
const STRING_BYTES_MAX = 4_096;

const ESCAPE = 0x1b;
const CONTROL_C = 0x03;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BELL = 0x07;
const DELETE = 0x7f;
const PASTE_BEGIN = '200';
const PASTE_END = Buffer.from('\x1b[201~', 'latin1');

type State =
  | { readonly at: 'ground' | 'escape' | 'single-shift' | 'console-key' }
  | { readonly at: 'sequence'; body: string }
  /** Three bytes that say where a mouse is. */
  | { readonly at: 'mouse'; left: number }
  | { readonly at: 'string'; length: number; sawEscape: boolean }
  | { readonly at: 'paste'; readonly bytes: number[]; tooLong: boolean };

const GROUND: State = { at: 'ground' };

/** Escape, then one of these: a string of the terminal follows (ECMA-48, section 5.6). */
const STRING_INTRODUCERS = ']P';

const NAMED_CONTROLS: Readonly<Record<number, string>> = {
  8: 'Backspace',
  9: 'Tab',
  10: 'C-j',
  13: 'Enter',
  28: 'C-\\',
  29: 'C-]',
  30: 'C-^',
  31: 'C-_',
  127: 'Backspace',
};

function nameOfControl(byte: number): string {
  return NAMED_CONTROLS[byte] ?? `C-${String.fromCharCode(byte + 0x60)}`;
}

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === DELETE;
}

/** Pasted bytes as text: the line ends of any system, and none at the very end. */
function textOfPaste(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes)).replaceAll(/\r\n?/g, '\n').replace(/\n$/, '');
}

export class KeyDecoder {
  #state: State = GROUND;
  #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  #run: number[] = [];
  #keys: Key[] = [];
  #afterReturn = false;

  /** @returns the keys that are complete now; the rest stays for the next call */
  push(chunk: Uint8Array): readonly Key[] {
    for (const byte of chunk) this.#take(byte);
    this.#flushRun(true);
    const keys = this.#keys;
    this.#keys = [];
    return keys;
  }

  #take(byte: number): void {
    const state = this.#state;
    switch (state.at) {
      case 'ground':
        this.#ground(byte);
        break;
      case 'escape':
        this.#escape(byte);
        break;
      case 'single-shift':
        this.#singleShift(byte);
        break;
      case 'sequence':
        this.#sequence(state, byte);
        break;
      case 'console-key':
        this.#finish(null);
        break;
      case 'mouse':
        state.left -= 1;
        if (state.left === 0) this.#finish(null);
        break;
      case 'string':
        this.#string(state, byte);
        break;
      case 'paste':
        if (byte === CONTROL_C) this.#startAnew(byte);
        else this.#paste(state, byte);
        break;
    }
  }

  #ground(byte: number): void {
    const isSecondOfLineEnd = byte === LINE_FEED && this.#afterReturn;
    this.#afterReturn = byte === RETURN;
    if (!isControl(byte)) {
      this.#run.push(byte);
      return;
    }
    this.#flushRun(false);
    if (byte === ESCAPE) this.#state = { at: 'escape' };
    else if (!isSecondOfLineEnd) this.#press(nameOfControl(byte));
  }

  #escape(byte: number): void {
    const character = String.fromCharCode(byte);
    if (byte === ESCAPE) return;
    if (character === '[') this.#state = { at: 'sequence', body: '' };
    else if (character === 'O') this.#state = { at: 'single-shift' };
    else if (STRING_INTRODUCERS.includes(character)) {
      this.#state = { at: 'string', length: 0, sawEscape: false };
    } else if (byte === RETURN || byte === DELETE || byte === 8) this.#finish(`M-${nameOfControl(byte)}`);
    else if (byte > 0x20 && byte < DELETE) this.#finish(`M-${character}`);
    else this.#startAnew(byte);
  }

  #singleShift(byte: number): void {
    if (isControl(byte)) this.#startAnew(byte);
    // A digit is a modifier, which some terminals put here.
    else if (byte < 0x30 || byte > 0x3b) this.#finish(keyOfSingleShift(String.fromCharCode(byte)));
  }

  #sequence(state: Extract<State, { at: 'sequence' }>, byte: number): void {
    const character = String.fromCharCode(byte);
    if (isControl(byte) || byte > 0x7e) this.#startAnew(byte);
    else if (byte < 0x40) state.body = `${state.body}${character}`.slice(0, SEQUENCE_BYTES_MAX);
    else if (state.body === '' && character === '[') this.#state = { at: 'console-key' };
    else if (state.body === '' && character === 'M') this.#state = { at: 'mouse', left: 3 };
    else if (state.body === PASTE_BEGIN && character === '~') {
      this.#state = { at: 'paste', bytes: [], tooLong: false };
    } else this.#finish(keyOfSequence(state.body, character));
  }

  /** Ends at BEL or ESC \; a key that ends lines ends it too, and is no key then. */
  #string(state: Extract<State, { at: 'string' }>, byte: number): void {
    state.length += 1;
    const ends =
      [BELL, RETURN, LINE_FEED].includes(byte) || state.sawEscape || state.length >= STRING_BYTES_MAX;
    state.sawEscape = byte === ESCAPE;
    this.#afterReturn = byte === RETURN;
    if (byte === CONTROL_C) this.#startAnew(byte);
    else if (ends) this.#finish(null);
  }

  #paste(state: Extract<State, { at: 'paste' }>, byte: number): void {
    state.bytes.push(byte);
    if (byte === 0x7e && PASTE_END.every((one, index) => state.bytes.at(index - PASTE_END.length) === one)) {
      const text = textOfPaste(state.bytes.slice(0, -PASTE_END.length));
      const isTaken = !state.tooLong && state.bytes.length <= PASTE_BYTES_MAX + PASTE_END.length;
      this.#keys.push({ kind: 'paste', text: isTaken ? text : null });
      this.#state = GROUND;
    }
    if (state.bytes.length <= PASTE_BYTES_MAX + PASTE_END.length) return;
    state.tooLong = true;
    state.bytes.splice(0, state.bytes.length - PASTE_END.length);
  }

  #finish(name: string | null): void {
    this.#state = GROUND;
    if (name !== null) this.#press(name);
  }

  #startAnew(byte: number): void {
    this.#state = GROUND;
    this.#ground(byte);
  }

  #press(name: string): void {
    this.#keys.push({ kind: 'key', name });
  }

  #flushRun(more: boolean): void {
    const text = this.#utf8.decode(Uint8Array.from(this.#run), { stream: more });
    this.#run = [];
    if (text !== '') this.#keys.push({ kind: 'text', text });
  }
}
