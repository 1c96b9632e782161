/** The commands that the broker serves itself: none of them runs a program on the target. */

import { quoted } from '../../../../policies/analyzers/shell/canonical.ts';
import { isObeyed } from '../../../../policies/analyzers/shell/hidden-runs.ts';
import type { History } from '../line/history.ts';
import { helpLines } from './help.ts';
import type { ShellState } from './shell-state.ts';

/** Of a directory that a person wants to go to, by its path from `/`. */
export type DirectoryAnswer =
  | { readonly kind: 'directory'; readonly path: string }
  /** A sentence. */
  | { readonly kind: 'problem'; readonly problem: string };

export interface BuiltinContext {
  readonly state: ShellState;
  readonly home: string;
  /** Null where lines are not edited. */
  readonly history: Pick<History, 'numbered'> | null;
  /** Whether the role lets commands run what they do not show. */
  readonly mayHide: boolean;
  /** Those that the role names; null where it names none. */
  readonly programs: readonly string[] | null;
  readonly clear: () => void;
  /** Output, one line. */
  readonly print: (line: string) => void;
  /** What went wrong, one line. */
  readonly complain: (line: string) => void;
  readonly resolveDirectory: (path: string) => Promise<DirectoryAnswer>;
}

export type BuiltinResult = { readonly kind: 'status' | 'exit'; readonly status: number };
type Builtin = (context: BuiltinContext, given: readonly string[]) => Promise<number> | number;

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ALIAS_NAME = /^[A-Za-z0-9_.,:+@%-]+$/;
const STATUS_MAX = 255;

async function changeDirectory(context: BuiltinContext, given: readonly string[]): Promise<number> {
  const { state, complain, print } = context;
  const [target = context.home, ...others] = given[0] === '--' ? given.slice(1) : given;
  if (others.length > 0) return failed(complain, 'cd: one directory at a time');
  if (target === '-' && state.directoryBefore === null)
    return failed(complain, 'cd: there is no directory before');
  const wanted = target === '-' ? (state.directoryBefore ?? '') : target;
  if (wanted === '') return failed(complain, 'cd: the name of the directory is empty');
  const path = wanted.startsWith('/')
    ? wanted
    : `${state.directory === '/' ? '' : state.directory}/${wanted}`;
  const answer = await context.resolveDirectory(path);
  if (answer.kind === 'problem') return failed(complain, `cd: ${answer.problem}`);
  state.directoryBefore = state.directory;
  state.directory = answer.path;
  if (target === '-') print(answer.path);
  return 0;
}

function exportVariables(context: BuiltinContext, given: readonly string[]): number {
  const { state, print } = context;
  if (given.length === 0) {
    for (const name of [...state.exported].sort())
      print(`export ${name}=${quoted(state.variables.get(name) ?? '')}`);
    return 0;
  }
  return worst(given.map((word) => exportVariable(context, word)));
}

function exportVariable({ state, mayHide, complain }: BuiltinContext, word: string): number {
  const [name = '', ...rest] = word.split('=');
  if (!VARIABLE_NAME.test(name)) return failed(complain, `export: ${name} is no name of a variable`);
  const value = word.includes('=') ? rest.join('=') : (state.variables.get(name) ?? '');
  if (!mayHide && isObeyed({ name, value }))
    return failed(
      complain,
      `export: programs may obey ${name}, so it is not exported (the role would need "indirect"). ${name}=… without export sets it for $${name} in what you type.`,
    );
  const problem = state.variables.set(name, value);
  if (problem !== null) return failed(complain, `export: ${name}: ${problem}`);
  state.exported.add(name);
  return 0;
}

/** `NAME=value`: for what is typed, and for programs when the name is exported already. */
export function assignVariables(
  context: BuiltinContext,
  settings: readonly (readonly [name: string, value: string])[],
): number {
  const { state, complain } = context;
  return worst(
    settings.map(([name, value]) => {
      if (state.exported.has(name)) return exportVariable(context, `${name}=${value}`);
      const problem = state.variables.set(name, value);
      return problem === null ? 0 : failed(complain, `${name}: ${problem}`);
    }),
  );
}

function unsetVariables({ state }: BuiltinContext, given: readonly string[]): number {
  for (const name of given) {
    state.variables.delete(name);
    state.exported.delete(name);
  }
  return 0;
}

function alias({ state, print, complain }: BuiltinContext, given: readonly string[]): number {
  if (given.length === 0) {
    for (const [name, value] of state.aliases.entries()) print(`alias ${name}=${quoted(value)}`);
    return 0;
  }
  return worst(
    given.map((word) => {
      const [name = '', ...rest] = word.split('=');
      const value = state.aliases.get(name);
      if (word.includes('=')) return setAlias({ state, complain }, name, rest.join('='));
      if (value === undefined) return failed(complain, `alias: ${name} is none`);
      print(`alias ${name}=${quoted(value)}`);
      return 0;
    }),
  );
}

function setAlias(
  { state, complain }: Pick<BuiltinContext, 'state' | 'complain'>,
  name: string,
  value: string,
): number {
  if (!ALIAS_NAME.test(name)) return failed(complain, `alias: ${name} cannot be the name of one`);
  if (value.includes('\n')) return failed(complain, `alias: ${name} would have several lines`);
  const problem = state.aliases.set(name, value);
  return problem === null ? 0 : failed(complain, `alias: ${name}: ${problem}`);
}

function unalias({ state, complain }: BuiltinContext, given: readonly string[]): number {
  return worst(
    given.map((name) => (state.aliases.delete(name) ? 0 : failed(complain, `unalias: ${name} is none`))),
  );
}

function showHistory({ history, print }: BuiltinContext): number {
  for (const { number, line } of history?.numbered() ?? [])
    print(`${String(number).padStart(5)}  ${line.replaceAll('\n', '\n       ')}`);
  return 0;
}

function showDirectory({ state, print }: BuiltinContext): number {
  print(state.directory);
  return 0;
}

function help({ print, programs }: BuiltinContext): number {
  for (const line of helpLines(programs)) print(line);
  return 0;
}

function clear(context: BuiltinContext): number {
  context.clear();
  return 0;
}

function noJobs({ complain }: BuiltinContext): number {
  return failed(
    complain,
    'There are no jobs here: each command runs by itself until it ends, and Ctrl-C stops it.',
  );
}

function failed(complain: (line: string) => void, line: string): number {
  complain(line);
  return 1;
}

function worst(statuses: readonly number[]): number {
  return Math.max(0, ...statuses);
}

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', changeDirectory],
  ['pwd', showDirectory],
  ['export', exportVariables],
  ['unset', unsetVariables],
  ['alias', alias],
  ['unalias', unalias],
  ['history', showHistory],
  ['clear', clear],
  ['help', help],
  ['jobs', noJobs],
  ['fg', noJobs],
  ['bg', noJobs],
]);
const EXITS: ReadonlySet<string> = new Set(['exit', 'logout']);

export const BUILTIN_NAMES: readonly string[] = [...BUILTINS.keys(), ...EXITS];

export function isBuiltin(name: string): boolean {
  return BUILTINS.has(name) || EXITS.has(name);
}

/** @param name of one that `isBuiltin` knows */
export async function runBuiltin(
  context: BuiltinContext,
  { name, given }: { readonly name: string; readonly given: readonly string[] },
): Promise<BuiltinResult> {
  if (EXITS.has(name)) return { kind: 'exit', status: exitStatus(given[0], context.state.status) };
  return { kind: 'status', status: (await BUILTINS.get(name)?.(context, given)) ?? 1 };
}

function exitStatus(given: string | undefined, last: number): number {
  if (given === undefined) return last;
  return /^\d{1,9}$/.test(given) ? Number(given) % (STATUS_MAX + 1) : 2;
}
