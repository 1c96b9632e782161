import { AppError } from '../../core/errors.ts';
import { listOf } from '../../web/schemas/fields.ts';
import {
  GRANT,
  type GrantAnswer,
  REVEALED_CONNECTION,
  type RevealedAnswer,
} from '../../web/schemas/grants.ts';
import { chooseClient, runClient } from '../clients.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly role?: string;
  readonly client?: string;
  readonly print?: true;
}

/** `sallyport connect`: reveals the live grant's connection and runs the resource's own client with it. */
export const registerConnect: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'connect <resource> [arguments...]',
    summary: 'Connect with your own client; further arguments are the client’s',
    examples: [
      'sallyport connect orders-db',
      'sallyport connect orders-db -c "select count(*) from orders"',
      'sallyport connect orders-db -- --csv -f report.sql',
      'sallyport connect web-1',
      'sallyport connect web-1 -- journalctl -u nginx --since today',
      'sallyport connect web-1 --client sftp',
      'DATABASE_URL="$(sallyport connect orders-db --print)" node report.js',
    ],
  })
    .option('--role <role>', 'which grant, when you hold several on the resource')
    .option('--client <client>', 'for a host: ssh (the usual one) or sftp')
    .option('--print', 'print the connection instead; the one before stops working')
    .allowUnknownOption()
    .action(async (resource: string, clientArguments: string[], options: Options) => {
      const grant = await findLiveGrant(context, { resource, role: options.role ?? null });
      const client = chooseClient(grant.resourceKind, options.client ?? null);
      const path = `/grants/${encodeURIComponent(grant.id)}/reveal`;
      const connection = await context.api.post(path, REVEALED_CONNECTION);
      if (options.print || options.json) {
        printOne(context, options, { answer: connection, describe: toPrint });
        return;
      }
      context.exit.status = await runClient({ client, connection, clientArguments });
    });
};

/** The one that lasts longest. */
async function findLiveGrant(
  context: CliContext,
  wanted: { resource: string; role: string | null },
): Promise<GrantAnswer> {
  const { items } = await context.api.get('/grants', listOf(GRANT), { mine: true, live: true });
  const [longest] = items
    .filter((grant) => grant.resource === wanted.resource)
    .filter((grant) => wanted.role === null || grant.role === wanted.role)
    .toSorted((one, other) => other.expiresAt.getTime() - one.expiresAt.getTime());
  if (longest !== undefined) return longest;
  const as = wanted.role === null ? '' : ` as ${wanted.role}`;
  throw new AppError(
    'not_found',
    `You hold no live grant on ${wanted.resource}${as}. Ask for one: sallyport request ${wanted.resource} --because …`,
  );
}

/** One line that programs take, or for a host all that its clients ask for. */
function toPrint({ kind, commands }: RevealedAnswer): string {
  const shown = kind === 'postgres' ? commands.filter(({ client }) => client === 'URL') : commands;
  if (shown.length === 0) throw new AppError('internal', 'The server gave no connection string.');
  return shown.map(({ client, text }) => (kind === 'postgres' ? text : `${client}\t${text}`)).join('\n');
}
