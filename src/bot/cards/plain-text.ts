/**
 * The one place where text that somebody typed becomes text on a card. What an approver reads must be
 * what it says: characters that reorder, hide or break lines are replaced by a visible mark, and
 * nothing is longer than its place. Escaping for markup is the platform's work, done after this.
 */

/** U+FFFD: seen, and never mistaken for text. */
const MARK = '\ufffd';

/** C0 and C1 controls and DELETE. Line feeds and tabs are dealt with before. */
const CONTROLS = /[\p{Cc}--\n]/gv;

/** Marks, embeddings, overrides and isolates (Unicode Standard Annex 9). */
const BIDIRECTIONAL = /\p{Bidi_Control}/gv;

/**
 * Characters that take no room: they can hide a difference between two names. The joiners U+200C and
 * U+200D and the variation selectors stay, because scripts and emoji need them.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe00-\ufe0f]]|[\ufff9-\ufffb]/gv;

/** More marks on one letter than any script uses run into the lines above and below. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

const LINE_BREAK = /\r\n|[\r\n\u0085\u2028\u2029]/;
/** What becomes one space on one line. */
const BLANKS = /[\r\n\u0085\u2028\u2029\t ]+/g;

/** Of a long text so many times the room is read at first; what disappears in runs may take more. */
const READ_PER_CHARACTER = 4;

/** Text on one line: breaks and runs of blanks become one space. */
export function plainLine(text: string, charactersMax: number): string {
  return beginningOf(text, charactersMax, (part) => neutral(part.replace(BLANKS, ' ')).trim());
}

/** Text that may have several lines; they are kept, up to `linesMax`. */
export function plainBlock(
  text: string,
  limits: { readonly charactersMax: number; readonly linesMax: number },
): string {
  return beginningOf(text, limits.charactersMax, (part) => {
    const lines = part.split(LINE_BREAK, limits.linesMax + 1);
    const kept = lines.length > limits.linesMax ? [...lines.slice(0, limits.linesMax), '…'] : lines;
    return neutral(kept.join('\n').replaceAll('\t', ' ')).trim();
  });
}

/**
 * What is shown of a text, cut. Of a text much longer than its place only the beginning is read, as much as fills the place.
 * @param shown of more text never has another beginning than of less
 */
function beginningOf(text: string, charactersMax: number, shown: (part: string) => string): string {
  let room = charactersMax * READ_PER_CHARACTER;
  for (; room < text.length; room *= 2) {
    const beginning = shown(text.slice(0, splitsPair(text, room) ? room - 1 : room));
    if (beginning.length > charactersMax) return cut(beginning, charactersMax);
  }
  return cut(shown(text), charactersMax);
}

function neutral(text: string): string {
  return text
    .toWellFormed()
    .replace(CONTROLS, MARK)
    .replace(BIDIRECTIONAL, MARK)
    .replace(INVISIBLE, MARK)
    .replace(STACKED_MARKS, '$1');
}

/** Cuts between code points, never inside one, and says that it did. */
function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const room = charactersMax - 1;
  return `${text.slice(0, splitsPair(text, room) ? room - 1 : room)}…`;
}

/** Whether the two halves of one code point stand before and after `at`. */
function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1));
}
