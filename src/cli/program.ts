/** The `sallyport` command: every subcommand in one table, and what is the same for all of them. */
import { Command, CommanderError } from 'commander';
import { isAppError, messageOf } from '../core/errors.ts';
import { registerAgain } from './commands/again.ts';
import { registerApprove } from './commands/approve.ts';
import { registerAuditTail } from './commands/audit-tail.ts';
import { registerBreakglass } from './commands/breakglass.ts';
import { registerCancel } from './commands/cancel.ts';
import { registerComment } from './commands/comment.ts';
import { registerConnect } from './commands/connect.ts';
import { registerConsent } from './commands/consent.ts';
import { registerDelegate, registerDelegations, registerUndelegate } from './commands/delegate.ts';
import { registerDeny } from './commands/deny.ts';
import { registerDone } from './commands/done.ts';
import { registerExport } from './commands/export.ts';
import { registerExtend } from './commands/extend.ts';
import { registerFreeze } from './commands/freeze.ts';
import { registerGrants } from './commands/grants.ts';
import {
  registerJobsDiscard,
  registerJobsList,
  registerJobsRetry,
  registerJobsShow,
} from './commands/jobs.ts';
import { registerLogin } from './commands/login.ts';
import { registerLogout } from './commands/logout.ts';
import { registerUnavailable } from './commands/not-available-yet.ts';
import { registerOncall } from './commands/oncall.ts';
import { registerPolicyApply } from './commands/policy-apply.ts';
import { registerPolicyChanges } from './commands/policy-changes.ts';
import { registerPolicyCheck } from './commands/policy-check.ts';
import { registerPolicyExplain } from './commands/policy-explain.ts';
import { registerPolicySchema } from './commands/policy-schema.ts';
import { registerPolicySimulate } from './commands/policy-simulate.ts';
import { registerReplay } from './commands/replay.ts';
import { registerRequest } from './commands/request.ts';
import { registerRequests } from './commands/requests.ts';
import { registerReview } from './commands/review.ts';
import { registerReviews } from './commands/reviews.ts';
import { registerRevoke } from './commands/revoke.ts';
import { registerSession } from './commands/session.ts';
import { registerSessions } from './commands/sessions.ts';
import { registerShow } from './commands/show.ts';
import { registerTerminate } from './commands/terminate.ts';
import { registerUnfreeze } from './commands/unfreeze.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWhoami } from './commands/whoami.ts';
import type { CliContext } from './context.ts';
import type { RegisterCommand } from './leaf-command.ts';
import { printable } from './printable.ts';

const COMMANDS: readonly RegisterCommand[] = [
  registerLogin,
  registerLogout,
  registerWhoami,
  registerRequest,
  registerBreakglass,
  registerRequests,
  registerShow,
  registerApprove,
  registerDeny,
  registerConsent,
  registerComment,
  registerCancel,
  registerAgain,
  registerDelegate,
  registerDelegations,
  registerUndelegate,
  registerGrants,
  registerOncall,
  registerConnect,
  registerExtend,
  registerDone,
  registerRevoke,
  registerFreeze,
  registerUnfreeze,
  registerReviews,
  registerReview,
  registerSessions,
  registerSession,
  registerReplay,
  registerExport,
  registerTerminate,
  registerVerify,
];

const GROUPS: readonly {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly RegisterCommand[];
  readonly unavailable: readonly string[];
}[] = [
  {
    name: 'policy',
    summary: 'Check, try and change the policy',
    commands: [
      registerPolicyCheck,
      registerPolicyExplain,
      registerPolicySimulate,
      registerPolicyApply,
      registerPolicyChanges,
      registerPolicySchema,
    ],
    unavailable: [],
  },
  {
    name: 'jobs',
    summary: 'Jobs that gave up: look at them, try them again',
    commands: [registerJobsList, registerJobsShow, registerJobsRetry, registerJobsDiscard],
    unavailable: [],
  },
  { name: 'audit', summary: 'Read the audit log', commands: [registerAuditTail], unavailable: ['verify'] },
];

const UNAVAILABLE = ['drill'];

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
    await buildProgram(context).parseAsync([...argv], { from: 'user' });
    return context.exit.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS_USAGE;
    context.terminal.say(`sallyport: ${printable(messageOf(error))}`);
    if (!isAppError(error) && error instanceof Error) context.terminal.say(printable(error.stack ?? ''));
    return STATUS_FAILED;
  }
}

function buildProgram(context: CliContext): Command {
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
  for (const register of COMMANDS) register(program, context);
  for (const { name, summary, commands, unavailable } of GROUPS) {
    const group = program.command(name).description(summary);
    for (const register of commands) register(group, context);
    for (const command of unavailable) registerUnavailable(group, command);
  }
  for (const command of UNAVAILABLE) registerUnavailable(program, command);
  return program;
}
