/** The verdict on whatever goes to a host: a command, an operation on files, or a forward, by what was found of it. */
import type { Verdict } from '../../core/verdict.ts';
import { FILE_PROGRAM, FORWARD_PROGRAM, OFFERS } from '../analyzers/files/file-statement.ts';
import type { ShellStatement } from '../analyzers/shell/shell-statement.ts';
import { decideCommand } from './decide-command.ts';
import { decideFile } from './decide-file.ts';
import { decideForward, type ForwardQuestion } from './decide-forward.ts';
import type { HostPolicy } from './host-policy.ts';

export interface FoundOnHost {
  readonly analysis: readonly ShellStatement[];
  /** What would be sent to the target's shell; null where nothing is: files, forwards, what could not be read. */
  readonly canonical: string | null;
  readonly parseError: string | null;
}

const NOT_INSPECTED: Verdict = {
  action: 'deny',
  rule: 'not-inspected',
  reason: 'This could not be inspected.',
};

/** @param of.brokerAddresses `host:port` of the broker's own listeners, which nothing is forwarded to */
export function decideOnHost(of: {
  readonly found: FoundOnHost;
  readonly applies: Pick<HostPolicy, 'role' | 'rules' | 'masks'>;
  readonly roleName: string;
  readonly brokerAddresses: readonly string[];
}): Verdict {
  const { found, roleName, brokerAddresses } = of;
  const { role, rules, masks } = of.applies;
  const by = { roleName, role, rules };
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
  return decideForward({ ...by, question, brokerAddresses });
}

/** What is no command brings its one statement with it, and is not sent to a shell. */
export function isCommand({ canonical, parseError }: Omit<FoundOnHost, 'analysis'>): boolean {
  return canonical !== null || parseError !== null;
}

/** Of `host:port`, `listen host:port`, `agent` or `x11`; null for anything else. */
function forwardQuestion(words: readonly string[]): ForwardQuestion | null {
  const [first, second, ...others] = words;
  const offer = second === undefined ? OFFERS.find((one) => one === first) : undefined;
  if (offer !== undefined) return { direction: offer };
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
