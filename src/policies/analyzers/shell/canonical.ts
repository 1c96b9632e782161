/**
 * A script -> the one way in which it is sent. Built from words that are known, never from the text that was
 * typed: so what was judged is what the target's shell reads, whether or not the parser read the text as that
 * shell would have. Only what POSIX says of `sh` is used, so that bash, dash and busybox read it alike.
 */
import type { AndOrList, Pipeline, Redirection, Script, SimpleCommand, Word } from './syntax.ts';

const PLAIN_ARGUMENT = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
/** Without `=`, which would make it a variable. */
const PLAIN_PROGRAM = /^[A-Za-z0-9_./+-]+$/;
/** Words that a shell takes for itself where a program could stand. */
const RESERVED: ReadonlySet<string> = new Set(
  'case do done elif else esac fi for if in then until while coproc function namespace nocorrect repeat select time foreach end'.split(
    ' ',
  ),
);

/** Text as one word of a POSIX shell, which takes all of it for itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function programText(name: string): string {
  return PLAIN_PROGRAM.test(name) && !RESERVED.has(name) ? name : quoted(name);
}

/** Text as one word, bare where it needs no quotes. */
export function literalText(text: string): string {
  return PLAIN_ARGUMENT.test(text) ? text : quoted(text);
}

/** Patterns bare, everything else quoted where it has to be. */
function wordText(word: Word): string {
  return word.map(({ kind, text }) => (kind === 'pattern' ? text : literalText(text))).join('');
}

/** A line that the body does not have. */
function endOfText(body: string): string {
  const lines = new Set(body.split('\n'));
  let end = 'END';
  for (let count = 1; lines.has(end); count += 1) end = `END_${count}`;
  return end;
}

const STANDARD_DESCRIPTOR = { '<': 0, '<>': 0, '<&': 0, '>': 1, '>>': 1, '>|': 1, '>&': 1 } as const;

function redirectionText(redirection: Redirection): string {
  const { descriptor } = redirection;
  if (redirection.kind === 'text')
    return `${descriptor === 0 ? '' : descriptor}<<${quoted(endOfText(redirection.body))}`;
  const { operator } = redirection;
  const number = descriptor === STANDARD_DESCRIPTOR[operator] ? '' : descriptor;
  if (redirection.kind === 'duplicate') return `${number}${operator}${redirection.source}`;
  return `${number}${operator}${literalText(redirection.target)}`;
}

function commandText({ settings, name, arguments: words, redirections }: SimpleCommand): string {
  return [
    ...settings.map((setting) => `${setting.name}=${literalText(setting.value)}`),
    programText(name),
    ...words.map(wordText),
    ...redirections.map(redirectionText),
  ].join(' ');
}

function pipelineText({ negated, commands }: Pipeline): string {
  return `${negated ? '! ' : ''}${commands.map(commandText).join(' | ')}`;
}

function listText(list: AndOrList): string {
  return list
    .map(({ operator, pipeline }) => `${operator === null ? '' : ` ${operator} `}${pipelineText(pipeline)}`)
    .join('');
}

function bodiesOf(commands: readonly SimpleCommand[]): string {
  return commands
    .flatMap(({ redirections }) => redirections)
    .map((one) => (one.kind === 'text' ? `\n${one.body}${endOfText(one.body)}` : ''))
    .join('');
}

/** One command as it is sent, with the text of its here-documents. */
export function canonicalCommand(command: SimpleCommand): string {
  return `${commandText(command)}${bodiesOf([command])}`;
}

/** The script as it is sent: one line, unless a here-document needs more. */
export function canonicalScript(script: Script): string {
  const lines = script.map((list) => {
    const bodies = bodiesOf(list.flatMap(({ pipeline }) => pipeline.commands));
    return { text: `${listText(list)}${bodies}`, hasBodies: bodies !== '' };
  });
  return lines.map(({ text }) => text).join(lines.some(({ hasBodies }) => hasBodies) ? '\n' : '; ');
}
