/** Words of the parser -> words that are known to the letter. Whatever the shell would work out itself is refused. */
import type { DoubleQuotedChild, Word as ParsedWord, WordPart } from 'unbash';
import { visibleText } from '../../../core/visible-text.ts';
import { SyntaxRefusal } from './refusal.ts';
import type { Piece, Word } from './syntax.ts';

const VARIABLE = 'a variable is known only on the target: write its value';
const SUBSTITUTION = 'a command inside a command: run it by itself, and write what it answers';
const OWN_WORDS = 'write the words out';

/** Parts of words that are refused, and what to do instead. */
const REFUSED_PARTS: Readonly<
  Record<
    Exclude<WordPart['type'], 'Literal' | 'SingleQuoted' | 'DoubleQuoted' | 'AnsiCQuoted' | 'Glob'>,
    string
  >
> = {
  SimpleExpansion: VARIABLE,
  ParameterExpansion: VARIABLE,
  CommandExpansion: SUBSTITUTION,
  ProcessSubstitution: SUBSTITUTION,
  ArithmeticExpansion: 'arithmetic can run commands: write the number',
  LocaleString: '$"…" depends on the language of the target: write "…"',
  ExtendedGlob: `patterns with parentheses are not the same in every shell: ${OWN_WORDS}`,
  BraceExpansion: `words in braces are not the same in every shell: ${OWN_WORDS}`,
};

/** Brackets that every shell reads alike. */
const PLAIN_BRACKET = /^\[!?[A-Za-z0-9_.-]+\]$/;
/** Where a shell would put a home directory. */
const TILDE = /(?:^|[=:])~/;

function literal(text: string, at: { readonly pos: number }): Piece {
  if (visibleText(text) !== text || text.includes('\ufffd'))
    throw new SyntaxRefusal('a word with characters that cannot be seen', at);
  return { kind: 'literal', text };
}

function quotedText(parts: readonly DoubleQuotedChild[]): string {
  return parts
    .map((part) => {
      if (part.type !== 'Literal') throw new SyntaxRefusal(REFUSED_PARTS[part.type], part);
      return part.value;
    })
    .join('');
}

function readPart(part: WordPart, isFirst: boolean): Piece {
  switch (part.type) {
    case 'Literal':
      refuseBare(part.text, isFirst, part);
      return literal(part.value, part);
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return literal(part.value, part);
    case 'DoubleQuoted':
      return literal(quotedText(part.parts), part);
    case 'Glob':
      if (part.kind === 'bracket' && !PLAIN_BRACKET.test(part.text))
        throw new SyntaxRefusal('brackets hold letters, digits, dots and dashes only', part);
      return { kind: 'pattern', text: part.text };
    default:
      throw new SyntaxRefusal(REFUSED_PARTS[part.type], part);
  }
}

/** What is not quoted and means something to the shell, though the parser takes it for a letter. */
function refuseBare(raw: string, isFirst: boolean, at: { readonly pos: number }): void {
  if (isFirst ? TILDE.test(raw) : /[=:]~/.test(raw))
    throw new SyntaxRefusal('~ is known only on the target: write the directory', at);
  if (isFirst && raw.startsWith('!') && raw.length > 1)
    throw new SyntaxRefusal('! does not repeat what was typed before: write it out, or quote the !', at);
  if (/[$`]/.test(raw.replaceAll(/\\./gs, '')))
    throw new SyntaxRefusal('a $ or ` that nothing follows: quote it', at);
}

function joined(pieces: readonly Piece[]): Word {
  const word: Piece[] = [];
  for (const piece of pieces) {
    const last = word.at(-1);
    if (last?.kind === 'literal' && piece.kind === 'literal')
      word[word.length - 1] = { kind: 'literal', text: last.text + piece.text };
    else word.push(piece);
  }
  return word;
}

/** An argument. A pattern needs something before it, or a file named `-x` would become an option. */
export function readArgument(parsed: ParsedWord): Word {
  const { parts } = parsed;
  if (parts === undefined) {
    refuseBare(parsed.text, true, parsed);
    return [literal(parsed.value, parsed)];
  }
  const word = joined(parts.map((part, index) => readPart(part, index === 0)));
  const [first] = word;
  const hasPattern = word.some(({ kind }) => kind === 'pattern');
  if (hasPattern && (first?.kind !== 'literal' || first.text === '' || first.text.startsWith('-')))
    throw new SyntaxRefusal('a pattern could match a name that is read as an option: write ./*', parsed);
  return word;
}

/** A word that has to be known to the letter: a program, a file of a redirection, a value. */
export function readLiteral(parsed: ParsedWord, what: string): string {
  const word = readArgument(parsed);
  const [first] = word;
  if (word.length > 1 || first?.kind === 'pattern')
    throw new SyntaxRefusal(`${what} has to be written out`, parsed);
  return first?.text ?? '';
}
