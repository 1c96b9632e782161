/** Text of policies and people, as one line that a terminal can show. */
import { visibleText } from '../../../core/visible-text.ts';

const CHARACTERS_MAX = 500;

export function oneLine(text: string): string {
  const line = visibleText(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
  return line.length > CHARACTERS_MAX ? `${line.slice(0, CHARACTERS_MAX).toWellFormed()}...` : line;
}
