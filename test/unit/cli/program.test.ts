/** Every command as it is described and as it is misused; none of this reaches a server. */
import { describe, expect, test } from 'vitest';
import { createContext } from '../../../src/cli/context.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

const COMMANDS = [
  'login',
  'logout',
  'whoami',
  'request',
  'requests',
  'show',
  'approve',
  'deny',
  'cancel',
  'grants',
  'connect',
  'done',
  'revoke',
  'sessions',
  'session',
  'replay',
  'export',
  'terminate',
  'verify',
  'policy apply',
  'policy changes',
  'policy check',
  'policy explain',
  'policy schema',
  'policy simulate',
  'audit tail',
];
const UNAVAILABLE = ['drill', 'audit verify'];

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    print: (text) => {
      written.stdout += `${text}\n`;
    },
    say: (text) => {
      written.stderr += `${text}\n`;
    },
    writeBytes: async () => undefined,
    progress: () => undefined,
    style: (_style, text) => text,
    columns: 100,
    interactive: false,
    confirm: async () => false,
  };
  const environment = { url: 'http://127.0.0.1:1', token: null, configHome: '/nonexistent', noColor: true };
  const status = await runCli(args, createContext({ terminal, environment }));
  return { status, ...written };
}

describe('the commands', () => {
  test.each(COMMANDS)('%s has --json and examples in its help', async (command) => {
    const { status, stdout, stderr } = await run(...command.split(' '), '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('--json');
    expect(stdout).toContain(`Examples:\n  $ `);
  });

  test('are listed with what they do', async () => {
    const { stdout } = await run('--help');
    const listed = COMMANDS.map((command) => command.split(' ')[0] ?? '');
    for (const name of listed) expect(stdout).toMatch(new RegExp(`^  ${name} .*[a-z]$`, 'm'));
  });

  test.each(UNAVAILABLE)(
    '%s is not available yet, says so whatever it is given, and is not offered',
    async (command) => {
      const [group, name] = command.includes(' ') ? command.split(' ') : [null, command];
      const { status, stdout, stderr } = await run(...command.split(' '), 'x-y', '--odd', 'z');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toBe(`sallyport: "sallyport ${command}" is not available yet.\n`);
      const help = await run(...(group == null ? [] : [group]), '--help');
      expect(help.stdout).not.toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    },
  );

  test.each([
    [[], 'Usage: sallyport'],
    [['requets'], "unknown command 'requets'"],
    [['approve'], "missing required argument 'id'"],
    [['deny', 'r-x'], "required option '--because <text>'"],
    [['request', 'orders-db', '--because', 'x', '--for', 'soon'], 'not a duration'],
    [['requests', '--state', 'odd'], 'Allowed choices'],
    [['requests', '--limit', '0'], 'whole number from 1 to 200'],
    [['export', 's-x', '--format', 'asciicast'], 'Allowed choices'],
    [['whoami', '--odd'], "unknown option '--odd'"],
    [['whoami', 'too', 'many'], 'too many arguments'],
    [['policy'], 'Usage: sallyport policy'],
  ])('%j is a mistake of usage: status 2, and stderr says which', async (args, reason) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });

  test('need a sign-in and say how to get one', async () => {
    const { status, stderr } = await run('whoami');
    expect(status).toBe(1);
    expect(stderr).toBe('sallyport: You are not signed in to http://127.0.0.1:1. Run sallyport login.\n');
  });
});
