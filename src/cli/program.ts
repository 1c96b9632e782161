/** The `sallyport` command: what is the same for all subcommands, and which of them to load. */
import { Command, CommanderError } from 'commander';
import { isAppError, messageOf } from '../core/errors.ts';
import { COMMANDS, type CommandGroup, type CommandTable, GROUPS } from './command-table.ts';
import type { CliContext } from './context.ts';
import { printable } from './printable.ts';

const STATUS_FAILED = 1;
const STATUS_USAGE = 2;

/**
 * Runs one command.
 * @param argv the arguments behind the program's name
 * @returns the exit status: 0, 1 (refused or failed, the reason is on stderr) or 2 (usage); a client
 *   that `connect` ran has its own
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const typed = withDefault(argv);
    const program = await buildProgram(typed, context);
    await program.parseAsync([...typed], { from: 'user' });
    return context.exit.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS_USAGE;
    context.terminal.say(`sallyport: ${printable(messageOf(error))}`);
    if (!isAppError(error) && error instanceof Error) context.terminal.say(printable(error.stack ?? ''));
    return STATUS_FAILED;
  }
}

/** The name of a group alone, or with options of its own, is the command that it stands for. */
function withDefault(argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  const byDefault = GROUPS.find(({ name }) => name === first)?.byDefault;
  const namesNone = second === undefined || (second.startsWith('-') && !['-h', '--help'].includes(second));
  if (first === undefined || byDefault === undefined || !namesNone) return argv;
  return [first, byDefault, ...argv.slice(1)];
}

/** With the one command that the arguments begin with; anything else, such as `--help`, is answered by all of them. */
async function buildProgram(argv: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('sallyport')
    .description('Ask for access, approve it, connect with your own client, replay what happened.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.print(text.trimEnd()),
      writeErr: (text) => context.terminal.say(text.trimEnd()),
      getOutHelpWidth: () => context.terminal.columns,
      getErrHelpWidth: () => context.terminal.columns,
    })
    .showHelpAfterError('(--help shows the usage)')
    .addHelpText(
      'after',
      `
Servers:
  sallyport demo                 everything on this machine, nothing to install
  sallyport start                the server

Environment:
  SALLYPORT_URL                  the server (${context.server})
  SALLYPORT_TOKEN                a token to send instead of the kept sign-in

Exit status: 0, 1 (refused or failed, the reason is on stderr), 2 (usage).`,
    );
  const [first, second] = argv;
  const group = GROUPS.find(({ name }) => name === first);
  if (group !== undefined) {
    await addGroup(program, { context, group, wanted: second });
    return program;
  }
  await addCommands(program, { context, table: COMMANDS, wanted: first });
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return program;
  for (const each of GROUPS) await addGroup(program, { context, group: each, wanted: undefined });
  return program;
}

async function addGroup(
  program: Command,
  options: { context: CliContext; group: CommandGroup; wanted: string | undefined },
): Promise<void> {
  const { context, group, wanted } = options;
  const parent = program.command(group.name).description(group.summary);
  await addCommands(parent, { context, table: group.commands, wanted });
}

/** @param options.wanted the only command to add, unless the table has none of that name */
async function addCommands(
  parent: Command,
  options: { context: CliContext; table: CommandTable; wanted: string | undefined },
): Promise<void> {
  const { context, table, wanted } = options;
  const named = Object.entries(table).filter(([name]) => name === wanted);
  const loaded = (named.length > 0 ? named : Object.entries(table)).map(([, load]) => load());
  for (const register of await Promise.all(loaded)) register(parent, context);
}
