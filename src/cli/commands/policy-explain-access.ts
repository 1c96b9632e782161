import { readFile } from 'node:fs/promises';
import { formatDuration } from '../../core/duration.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { EXPLAINED_REQUEST, type ExplainedAnswer } from '../../web/schemas/explain.ts';
import type { CliContext } from '../context.ts';
import type { JsonOption } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { type Field, renderFields } from '../table.ts';
import type { Style, Terminal } from '../terminal.ts';

export interface ExplainAccessOptions extends JsonOption {
  readonly request: string;
  readonly user?: string;
  readonly because?: string;
  readonly ticket?: string;
  readonly incident?: string;
  readonly breakGlass?: true;
  readonly file?: string;
}

const REQUEST = /^(?<resource>\S+)(?:\s+as\s+(?<role>\S+))?(?:\s+for\s+(?<duration>\S+))?$/i;
const SHAPE =
  'RESOURCE as ROLE for DURATION, such as "orders-db as write for 1h"; role and duration may be left out';

/** Why somebody may have something, or may not, as the server says: it knows the person's groups. */
export async function explainAccess(context: CliContext, options: ExplainAccessOptions): Promise<void> {
  const { resource, role, duration } = parseRequest(options.request);
  const body = {
    resource,
    role,
    duration,
    user: options.user,
    reason: options.because ?? '',
    ticket: options.ticket,
    incident: options.incident,
    kind: options.breakGlass === true ? 'break-glass' : 'access',
    document: options.file === undefined ? undefined : await readPolicy(options.file),
  };
  const answer = await context.api.post('/policy/explain', EXPLAINED_REQUEST, body);
  printOne(context, options, { answer, describe: (explained) => describe(explained, context.terminal) });
}

function parseRequest(text: string): { resource: string; role?: string; duration?: string } {
  const { resource, role, duration } = REQUEST.exec(text.trim())?.groups ?? {};
  if (resource === undefined) throw new AppError('invalid_input', `--request is ${SHAPE}.`);
  return {
    resource,
    ...(role === undefined ? {} : { role }),
    ...(duration === undefined ? {} : { duration }),
  };
}

async function readPolicy(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('not_found', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

const STYLES: Readonly<Record<ExplainedAnswer['outcome'], Style>> = {
  refused: 'red',
  automatic: 'green',
  votes: 'yellow',
  'break-glass': 'yellow',
};

function describe(explained: ExplainedAnswer, terminal: Pick<Terminal, 'style'>): string {
  const { user, outcome, policy, policies, remarks } = explained;
  const groups =
    user.groupsSeenAt === null ? [] : [{ name: 'groups', value: user.groups.join(', ') || 'none' }];
  const fields: readonly Field[] = [
    { name: 'user', value: `${user.name} (${user.email})`, style: 'bold' },
    ...groups,
    {
      name: 'request',
      value: `${explained.resource} as ${explained.role} for ${formatDuration(explained.durationMs)}`,
    },
    ...policies.map((one): Field => ({ name: 'policy', value: policyText(one) })),
    {
      name: 'outcome',
      value: `${outcome}${policy === null ? '' : `, policy ${policy}`}`,
      style: STYLES[outcome],
    },
    { name: 'reason', value: explained.explanation },
    { name: 'version', value: explained.policyVersion },
    ...remarks.map((remark): Field => ({ name: 'note', value: remark })),
  ];
  return renderFields(terminal, fields);
}

function policyText({ policy, effect, wins, reasons }: ExplainedAnswer['policies'][number]): string {
  const name = effect === 'deny' ? `${policy} (deny)` : policy;
  return `${name}: ${wins ? 'decides' : reasons.join('; ')}`;
}
