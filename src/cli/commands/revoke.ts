import { AppError } from '../../core/errors.ts';
import { GRANT, type GrantAnswer } from '../../web/schemas/grants.ts';
import { REVOCATION_LINE, type RevocationLine } from '../../web/schemas/revocations.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';
import { GRANT_COLUMNS } from '../wording.ts';

interface Options extends JsonOption {
  readonly person?: string;
  readonly resource?: string;
  readonly all?: true;
  readonly because?: string;
}

/** `sallyport revoke`: one grant for its approvers; for overseers everything of a person, on a resource, or there is. */
export const registerRevoke: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'revoke [id]',
    summary: 'Take access away; its sessions and held commands end within two seconds',
    examples: [
      'sallyport revoke g-7wq2m5xa --because "laptop stolen"',
      'sallyport revoke --person alice@example.com --because "laptop stolen"',
      'sallyport revoke --resource orders-db --because "inc-12"',
      'sallyport revoke --all --because "inc-12: a token was stolen"',
    ],
  })
    .option('--person <email>', 'everything that this person holds')
    .option('--resource <name>', 'everything that is held on this resource')
    .option('--all', 'everything')
    .option('--because <text>', 'why; kept in the audit log, and needed for more than one')
    .action((id: string | undefined, options: Options) => {
      const scope = scopeOf(id, options);
      return 'id' in scope ? revokeOne(context, scope.id, options) : revokeAll(context, scope, options);
    });
};

type Scope = { id: string } | { person: string } | { resource: string } | { everything: true };

function scopeOf(id: string | undefined, { person, resource, all }: Options): Scope {
  const named: Scope[] = [
    ...(id === undefined ? [] : [{ id }]),
    ...(person === undefined ? [] : [{ person }]),
    ...(resource === undefined ? [] : [{ resource }]),
    ...(all === true ? [{ everything: true } as const] : []),
  ];
  const [scope] = named;
  if (scope !== undefined && named.length === 1) return scope;
  throw new AppError('invalid_input', 'Name one of: a grant, --person, --resource, --all.');
}

async function revokeOne(context: CliContext, id: string, options: Options): Promise<void> {
  printOne(context, options, {
    answer: await context.api.post(`/grants/${encodeURIComponent(id)}/revoke`, GRANT, {
      reason: options.because,
    }),
    describe: (grant) => `Grant ${grant.id} on ${grant.resource} is ${grant.state}.`,
  });
}

/** Says on stderr what goes, as it goes; the list at the end is the result. */
async function revokeAll(
  context: CliContext,
  scope: Exclude<Scope, { id: string }>,
  options: Options,
): Promise<void> {
  if (options.because === undefined)
    throw new AppError('invalid_input', 'Say why: --because TEXT. Everybody who loses access reads it.');
  const { api, terminal } = context;
  const items: GrantAnswer[] = [];
  for await (const line of api.postLines('/revocations', REVOCATION_LINE, {
    ...scope,
    reason: options.because,
  })) {
    if ('problem' in line) throw new AppError('internal', line.problem.detail);
    if ('closed' in line) {
      const { id, requester, resource, role } = line.closed;
      terminal.say(`Closed ${id}: ${requester.name} asked for ${role} on ${resource}`);
      continue;
    }
    if ('total' in line) {
      terminal.say(totalsOf(line));
      continue;
    }
    items.push(line.revoked);
    const { id, holder, resource, role } = line.revoked;
    terminal.say(
      `Revoked ${id}: ${holder.name}, ${role} on ${resource} (${items.length} so far, ${line.left} left)`,
    );
  }
  printList(context, options, { items, columns: GRANT_COLUMNS, none: 'There is nothing live to revoke.' });
}

function totalsOf({
  total,
  closedRequests,
  withdrawnCommands,
}: Extract<RevocationLine, { total: number }>): string {
  const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const held =
    withdrawnCommands === 0 ? '' : `, ${counted(withdrawnCommands, 'command')} that waited withdrawn`;
  return `${counted(total, 'grant')} revoked, ${counted(closedRequests, 'open request')} closed${held}.`;
}
