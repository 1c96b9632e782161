/**
 * Text -> a script of simple commands, by the grammar of bash (unbash), or the reason why it is not read. What is
 * accepted is a list: a node that is not on it is refused, whatever it would do.
 */
import {
  type AndOr,
  type Assignment,
  type Command,
  type PipelineNode,
  parse,
  type Statement,
  type SyntaxNode,
} from 'unbash';
import { messageOf } from '../../../core/errors.ts';
import { visibleText } from '../../../core/visible-text.ts';
import { firstLeftover } from './leftovers.ts';
import { readRedirection, STANDARD_ERROR_TOO } from './read-redirection.ts';
import { readArgument, readLiteral } from './read-word.ts';
import { SyntaxRefusal } from './refusal.ts';
import type { AndOrList, Pipeline, Redirection, Script, Setting, SimpleCommand, Word } from './syntax.ts';

/** Of UTF-16, as JavaScript counts. */
const COMMAND_CHARACTERS_MAX = 32_768;
/** The parser's work grows with the square of these. */
const HERE_DOCUMENTS_MAX = 100;
const COMMANDS_MAX = 256;

export type ReadOutcome =
  | { readonly script: Script; readonly problem: null; readonly position?: undefined }
  /** The position is in characters from 1. */
  | { readonly script: null; readonly problem: string; readonly position?: number | undefined };

const COMPOUND = 'only simple commands, pipes, && and || are read: no loops, conditions, groups or functions';
const REFUSED_NODES: Readonly<Partial<Record<SyntaxNode['type'], string>>> = {
  ArithmeticCommand: 'arithmetic can run commands',
  TestCommand: '[[ … ]] can run commands: use test or [ … ]',
  Coproc: 'coproc runs a command out of sight',
};

function refuseNode(node: SyntaxNode): never {
  throw new SyntaxRefusal(REFUSED_NODES[node.type] ?? COMPOUND, node);
}

function readSetting(assignment: Assignment): Setting {
  const { name, value, append, index } = assignment;
  if (append === true || index !== undefined || value.type !== 'Word')
    throw new SyntaxRefusal('before a program only NAME=value is read', assignment);
  return { name, value: readLiteral(value, 'a value') };
}

function readCommand(command: Command): SimpleCommand {
  const settings: Setting[] = [];
  const words: Word[] = [];
  const redirections: Redirection[] = [];
  if (command.name === undefined)
    throw new SyntaxRefusal('no program is named: variables and files are not set by themselves', command);
  const name = readLiteral(command.name, 'the program');
  if (name === '') throw new SyntaxRefusal('the name of the program is empty', command);
  if (name.startsWith('%')) throw new SyntaxRefusal('% means a job of the shell', command);
  for (const part of command.prefix) {
    if (part.type === 'Assignment') settings.push(readSetting(part));
    else redirections.push(...readRedirection(part));
  }
  for (const part of command.suffix) {
    if (part.type === 'Word') words.push(readArgument(part));
    else if (part.type === 'Assignment')
      throw new SyntaxRefusal(`${name} changes what later commands mean`, part);
    else redirections.push(...readRedirection(part));
  }
  return { settings, name, arguments: words, redirections };
}

function readPipeline(node: PipelineNode): Pipeline {
  if (node.type === 'Command') return { negated: false, commands: [readCommand(node)] };
  if (node.type !== 'Pipeline') return refuseNode(node);
  for (const prefix of node.prefixes) {
    if (prefix.type === 'Time') throw new SyntaxRefusal('time is not the same in every shell', prefix);
  }
  if (node.prefixes.length > 1) throw new SyntaxRefusal('more than one !', node);
  if (node.commands.length === 0) throw new SyntaxRefusal('nothing follows !', node);
  const commands = node.commands.map((one, index): SimpleCommand => {
    if (one.type !== 'Command') return refuseNode(one);
    const command = readCommand(one);
    if (node.operators[index] !== '|&') return command;
    return { ...command, redirections: [...command.redirections, STANDARD_ERROR_TOO] };
  });
  return { negated: node.prefixes.length === 1, commands };
}

function readList(node: PipelineNode | AndOr): AndOrList {
  if (node.type !== 'AndOr') return [{ operator: null, pipeline: readPipeline(node) }];
  return node.commands.map((command, index) => {
    const operator = index === 0 ? null : (node.operators[index - 1] ?? null);
    return { operator, pipeline: readPipeline(command) };
  });
}

function readStatement({ command, background, pos }: Statement): AndOrList {
  if (background === true)
    throw new SyntaxRefusal('& leaves a command running out of sight: leave it out', { pos });
  return readList(command);
}

/** Measured before the parser sees it. */
function problemOfText(text: string): string | null {
  if (text.length > COMMAND_CHARACTERS_MAX) return `longer than ${COMMAND_CHARACTERS_MAX} characters`;
  if (visibleText(text) !== text || /[\p{Zs}--\u0020]/v.test(text))
    return 'it has control characters, or others that cannot be seen';
  if (/(?<!\\)(?:\\\\)*\\$/.test(text)) return 'nothing follows the backslash at its end';
  if (/\\\n[<>]/.test(text)) return 'a line goes on with < or >: write it on one line';
  const hereDocuments = text.split('<<').length - 1;
  return hereDocuments > HERE_DOCUMENTS_MAX ? `more than ${HERE_DOCUMENTS_MAX} times <<` : null;
}

function readParsed(text: string): ReadOutcome {
  const parsed = parse(text);
  const { commands, errors = [], shebang } = parsed;
  const [error] = errors;
  if (error !== undefined) return { script: null, problem: error.message, position: error.pos + 1 };
  if (shebang !== undefined) return { script: null, problem: 'a script is not a command' };
  const script = commands.map(readStatement);
  const leftover = firstLeftover(text, parsed);
  if (leftover !== null)
    return { script: null, problem: 'a part of it has no meaning', position: leftover + 1 };
  const simple = script.flatMap((list) => list.flatMap(({ pipeline }) => pipeline.commands));
  if (simple.length > COMMANDS_MAX) return { script: null, problem: `more than ${COMMANDS_MAX} commands` };
  return { script, problem: null };
}

/** Never throws; at most 32,768 characters and 256 commands are read. An empty text is an empty script. */
export function readScript(text: string): ReadOutcome {
  const problem = problemOfText(text);
  if (problem !== null) return { script: null, problem };
  try {
    return readParsed(text);
  } catch (error) {
    if (error instanceof SyntaxRefusal)
      return { script: null, problem: error.message, position: error.position + 1 };
    return { script: null, problem: `the parser failed: ${messageOf(error)}` };
  }
}
