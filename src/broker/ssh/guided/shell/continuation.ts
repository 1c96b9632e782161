/** Whether a text is a whole command, or a person means to go on in the next line. Pure; it never throws. */
import { forEachChild, type ParsedScript, parse, type SyntaxNode } from 'unbash';

/** The parser's work grows with the square of these; such a text is refused, whole or not. */
const HERE_DOCUMENTS_MAX = 100;
/** Of one command; each further line reads it once more. A text with more of them counts as whole. */
export const COMMAND_LINES_MAX = 256;
/** Lines times characters: each line of a command that goes on reads all of it once more. */
const SPLIT_WORK_MAX = 200_000;
const GOES_ON =
  /^(?:unterminated (?:single|double|ANSI-C) quote|expected command after '(?:&&|\|\||\||\|&)')$/;

function openHereDocument(node: SyntaxNode): boolean {
  if (node.type === 'HereDoc') return node.delimiter !== undefined && node.closing === undefined;
  // What is inside a word is refused, whole or not, and reading it can take long.
  if (node.type === 'Word' || node.type === 'Assignment') return false;
  let isOpen = false;
  forEachChild(node, (child) => {
    isOpen ||= openHereDocument(child);
  });
  return isOpen;
}

function parsed(text: string): ParsedScript | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

function linesIn(text: string): number {
  return text.split('\n').length;
}

/** False for open quotes, a backslash at the end, `&&`, `||` and `|` at the end, and a here-document without its end. */
export function isComplete(text: string): boolean {
  if (text.split('<<').length - 1 > HERE_DOCUMENTS_MAX || linesIn(text) > COMMAND_LINES_MAX) return true;
  const script = parsed(text);
  if (script === null) return true;
  if (openHereDocument(script)) return false;
  if (/(?<!\\)(?:\\\\)*\\$/.test(text)) return false;
  return !(script.errors ?? []).some(({ message }) => GOES_ON.test(message));
}

/**
 * The commands of a text of several lines, as a shell reads them one after the other: each is whole but for the last,
 * where the text is not. A long text of many lines is one command.
 */
export function commandsOf(text: string): readonly string[] {
  if (linesIn(text) > COMMAND_LINES_MAX || linesIn(text) * text.length > SPLIT_WORK_MAX) return [text];
  const commands: string[] = [];
  let open: string | null = null;
  for (const line of text.split('\n')) {
    open = open === null ? line : `${open}\n${line}`;
    if (!isComplete(open)) continue;
    commands.push(open);
    open = null;
  }
  if (open !== null) commands.push(open);
  return commands.filter((command) => command.trim() !== '');
}
