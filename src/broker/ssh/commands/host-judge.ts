/**
 * What the gate asks about a host: a command by the shell's grammar, an operation on files and a forward by what
 * they are. Follows the policy that the session is under.
 */
import { analyzeShell } from '../../../policies/analyzers/shell/analyze.ts';
import { commandSummary } from '../../../policies/analyzers/shell/command-summary.ts';
import { isObeyed } from '../../../policies/analyzers/shell/hidden-runs.ts';
import type { HiddenRun, ShellStatement } from '../../../policies/analyzers/shell/shell-statement.ts';
import { decideOnHost, isCommand } from '../../../policies/rules/decide-on-host.ts';
import { matchesPattern } from '../../../policies/rules/name-pattern.ts';
import type { Judge } from '../../gate.ts';
import type { CommandPlace, HostInspection, HostSessionPolicy } from '../host-session.ts';
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
    decide: (found) =>
      decideOnHost({
        found,
        applies: policy.applies,
        roleName: policy.roleName,
        brokerAddresses: options.brokerAddresses(),
      }),
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

function readCommand(text: string, directory: string | null): HostInspection {
  const { statements, parseError, canonical } = analyzeShell(text, { directory });
  return { analysis: statements, parseError, canonical };
}

function hiding(statement: ShellStatement, obeyed: readonly HiddenRun[]): ShellStatement {
  const effects = statement.effects.includes('indirect')
    ? statement.effects
    : ([...statement.effects, 'indirect'] as const);
  return { ...statement, effects, hidden: [...statement.hidden, ...obeyed] };
}
