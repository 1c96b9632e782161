/** Where the cursor of a line goes, as in the emacs mode of readline. Pure. */
import { nextBoundary, previousBoundary } from '../screen/glyphs.ts';

/** Text and the place of the cursor in it, in UTF-16 units, never inside a character. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}

export type Motion = (line: Line) => number;

const WORD_LETTER = /[\p{L}\p{N}\p{M}]/u;
const NOT_SPACE = /\S/u;

function forward(line: Line, letter: RegExp): number {
  let at = line.cursor;
  const isLetter = (): boolean => letter.test(line.text.slice(at, nextBoundary(line.text, at)));
  while (at < line.text.length && !isLetter()) at = nextBoundary(line.text, at);
  while (at < line.text.length && isLetter()) at = nextBoundary(line.text, at);
  return at;
}

function backward(line: Line, letter: RegExp): number {
  let at = line.cursor;
  const isLetter = (): boolean => letter.test(line.text.slice(previousBoundary(line.text, at), at));
  while (at > 0 && !isLetter()) at = previousBoundary(line.text, at);
  while (at > 0 && isLetter()) at = previousBoundary(line.text, at);
  return at;
}

function lineStart({ text, cursor }: Line): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

function lineEnd({ text, cursor }: Line): number {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
}

/** The same number of characters into the line above or below; where it is when there is none. */
function lineAbove(line: Line): number {
  const start = lineStart(line);
  if (start === 0) return line.cursor;
  const above = lineStart({ text: line.text, cursor: start - 1 });
  return Math.min(above + line.cursor - start, start - 1);
}

function lineBelow(line: Line): number {
  const end = lineEnd(line);
  if (end === line.text.length) return line.cursor;
  const into = line.cursor - lineStart(line);
  return Math.min(end + 1 + into, lineEnd({ text: line.text, cursor: end + 1 }));
}

/** Not inside a character of several units. */
function aligned(motion: Motion): Motion {
  return (line) => {
    const to = motion(line);
    return to === 0 || to === line.text.length
      ? to
      : nextBoundary(line.text, previousBoundary(line.text, to));
  };
}

export const MOTIONS = {
  left: ({ text, cursor }) => previousBoundary(text, cursor),
  right: ({ text, cursor }) => nextBoundary(text, cursor),
  wordLeft: (line) => backward(line, WORD_LETTER),
  wordRight: (line) => forward(line, WORD_LETTER),
  /** What Ctrl-W takes. */
  blankWordLeft: (line) => backward(line, NOT_SPACE),
  lineStart,
  lineEnd,
  /** Ctrl-K at the end of a line takes the line feed. */
  killEnd: (line) =>
    lineEnd(line) === line.cursor ? Math.min(line.cursor + 1, line.text.length) : lineEnd(line),
  killStart: (line) => (lineStart(line) === line.cursor ? Math.max(line.cursor - 1, 0) : lineStart(line)),
  above: aligned(lineAbove),
  below: aligned(lineBelow),
  end: ({ text }) => text.length,
} as const satisfies Record<string, Motion>;
