/** Every command as it is described and as it is misused; none of this reaches a server. */
import { describe, expect, test } from 'vitest';
import { COMMANDS, GROUPS } from '../../../src/cli/command-table.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';

const COMMAND_NAMES = [
  ...Object.keys(COMMANDS),
  ...GROUPS.flatMap(({ name, commands }) => Object.keys(commands).map((command) => `${name} ${command}`)),
];

const run = (...args: string[]): Promise<CliResult> => runCli(args, { url: 'http://127.0.0.1:1' });

describe('the commands', () => {
  test.each(COMMAND_NAMES)('%s has --json and examples in its help', async (command) => {
    const { status, stdout, stderr } = await run(...command.split(' '), '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('--json');
    expect(stdout).toContain(`Examples:\n  $ `);
  });

  test.each([[], ...GROUPS.map(({ name }) => [name])])(
    'are listed with what they do, in the order of the table: %j',
    async (...group) => {
      const { stdout } = await run(...group, '--help');
      const listed = stdout.match(/(?<=^ {2})[a-z]+(?=.* {2}\S)/gm)?.filter((name) => name !== 'sallyport');
      const table = GROUPS.find(({ name }) => name === group[0])?.commands ?? COMMANDS;
      const groups = group.length === 0 ? GROUPS.map(({ name }) => name) : [];
      expect(listed).toEqual([...Object.keys(table), ...groups, 'help']);
    },
  );

  test.each(Object.keys(COMMANDS))('%s is the same alone and among all the others', async (command) => {
    expect(await run(command, '--help')).toEqual(await run('help', command));
  });

  test.each(GROUPS.flatMap(({ name, commands }) => Object.keys(commands).map((command) => [name, command])))(
    '%s %s is the same alone and among all the others',
    async (group, command) => {
      expect(await run(group, command, '--help')).toEqual(await run(group, 'help', command));
    },
  );

  test.each([
    [[], 'Usage: sallyport'],
    [['requets'], "unknown command 'requets'\n(Did you mean one of request, requests?)"],
    [['constructor'], "unknown command 'constructor'"],
    [['policy', 'chek'], "unknown command 'chek'\n(Did you mean check?)"],
    [['approve'], "missing required argument 'id'"],
    [['deny', 'r-x'], "required option '--because <text>'"],
    [['request', 'orders-db', '--because', 'x', '--for', 'soon'], 'not a duration'],
    [['requests', '--state', 'odd'], 'Allowed choices'],
    [['requests', '--limit', '0'], 'whole number from 1 to 200'],
    [['export', 's-x', '--format', 'gif'], 'Allowed choices'],
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
