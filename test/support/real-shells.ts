/**
 * Real shells that run many commands in one go. Programs are stand-ins that write down how they were called: on the
 * shell's path there is nothing else.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { quoted } from '../../src/policies/analyzers/shell/canonical.ts';

/** How a shell is called, up to the command: `bash -c`. */
export type Shell = readonly string[];

export const BASH: Shell = ['/bin/bash', '-c'];

/** Those of this machine: a target may have any. */
export const SHELLS: readonly Shell[] = [
  BASH,
  ['/bin/dash', '-c'],
  ['/bin/busybox', 'sh', '-c'],
  ['/usr/bin/busybox', 'sh', '-c'],
].filter(([program = '']) => existsSync(program));

export interface ShellRow {
  /** A name for a directory. */
  readonly id: string;
  readonly command: string;
  /** Which there are. One named `fails` does. */
  readonly programs: Iterable<string>;
}

export interface ShellOutcome {
  /** Name and arguments of each program that ran, in no order. */
  readonly runs: readonly (readonly string[])[];
  /** What each got on its standard input, in the same order. */
  readonly inputs: readonly string[];
  /** Name and content of what is in the working directory then. */
  readonly files: readonly string[];
}

const STAND_IN = `#!/bin/sh
{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\n'
while IFS= read -r line; do printf '%s\\n' "$line"; done; } > "\${0%/*}.records/$$" 2>/dev/null
[ "\${0##*/}" != fails ]
`;
const RUN_MS_MAX = 60_000;

/** Runs every row in a directory of its own, one after the other, and tells what happened. */
export function runInShell(
  shell: Shell,
  rows: readonly ShellRow[],
  directory: string,
): ReadonlyMap<string, ShellOutcome> {
  const lines = rows.map((row) => {
    prepare(join(directory, row.id), row.programs);
    const words = [...shell, row.command].map(quoted).join(' ');
    const path = join(directory, row.id, 'bin');
    return `cd ${quoted(join(directory, row.id, 'work'))} && /usr/bin/env -i ${quoted(`PATH=${path}`)} ${words} </dev/null >/dev/null 2>&1`;
  });
  const driver = join(directory, 'driver.sh');
  writeFileSync(driver, `${lines.join('\n')}\ntrue\n`);
  execFileSync('/bin/sh', [driver], { timeout: RUN_MS_MAX, stdio: 'ignore' });
  return new Map(rows.map(({ id }) => [id, outcomeOf(join(directory, id))]));
}

function prepare(directory: string, programs: Iterable<string>): void {
  for (const name of ['bin', 'bin.records', 'work']) mkdirSync(join(directory, name), { recursive: true });
  const standIn = join(directory, 'stand-in');
  writeFileSync(standIn, STAND_IN);
  chmodSync(standIn, 0o755);
  for (const name of new Set(programs)) symlinkSync(standIn, join(directory, 'bin', name));
  for (const name of ['f1.txt', 'f2.txt']) writeFileSync(join(directory, 'work', name), '');
}

function outcomeOf(directory: string): ShellOutcome {
  const records = join(directory, 'bin.records');
  const written = readdirSync(records)
    .map((name) => readFileSync(join(records, name), 'utf8'))
    .sort();
  const work = join(directory, 'work');
  return {
    runs: written.map((text) => text.slice(0, text.lastIndexOf('\0')).split('\0')),
    inputs: written.map((text) => text.slice(text.lastIndexOf('\0') + 1)),
    files: readdirSync(work)
      .sort()
      .map((name) => `${name}: ${readFileSync(join(work, name), 'utf8')}`),
  };
}
