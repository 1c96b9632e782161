/**
 * What the broker works out in a typed text before it is judged: aliases, `$NAME` and `~`, each to words known to the
 * letter. Everything else is left as it is, for the analyzer to read or refuse. What comes out is what is judged,
 * recorded and sent. Pure; it never throws.
 */
import {
  type Command,
  type DoubleQuotedChild,
  forEachChild,
  parse,
  type Script,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';
import { quoted } from '../../../../policies/analyzers/shell/canonical.ts';

/** `$?`, as a name: known for the first command of a text alone, because those behind it have another. */
export const LAST_STATUS = '?';

export interface Known {
  /** Undefined for a variable that is not set here. */
  variable(name: string): string | undefined;
  alias(name: string): string | undefined;
  readonly home: string;
}

/** A part of the text, and what stands there instead. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** No number, which could become the descriptor of a redirection, and no `=`, which could make a variable of a program. */
const PLAIN_VALUE = /^(?!\d+$)[A-Za-z0-9_@%+:,./-]+$/;
const TILDE = /^~(?=\/|$)/;

function parsed(text: string): Script | null {
  const script = parse(text);
  return (script.errors ?? []).length === 0 ? script : null;
}

function edited(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of [...edits].sort((one, other) => one.from - other.from)) {
    result += `${text.slice(from, edit.from)}${edit.text}`;
    from = edit.to;
  }
  return result + text.slice(from);
}

function commandsIn(node: SyntaxNode): Command[] {
  if (node.type === 'Command') return [node];
  const commands: Command[] = [];
  forEachChild(node, (child) => commands.push(...commandsIn(child)));
  return commands;
}

function aliasEdit({ name }: Command, known: Known): Edit[] {
  // Quotes around a name, or a backslash before it, mean the program.
  if (name === undefined || name.parts !== undefined || name.text !== name.value) return [];
  const value = known.alias(name.text);
  return value === undefined ? [] : [{ from: name.pos, to: name.end, text: value }];
}

function nameOf(part: WordPart | DoubleQuotedChild): string | null {
  if (part.type === 'SimpleExpansion')
    return /^\$(?:[A-Za-z_]\w*|\?)$/.test(part.text) ? part.text.slice(1) : null;
  if (part.type !== 'ParameterExpansion') return null;
  return part.text === `\${${part.parameter}}` ? part.parameter : null;
}

function bareText(value: string): string {
  return PLAIN_VALUE.test(value) ? value : quoted(value);
}

function textInDoubleQuotes(value: string): string {
  return value.replaceAll(/["\\$`]/g, '\\$&');
}

function partEdits(part: WordPart, known: Known): Edit[] {
  if (part.type === 'DoubleQuoted')
    return part.parts.flatMap((child) => valueEdit(child, known, textInDoubleQuotes));
  return valueEdit(part, known, bareText);
}

function valueEdit(
  part: WordPart | DoubleQuotedChild,
  known: Known,
  written: (value: string) => string,
): Edit[] {
  const name = nameOf(part);
  const value = name === null ? undefined : known.variable(name);
  return value === undefined ? [] : [{ from: part.pos, to: part.end, text: written(value) }];
}

function wordEdits(word: Word, known: Known): Edit[] {
  const edits = (word.parts ?? []).flatMap((part) => partEdits(part, known));
  if (!TILDE.test(word.text)) return edits;
  return [{ from: word.pos, to: word.pos + 1, text: bareText(known.home) }, ...edits];
}

/** The words of a command, but not the text of its here-documents. */
function wordsOf(node: SyntaxNode): Word[] {
  if (node.type === 'Word') return [node];
  if (node.type === 'HereDoc') return [];
  const words: Word[] = [];
  forEachChild(node, (child) => words.push(...wordsOf(child)));
  return words;
}

/** An alias is not looked for in what an alias stands for. */
function withoutAliases(text: string, known: Known): string {
  const script = parsed(text);
  if (script === null) return text;
  return edited(
    text,
    commandsIn(script).flatMap((command) => aliasEdit(command, known)),
  );
}

/** The text with its aliases, variables and home directories written out. A text that cannot be read stays as it is. */
export function expanded(text: string, known: Known): string {
  try {
    return writtenOut(text, known);
  } catch {
    // The parser gives up on what is nested too deep, also while its tree is walked.
    return text;
  }
}

function writtenOut(text: string, known: Known): string {
  const own = withoutAliases(text, known);
  const script = parsed(own);
  if (script === null) return own;
  const [first] = commandsIn(script);
  const behind: Known = {
    ...known,
    variable: (name) => (name === LAST_STATUS ? undefined : known.variable(name)),
  };
  return edited(
    own,
    wordsOf(script).flatMap((word) => wordEdits(word, word.end <= (first?.end ?? 0) ? known : behind)),
  );
}
