/** The word before the cursor, as far as it is typed, and how it is quoted there. Pure. */

export interface WordAtCursor {
  /** What it means so far: without its quotes. `~` and variables stand as they are written. Null: not completed. */
  readonly value: string | null;
  /** Where the part behind its last `/` begins in the text. */
  readonly from: number;
  /** The quote that is open at the cursor. */
  readonly quote: '' | "'" | '"';
  /** A program is named here. */
  readonly isProgram: boolean;
}

const BETWEEN_WORDS = /[\s;&|<>()]/;
const AFTER_THESE_A_PROGRAM = /[;&|(\n]/;

interface Scan {
  value: string;
  from: number;
  quote: WordAtCursor['quote'];
  /** Where the quote began. */
  quoteAt: number;
  /** A quote ended behind the last `/` that began before it. */
  isTorn: boolean;
  isProgram: boolean;
  inWord: boolean;
}

function startWord(scan: Scan, at: number): void {
  if (scan.inWord) return;
  scan.inWord = true;
  scan.value = '';
  scan.from = at;
  scan.isTorn = false;
}

function endWord(scan: Scan, separator: string): void {
  if (scan.inWord && !/^[A-Za-z_]\w*=/.test(scan.value)) scan.isProgram = false;
  if (AFTER_THESE_A_PROGRAM.test(separator)) scan.isProgram = true;
  else if (/[<>]/.test(separator)) scan.isProgram = false;
  scan.inWord = false;
}

function take(scan: Scan, character: string, end: number): void {
  scan.value += character;
  if (character !== '/') return;
  scan.from = end;
  scan.isTorn = false;
}

function endQuote(scan: Scan): void {
  scan.isTorn = scan.quoteAt < scan.from;
  scan.quote = '';
}

/** @returns how many characters were read */
function readOne(scan: Scan, text: string, at: number): number {
  const character = text[at] ?? '';
  const next = text[at + 1];
  if (scan.quote === "'" || (scan.quote === '"' && character !== '\\')) {
    if (character === scan.quote) endQuote(scan);
    else take(scan, character, at + 1);
    return 1;
  }
  if (character === '\\') {
    if (next === undefined) return 1;
    startWord(scan, at);
    if (scan.quote === '"' && !'"\\$`'.includes(next)) take(scan, '\\', at + 1);
    if (next !== '\n') take(scan, next, at + 2);
    return 2;
  }
  if (BETWEEN_WORDS.test(character)) {
    endWord(scan, character);
    return 1;
  }
  startWord(scan, at);
  if (character === "'" || character === '"') {
    scan.quote = character;
    scan.quoteAt = at;
  } else take(scan, character, at + 1);
  return 1;
}

export function wordAtCursor(text: string, cursor: number): WordAtCursor {
  const before = text.slice(0, cursor);
  const scan: Scan = {
    value: '',
    from: before.length,
    quote: '',
    quoteAt: 0,
    isTorn: false,
    isProgram: true,
    inWord: false,
  };
  for (let at = 0; at < before.length; ) at += readOne(scan, before, at);
  const { isProgram, quote } = scan;
  if (!scan.inWord) return { value: '', from: before.length, quote: '', isProgram };
  const value = scan.isTorn ? null : scan.value;
  if (quote === '' || scan.quoteAt > scan.from) return { value, from: scan.from, quote: '', isProgram };
  return { value, from: Math.max(scan.from, scan.quoteAt + 1), quote, isProgram };
}

const NEEDS_QUOTES = /[^A-Za-z0-9_@%+=:,./-]/g;

/** A name as it stands in the text where the word is quoted so, without the quote that ends it. */
export function nameInQuotes(name: string, quote: WordAtCursor['quote']): string {
  if (quote === "'") return name.replaceAll("'", `'\\''`);
  if (quote === '"') return name.replaceAll(/["\\$`]/g, '\\$&');
  return name.replaceAll(NEEDS_QUOTES, (character) =>
    character.charCodeAt(0) < 0x80 ? `\\${character}` : character,
  );
}
