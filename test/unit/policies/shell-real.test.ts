/** Real shells run what is sent: as it was shown, as it was typed, and nothing besides. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visibleText } from '../../../src/core/visible-text.ts';
import { analyzeShell, type ShellAnalysis } from '../../../src/policies/analyzers/shell/analyze.ts';
import { canonicalScript, quoted } from '../../../src/policies/analyzers/shell/canonical.ts';
import { decideCommand } from '../../../src/policies/rules/decide-command.ts';
import { BASH, runInShell, SHELLS, type ShellOutcome, type ShellRow } from '../../support/real-shells.ts';
import { readShellAttacks, readShellInnocents } from '../../support/shell-corpus.ts';
import { LISTED } from './shell-sample.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'shells-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fresh(name: string): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const analyze = (command: string): ShellAnalysis => analyzeShell(command, { directory: '/home/deploy' });

function canonicalOf(command: string): string {
  const { canonical, parseError } = analyze(command);
  if (canonical === null) throw new Error(`${command}: ${parseError}`);
  return canonical;
}

const programsIn = (command: string): string[] =>
  analyze(command).statements.flatMap(({ programs }) => programs.map(({ name }) => name));

const hasPattern = (statements: ShellAnalysis['statements']): boolean =>
  statements.some(({ paths }) => paths.some(({ certainty }) => certainty === 'pattern'));

/** What is done by the shell itself leaves no record. */
const BUILT_IN = new Set('cd echo printf test [ true false'.split(' '));

const ROWS = readShellInnocents()
  .filter(({ paths }) => paths !== false)
  .map(({ id, command }): ShellRow & { readonly command: string } => {
    return { id, command, programs: programsIn(command).filter((name) => !BUILT_IN.has(name)) };
  });

describe('in a real shell', () => {
  let typed: ReadonlyMap<string, ShellOutcome>;
  beforeAll(() => {
    typed = runInShell(BASH, ROWS, fresh('typed'));
  });

  it.each(SHELLS)('%s, what is sent does what was typed, with the arguments that are shown', (...shell) => {
    const sent = ROWS.map((row) => ({ ...row, command: canonicalOf(row.command) }));
    const outcomes = runInShell(shell, sent, fresh(`sent-${shell.join('-').replaceAll('/', '')}`));
    let ran = 0;
    for (const { id, command } of ROWS) {
      expect({ id, ...outcomes.get(id) }).toEqual({ id, ...typed.get(id) });
      const shown = analyze(command).statements.map(({ programs: [first] }) =>
        [first?.name, ...(first?.arguments ?? [])].join('\0'),
      );
      const isPattern = hasPattern(analyze(command).statements);
      for (const run of outcomes.get(id)?.runs ?? []) {
        ran += 1;
        if (!isPattern) expect(shown, id).toContain(run.join('\0'));
      }
    }
    expect(ran).toBeGreaterThan(100);
  });

  it('attacks that need no more than a shell do run what they hide', () => {
    const real = readShellAttacks().filter(({ group, direct }) => {
      return direct !== false && ['table', 'debug-trap', 'syntax'].includes(group);
    });
    expect(real.length).toBeGreaterThan(90);
    const base = fresh('attacks');
    const lines = real.map(({ id, command }) => {
      mkdirSync(join(base, id));
      const words = [...BASH, command].map(quoted).join(' ');
      return `cd ${quoted(join(base, id))} && /usr/bin/timeout 5 ${words} </dev/null >/dev/null 2>&1`;
    });
    writeFileSync(join(base, 'driver.sh'), `${lines.join('\n')}\ntrue\n`);
    execFileSync('/bin/sh', [join(base, 'driver.sh')], { stdio: 'ignore', timeout: 60_000 });
    expect(real.filter(({ id }) => !existsSync(join(base, id, 'x'))).map(({ id }) => id)).toEqual([]);
  });
});

/** In one process: `rec` writes its arguments down, and each command ends with a mark. */
function argumentsIn(shell: Shell, commands: readonly string[], name: string): string[][] {
  const recorder = `rec() { printf '%s\\0' "$@"; printf '\\1\\0'; }`;
  const file = join(directory, name);
  writeFileSync(file, `${recorder}\n${commands.join('\n')}\n`);
  const [program = '', ...rest] = shell;
  const output = execFileSync(program, [...rest.filter((word) => word !== '-c'), file], { encoding: 'utf8' });
  return output
    .split('\x01\0')
    .slice(0, -1)
    .map((record) => record.split('\0').slice(0, -1));
}
type Shell = readonly string[];

const LETTERS = [...` \t\n"'\\$\`*?[]{}()<>|&;#~!=%^@:,./-+_aZ09é日`];
const WORD = fc.array(fc.constantFrom(...LETTERS), { maxLength: 8 }).map((letters) => letters.join(''));
/** Pieces that a shell reads in its own way. */
const FRAGMENT = fc.constantFrom(
  ...[
    'a',
    'b c',
    ' ',
    "'",
    '"',
    '\\',
    '$',
    '`',
    '*',
    '[',
    ']',
    '{',
    '}',
    ',',
    '~',
    '#',
    '!',
    '=',
    '\n',
    '\t',
  ],
  ...[
    "'x y'",
    '"x y"',
    '\\"',
    "\\'",
    '\\\\',
    '\\\n',
    "$'\\n'",
    "$'\\x41'",
    '"a\\"b"',
    "'\\'",
    '(',
    ')',
    '-',
    '/',
    '.',
  ],
  ...['$(touch x)', '`touch x`', `\${a}`, '$((1))', '<<E\n', 'E\n', '|', '&&', ';', '>', '<', '2>', '&'],
);

describe('any words', () => {
  const lists = fc.sample(fc.array(WORD, { minLength: 1, maxLength: 5 }), { numRuns: 1_500, seed: 8 });

  it.each(SHELLS)('%s gets exactly as they were, once quoted', (...shell) => {
    const commands = lists.map((words) =>
      canonicalScript([
        [
          {
            operator: null,
            pipeline: {
              negated: false,
              commands: [
                {
                  settings: [],
                  name: 'rec',
                  arguments: words.map((text) => [{ kind: 'literal', text }]),
                  redirections: [],
                },
              ],
            },
          },
        ],
      ]),
    );
    expect(argumentsIn(shell, commands, 'words.sh')).toEqual(lists);
  });
});

describe('any text', () => {
  const texts = fc.sample(
    fc.array(FRAGMENT, { maxLength: 8 }).map((parts) => `rec ${parts.join('')}`),
    { numRuns: 3_000, seed: 8 },
  );

  it('that is read means to bash what is shown', () => {
    const read = texts.flatMap((text) => {
      const { statements } = analyze(text);
      const [run] = statements[0]?.programs ?? [];
      if (statements.length !== 1 || run?.name !== 'rec') return [];
      // A file would swallow the record, and a pattern depends on what is there.
      return /[<>]/.test(text) || hasPattern(statements) ? [] : [{ text, words: run.arguments }];
    });
    expect(read.length).toBeGreaterThan(400);
    const commands = read.map(({ text }) => `eval ${quoted(text)}`);
    expect(argumentsIn(BASH, commands, 'texts.sh')).toEqual(
      read.map(({ words }) => (words.length === 0 ? [''] : words)),
    );
  });

  it('never crashes the reading, and what is sent is read as itself', () => {
    let accepted = 0;
    for (const text of texts) {
      const { canonical, statements } = analyze(text);
      if (canonical === null) continue;
      accepted += 1;
      expect(visibleText(canonical), text).toBe(canonical);
      expect(analyze(canonical), text).toEqual({ statements, canonical, parseError: null });
    }
    expect(accepted).toBeGreaterThan(500);
  });

  it('that a role with a list of programs accepts runs none but these', () => {
    const accepted = texts
      .map((text) => text.replace(/^rec/, 'ls'))
      .filter((text) => {
        const verdict = decideCommand({ analysis: analyze(text), roleName: 'look', role: LISTED, rules: [] });
        return verdict.action === 'allow';
      })
      .filter((text) => /[|;&<\n`$]/.test(text))
      .slice(0, 30);
    expect(accepted.length).toBeGreaterThan(20);
    const rows = accepted.map((text, index) => {
      return {
        id: `row-${index}`,
        command: canonicalOf(text),
        programs: ['ls', 'cat', 'touch', 'a', 'x', 'E'],
      };
    });
    for (const shell of SHELLS) {
      const outcomes = runInShell(shell, rows, fresh(`listed-${shell.join('-').replaceAll('/', '')}`));
      const ran = [...outcomes.values()].flatMap(({ runs }) => runs.map(([name]) => name));
      expect(ran.length).toBeGreaterThan(20);
      expect(ran.filter((name) => !LISTED.programs?.includes(name ?? ''))).toEqual([]);
    }
  });
});
