/**
 * What of a recorded terminal may be shown in another one. A recording holds what a target sent, which may be out to
 * harm whoever plays it: to write the clipboard, to have the terminal answer a question (its answer would be typed), to
 * change its title or its keys. So what draws is let through, by name, and nothing else.
 */
import { openFrom, type TerminalPart, terminalParts } from './escape-sequences.ts';

/** ECMA-48 and xterm, by final character: movements, erasing, inserting, scrolling, colours, tabs. */
const DRAWING = new Set('@ABCDEFGHIJKLMPSTXZ`abdefgmrsu');
/** DEC private modes: cursor keys are left out, and so is whatever makes a terminal report. */
const DRAWING_MODES = new Set(['5', '6', '7', '12', '25', '47', '1047', '1048', '1049']);
/** ANSI modes: insert, and line feed with a carriage return. */
const ANSI_MODES = new Set(['4', '20']);
const PARAMETERS = /^[0-9;:]{0,100}$/;
/** Save, restore, index, next line, reverse index, tab stop; character sets of the VT100. */
const ESCAPES = /^(?:[78DEMH]|[()*+][0AB])$/;

/** Backspace, tab, line feed, carriage return, shift out, shift in. */
const CONTROLS = new Set(['\b', '\t', '\n', '\r', '\u000e', '\u000f']);
/** Controls, and what reorders or hides text. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Of one channel, for its output in order: a sequence may come in two pieces. */
export class SafeTerminal {
  #open = '';

  push(text: string): string {
    const all = this.#open + text;
    const end = openFrom(all);
    this.#open = all.slice(end);
    const whole = all.slice(0, end);
    return terminalParts(whole)
      .map((part) => safePart(part, whole))
      .join('');
  }
}

function safePart({ kind, start, end }: TerminalPart, text: string): string {
  const own = text.slice(start, end);
  if (kind === 'text') return own.replace(UNSAFE, keptControl);
  // The seven-bit form is the same for every terminal.
  if (kind === 'csi') return isDrawing(bodyOf(own)) ? `\u001b[${bodyOf(own)}` : '';
  return kind === 'escape' && ESCAPES.test(own.slice(1)) ? own : '';
}

function keptControl(character: string): string {
  return CONTROLS.has(character) ? character : '';
}

/** Behind the introducer, of one character or two. */
function bodyOf(sequence: string): string {
  return sequence.slice(sequence.startsWith('\u001b') ? 2 : 1);
}

function isDrawing(body: string): boolean {
  const final = body.slice(-1);
  const parameters = body.slice(0, -1);
  if (final === 'h' || final === 'l') return isDrawingMode(parameters);
  // The shape of the cursor (DECSCUSR).
  if (final === 'q') return /^[0-6]? $/.test(parameters);
  return DRAWING.has(final) && PARAMETERS.test(parameters);
}

function isDrawingMode(parameters: string): boolean {
  const isPrivate = parameters.startsWith('?');
  const known = isPrivate ? DRAWING_MODES : ANSI_MODES;
  return parameters
    .slice(isPrivate ? 1 : 0)
    .split(';')
    .every((mode) => known.has(mode));
}
