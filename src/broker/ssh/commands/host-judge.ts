/**
 * What the gate asks about a host: a command by the shell's grammar, an operation on files and a forward by what
 * they are. Follows the policy that the session is under.
 */
import type { Verdict } from '../../../core/verdict.ts';
import { FILE_PROGRAM, FORWARD_PROGRAM } from '../../../policies/analyzers/files/file-statement.ts';
import { analyzeShell } from '../../../policies/analyzers/shell/analyze.ts';
import { isObeyed } from '../../../policies/analyzers/shell/hidden-runs.ts';
import type { HiddenRun, ShellStatement } from '../../../policies/analyzers/shell/shell-statement.ts';
import { decideCommand } from '../../../policies/rules/decide-command.ts';
import { decideFile } from '../../../policies/rules/decide-file.ts';
import { decideForward, type ForwardQuestion } from '../../../policies/rules/decide-forward.ts';
import { matchesPattern } from '../../../policies/rules/name-pattern.ts';
import type { Judge } from '../../gate.ts';
import type { CommandPlace, HostInspection, HostSessionPolicy } from '../host-session.ts';
import { commandSummary } from './command-summary.ts';
import { OWN_VARIABLES } from './own-variables.ts';

/** @param options.brokerAddresses `host:port` of the broker's own listeners, which nothing is forwarded to */
export function createHostJudge(options: {
  readonly policy: Pick<HostSessionPolicy, 'applies' | 'roleName'>;
  readonly brokerAddresses: () => readonly string[];
}): Judge<HostInspection> {
  const { policy } = options;
  return {
    // Whoever runs a command has inspected it where it starts: here nothing is known of that place.
    inspect: (text) => readCommand(text, null),
    decide: (found) => {
      const { role, rules, masks } = policy.applies;
      const by = { roleName: policy.roleName, role, rules };
      if (isCommand(found)) {
        const { analysis: statements, canonical, parseError } = found;
        return decideCommand({ ...by, analysis: { statements, canonical, parseError } });
      }
      const [statement, ...others] = found.analysis;
      const [program] = statement?.programs ?? [];
      if (statement === undefined || program === undefined || others.length > 0) return NOT_INSPECTED;
      if (program.name === FILE_PROGRAM) return decideFile({ ...by, statement, isMasked: masks.length > 0 });
      const question = program.name === FORWARD_PROGRAM ? forwardQuestion(program.arguments) : null;
      if (question === null) return NOT_INSPECTED;
      return decideForward({ ...by, question, brokerAddresses: options.brokerAddresses() });
    },
    normalize: (text, found) => (found === null || isCommand(found) ? commandSummary(found) : text),
  };
}

/**
 * Reads a command where it starts. What the client or the session has set counts as if it stood before each program:
 * a variable that programs obey hides what runs, unless the role lets clients set it by its name.
 */
export function inspectCommand(
  text: string,
  options: {
    readonly place: CommandPlace;
    readonly policy: Pick<HostSessionPolicy, 'applies'>;
  },
): HostInspection {
  const { place, policy } = options;
  const found = readCommand(text, place.directory);
  const listed = policy.applies.role.environment ?? [];
  const obeyed = [...place.environment]
    .filter(([name, value]) => OWN_VARIABLES.get(name) !== value)
    .filter(([name]) => !listed.some((pattern) => matchesPattern({ pattern, text: name })))
    .filter(([name, value]) => isObeyed({ name, value }))
    .map(([name]): HiddenRun => ({ name, because: 'variable' }));
  if (obeyed.length === 0 || found.canonical === null) return found;
  return { ...found, analysis: found.analysis.map((statement) => hiding(statement, obeyed)) };
}

const NOT_INSPECTED: Verdict = {
  action: 'deny',
  rule: 'not-inspected',
  reason: 'This could not be inspected.',
};

function readCommand(text: string, directory: string | null): HostInspection {
  const { statements, parseError, canonical } = analyzeShell(text, { directory });
  return { analysis: statements, parseError, canonical };
}

/** What is no command brings its one statement with it, and is not sent to a shell. */
function isCommand({ canonical, parseError }: HostInspection): boolean {
  return canonical !== null || parseError !== null;
}

function hiding(statement: ShellStatement, obeyed: readonly HiddenRun[]): ShellStatement {
  const effects = statement.effects.includes('indirect')
    ? statement.effects
    : ([...statement.effects, 'indirect'] as const);
  return { ...statement, effects, hidden: [...statement.hidden, ...obeyed] };
}

/** Of `host:port`, or `listen host:port`; null for anything else. */
function forwardQuestion(words: readonly string[]): ForwardQuestion | null {
  const [first, second, ...others] = words;
  const listens = first === 'listen' && second !== undefined;
  const destination = listens ? second : first;
  if (destination === undefined || others.length > 0 || (!listens && second !== undefined)) return null;
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(destination) ?? [];
  if (host === undefined || port === undefined) return null;
  return {
    direction: listens ? 'listen' : 'to',
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
  };
}
