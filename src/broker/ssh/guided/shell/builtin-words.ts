/** Whether a text is one of the commands that the broker serves itself, and its words, known to the letter. Pure. */
import { type Command, parse, type Word } from 'unbash';
import { readLiteral } from '../../../../policies/analyzers/shell/read-word.ts';
import { SyntaxRefusal } from '../../../../policies/analyzers/shell/refusal.ts';

export type BuiltinWords =
  | { readonly kind: 'builtin'; readonly name: string; readonly given: readonly string[] }
  /** `NAME=value` and nothing else. */
  | { readonly kind: 'assignment'; readonly settings: readonly (readonly [name: string, value: string])[] }
  /** One of the broker's commands, in a way that is not read. A clause. */
  | { readonly kind: 'unreadable'; readonly problem: string };

function onlyCommand(text: string): Command | null {
  const { commands, errors = [] } = parse(text);
  const [statement, ...others] = commands;
  if (statement?.command.type !== 'Command' || others.length > 0 || errors.length > 0) return null;
  return statement.background === true ? null : statement.command;
}

function plainName(word: Word | undefined): string | null {
  return word !== undefined && word.parts === undefined && word.text === word.value ? word.text : null;
}

function settingsOf({ prefix }: Command): (readonly [string, string])[] {
  return prefix.map((part) => {
    if (
      part.type !== 'Assignment' ||
      part.append === true ||
      part.index !== undefined ||
      part.value.type !== 'Word'
    )
      throw new SyntaxRefusal('only NAME=value is read', part);
    return [part.name, readLiteral(part.value, 'a value')];
  });
}

function argumentsOf({ suffix }: Command): string[] {
  return suffix.map((part) => {
    if (part.type === 'Word') return readLiteral(part, 'an argument');
    if (part.type !== 'Assignment') throw new SyntaxRefusal('it has no input and output of its own', part);
    if (part.append === true || part.index !== undefined || part.value.type !== 'Word')
      throw new SyntaxRefusal('only NAME=value is read', part);
    return `${part.name}=${readLiteral(part.value, 'a value')}`;
  });
}

/** @returns null for a text that is not for the broker: it is judged as a command of the target */
export function builtinWords(text: string, isBuiltin: (name: string) => boolean): BuiltinWords | null {
  try {
    return wordsOf(text, isBuiltin);
  } catch (error) {
    if (error instanceof SyntaxRefusal) return { kind: 'unreadable', problem: error.message };
    // The parser gives up on what is nested too deep, also while its tree is walked: the judge says so.
    return null;
  }
}

function wordsOf(text: string, isBuiltin: (name: string) => boolean): BuiltinWords | null {
  const command = onlyCommand(text);
  if (command === null) return null;
  const name = plainName(command.name);
  const isAssignment = command.name === undefined && command.prefix.length > 0 && command.suffix.length === 0;
  if (!isAssignment && (name === null || !isBuiltin(name) || command.prefix.length > 0)) return null;
  if (name === null) return { kind: 'assignment', settings: settingsOf(command) };
  return { kind: 'builtin', name, given: argumentsOf(command) };
}
