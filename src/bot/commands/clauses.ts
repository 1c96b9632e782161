/**
 * Reads what follows a command's name: positional words first, then clauses such as `for 1h` or
 * `because the queue is stuck`, in any order.
 *
 * Where free text ends. Quoted text ends at its quote and any clause may follow. Text without quotes
 * runs to the end of the line, because a keyword inside it is far more often a word of the sentence
 * than a clause ("because we waited for 1h"). The one exception is the clauses that the grammar puts
 * after the text (`ticket OPS-12`): they are taken off its end when they look the part, so "because
 * the ticket queue is stuck" stays whole.
 */
import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';
import { nearest } from './did-you-mean.ts';
import type { Word } from './words.ts';

export interface ClauseSpec {
  readonly keyword: string;
  /** `word` takes one word; `text` takes free text. */
  readonly takes: 'word' | 'text';
  readonly charactersMax: number;
  /** For a clause that may follow free text without quotes: does this word look like its value? */
  readonly looksRight?: (word: string) => boolean;
}

export interface Clauses {
  readonly positionals: readonly string[];
  /** By keyword. Never empty text. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * @param input.words the words after the command's name; they carry offsets into `input.line`
 * @throws AppError `invalid_input` that says what to write instead
 */
export function readClauses(
  input: { readonly line: string; readonly words: readonly Word[]; readonly usage: string },
  grammar: { readonly positionalsMax: number; readonly clauses: readonly ClauseSpec[] },
): Clauses {
  const positionals: string[] = [];
  const values = new Map<string, string>();
  const specs = new Map(grammar.clauses.map((spec) => [spec.keyword, spec]));
  let at = 0;
  for (let word = input.words[at]; word !== undefined; word = input.words[at]) {
    const spec = word.quoted ? undefined : specs.get(word.text.toLowerCase());
    if (spec === undefined) {
      if (values.size > 0 || positionals.length >= grammar.positionalsMax) {
        throw unexpectedWord(word, { usage: input.usage, keywords: [...specs.keys()] });
      }
      positionals.push(word.text);
      at += 1;
      continue;
    }
    if (values.has(spec.keyword)) throw usageError(texts().usage.twice(spec.keyword), input.usage);
    const value =
      spec.takes === 'word' ? oneWord(input.words, at + 1) : freeText(input, at + 1, grammar.clauses);
    if (value === null) throw usageError(texts().usage.nothingFollows(spec.keyword), input.usage);
    if (value.text.length > spec.charactersMax) {
      throw usageError(texts().usage.clauseTooLong(spec.keyword, spec.charactersMax), input.usage);
    }
    values.set(spec.keyword, value.text);
    at = value.next;
  }
  return { positionals, values };
}

/** An error that ends with how the command is written. */
export function usageError(problem: string, usage: string): AppError {
  return new AppError('invalid_input', texts().usage.write({ problem, usage }));
}

function unexpectedWord(word: Word, known: { usage: string; keywords: readonly string[] }): AppError {
  const shown = word.text.slice(0, 60);
  const meant = word.quoted ? null : nearest(word.text, known.keywords);
  return unexpected(shown, { meant, usage: known.usage });
}

/** @param about.meant what it looks like, or null */
export function unexpected(
  word: string,
  about: { readonly meant: string | null; readonly usage: string },
): AppError {
  const words = texts().usage;
  const { meant, usage } = about;
  const problem = words.unexpected(word);
  return usageError(meant === null ? problem : words.didYouMean({ problem, meant }), usage);
}

interface Value {
  readonly text: string;
  /** Index of the first word after it. */
  readonly next: number;
}

function oneWord(words: readonly Word[], at: number): Value | null {
  const word = words[at];
  return word === undefined || word.text.trim() === '' ? null : { text: word.text, next: at + 1 };
}

function freeText(
  input: { readonly line: string; readonly words: readonly Word[] },
  at: number,
  specs: readonly ClauseSpec[],
): Value | null {
  const first = input.words[at];
  if (first === undefined) return null;
  if (first.quoted) return first.text.trim() === '' ? null : { text: first.text.trim(), next: at + 1 };
  const next = startOfTrailingClauses({ words: input.words, from: at + 1, specs });
  return { text: input.line.slice(first.start, input.words[next - 1]?.end), next };
}

/** Walks back from the end of the line over pairs of keyword and fitting value; at least one word stays text. */
function startOfTrailingClauses(options: {
  readonly words: readonly Word[];
  readonly from: number;
  readonly specs: readonly ClauseSpec[];
}): number {
  const taken = new Set<string>();
  let end = options.words.length;
  while (end - 2 >= options.from) {
    const [keyword, value] = options.words.slice(end - 2, end);
    if (keyword === undefined || value === undefined || keyword.quoted) break;
    const spec = options.specs.find((candidate) => candidate.keyword === keyword.text.toLowerCase());
    if (spec?.looksRight === undefined || taken.has(spec.keyword)) break;
    if (!value.quoted && !spec.looksRight(value.text)) break;
    taken.add(spec.keyword);
    end -= 2;
  }
  return end;
}
