/**
 * Texts that differ in nothing but the whole numbers that something is compared with, such as
 * `… where id = 17`, have the same parse tree but for those numbers, so one analysis serves them all.
 *
 * Where a number begins and ends must be certain without the parser, so only the plainest texts have a
 * skeleton: no quotes, no comments, no dollar signs, no backslashes, ASCII only. What else a number can mean
 * (a position in ORDER BY, a limit, an argument) is left as it is.
 */

/** Longer texts are rarely repeated but for a number. */
const CHARACTERS_MAX = 2_000;
/** Everything that PostgreSQL's lexer reads one character at a time, and names and numbers. */
const PLAIN = /^[A-Za-z0-9_ \t\r\n(),.;=<>*+%/-]*$/;
const COMMENT = /--|\/\*/;
/**
 * Up to nine digits always fit an integer. Behind them stands something that cannot belong to a number or a
 * name; before them `=`, `<` or `>`, but not the `=>` of a named argument.
 */
const COMPARED = /(?<!=)((?:[=<]|(?<!=)>)[ \t\r\n]*)\d{1,9}(?=[ \t\r\n),;]|$)/g;

/** @returns the text with every such number replaced by 0, or null when it has none or is not plain */
export function skeletonOf(text: string): string | null {
  if (text.length > CHARACTERS_MAX || !PLAIN.test(text) || COMMENT.test(text)) return null;
  const skeleton = text.replace(COMPARED, '$10');
  return skeleton === text ? null : skeleton;
}
