/**
 * Escape sequences in what a terminal gets (ECMA-48, and the strings of xterm): where they end, what they are, and
 * the text between them. Nothing here knows a screen.
 */

/** What is between two boundaries. A control character that begins no sequence is part of a text. */
export interface TerminalPart {
  readonly kind: 'text' | SequenceKind;
  readonly start: number;
  readonly end: number;
}

/** `csi`: colours, movements, modes, queries. `osc`: titles, clipboard, links. `string`: DCS, SOS, PM, APC. */
export type SequenceKind = 'csi' | 'osc' | 'string' | 'escape';

/** UTF-16 code units; a longer one is none: what follows its beginning is text. */
const SEQUENCE_CHARACTERS_MAX = 4_096;

const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESCAPE = 0x1b;
const STRING_TERMINATOR = 0x9c;

/** By the character behind ESC, and by its C1 twin. */
const KINDS: ReadonlyMap<number, SequenceKind> = new Map([
  ...both('[', 0x9b, 'csi'),
  ...both(']', 0x9d, 'osc'),
  ...both('P', 0x90, 'string'),
  ...both('X', 0x98, 'string'),
  ...both('^', 0x9e, 'string'),
  ...both('_', 0x9f, 'string'),
]);

function both(
  character: string,
  c1: number,
  kind: SequenceKind,
): readonly (readonly [number, SequenceKind])[] {
  return [
    [character.charCodeAt(0), kind],
    [c1, kind],
  ];
}

const BEGINNING = new RegExp(`[${String.fromCharCode(ESCAPE, 0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f)}]`, 'g');

/** @returns the parts in order; the last may be a sequence whose end has not come, see `openFrom` */
export function terminalParts(text: string): TerminalPart[] {
  const parts: TerminalPart[] = [];
  let textFrom = 0;
  BEGINNING.lastIndex = 0;
  for (let match = BEGINNING.exec(text); match !== null; match = BEGINNING.exec(text)) {
    const { index: start } = match;
    const { kind, end } = sequenceAt(text, start);
    if (start > textFrom) parts.push({ kind: 'text', start: textFrom, end: start });
    parts.push({ kind, start, end: end ?? text.length });
    textFrom = end ?? text.length;
    BEGINNING.lastIndex = textFrom;
  }
  if (textFrom < text.length) parts.push({ kind: 'text', start: textFrom, end: text.length });
  return parts;
}

/** Where a sequence begins that is not complete; the text's length when there is none. */
export function openFrom(text: string): number {
  let from = Math.max(0, text.length - SEQUENCE_CHARACTERS_MAX);
  for (;;) {
    BEGINNING.lastIndex = from;
    const match = BEGINNING.exec(text);
    if (match === null) return text.length;
    const { end } = sequenceAt(text, match.index);
    if (end === null) return match.index;
    from = end;
  }
}

/** Without sequences and bells. */
export function plainTextOf(text: string): string {
  return terminalParts(text)
    .map(({ kind, start, end }) => (kind === 'text' ? text.slice(start, end) : ''))
    .join('')
    .replaceAll('\u0007', '');
}

/** @returns `end` null when more must come to know it */
function sequenceAt(text: string, start: number): { kind: SequenceKind; end: number | null } {
  const isEscape = text.charCodeAt(start) === ESCAPE;
  const body = start + (isEscape ? 2 : 1);
  if (isEscape && start + 1 >= text.length) return { kind: 'escape', end: null };
  const kind = KINDS.get(text.charCodeAt(body - 1));
  if (kind === undefined) return { kind: 'escape', end: endOfEscape(text, start + 1) };
  const end = kind === 'csi' ? endOfControl(text, body) : endOfString(text, body);
  if (end === null && text.length - start > SEQUENCE_CHARACTERS_MAX) return { kind: 'escape', end: body };
  return end !== null && end - start > SEQUENCE_CHARACTERS_MAX
    ? { kind: 'escape', end: body }
    : { kind, end };
}

/** Intermediate characters, then one final one (ECMA-48, section 5.3). */
function endOfEscape(text: string, from: number): number | null {
  let at = from;
  while (at < text.length && isBetween(text.charCodeAt(at), 0x20, 0x2f)) at += 1;
  if (at >= text.length) return text.length - from > SEQUENCE_CHARACTERS_MAX ? from : null;
  return isBetween(text.charCodeAt(at), 0x30, 0x7e) ? at + 1 : at;
}

/** Parameters, intermediate characters and a final one (ECMA-48, section 5.4); anything else breaks it off. */
function endOfControl(text: string, from: number): number | null {
  let at = from;
  while (at < text.length && isBetween(text.charCodeAt(at), 0x20, 0x3f)) at += 1;
  if (at >= text.length) return null;
  return isBetween(text.charCodeAt(at), 0x40, 0x7e) ? at + 1 : at;
}

/** Up to BEL or ST (ECMA-48, section 5.6); CAN, SUB and another escape break it off. */
function endOfString(text: string, from: number): number | null {
  const limit = Math.min(text.length, from + SEQUENCE_CHARACTERS_MAX);
  for (let at = from; at < limit; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BELL || code === STRING_TERMINATOR || code === CANCEL || code === SUBSTITUTE) return at + 1;
    if (code !== ESCAPE) continue;
    if (at + 1 >= text.length) return null;
    return text.charCodeAt(at + 1) === 0x5c ? at + 2 : at;
  }
  return null;
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}
