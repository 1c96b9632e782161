/** Texts as they are sent: nothing that hides or reorders, and no markup where Teams would read some. */

const HIDDEN = /[\p{Cc}--[\n\t]]|[\p{Bidi_Control}\u2028\u2029]/v;
const DATE_OF_OURS =
  /^\{\{DATE\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z, SHORT\)\}\} \{\{TIME\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\)\}\}$/;

/** They take no room in a line, or stand with others in one picture. */
const PARTS_OF_LETTERS = /[\p{M}\p{Emoji_Modifier}\u200d]|\u200d\p{Emoji}/gu;

/** Where a client may begin another line. */
const LINE_ENDS = /[ \n\u200b]/;
const WORD_CHARACTERS_MAX = 40;

function isLongWord(word: string): boolean {
  // Counted as characters only where there could be too many: this is asked of every word.
  return word.length > WORD_CHARACTERS_MAX && [...word].length > WORD_CHARACTERS_MAX;
}

/** Of any text that is shown as it is. */
export function textProblem(text: string): string | null {
  if (!text.isWellFormed()) return 'half a character';
  if (HIDDEN.test(text)) return 'a character that hides or reorders';
  return text.trim() === '' && !text.includes('\u00a0') ? 'nothing but blanks' : null;
}

/** Of a run, in which dates are all that is replaced: by themselves, and nowhere in what somebody typed. */
export function runProblem(text: string): string | null {
  if (/\{\{(?:DATE|TIME)\(/.test(text) && !DATE_OF_OURS.test(text)) return 'a date that is not ours';
  if (/^ | \n| {2}/m.test(text)) return 'blanks that a client may leave out';
  if (text.replace(PARTS_OF_LETTERS, '').split(LINE_ENDS).some(isLongWord))
    return 'a word that a client may cut off';
  return textProblem(text);
}

/** Of what is read as Markdown, in one dialect or another. */
export function markupProblem(text: string): string | null {
  const [found] =
    /[*_`~[\]<>\\&|#{}]|\]\(|^\s*(?:[-+]|\d+[.)])\s|:\/\/|\bwww\.|\bmailto:|\p{L}\.\p{L}|\n/mu.exec(text) ??
    [];
  return found === undefined ? textProblem(text) : `markup: ${JSON.stringify(found)}`;
}

/** Of words without a card: in the line of a notification, or as what a click is answered with. */
export function lineProblem(text: string): string | null {
  const [found] =
    /[*`~[\]<>\\&{}]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:\/\/|\bwww\.|\bmailto:/u.exec(text) ?? [];
  return found === undefined ? textProblem(text) : `markup: ${JSON.stringify(found)}`;
}
