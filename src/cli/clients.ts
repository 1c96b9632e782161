/** The clients that `sallyport connect` runs, for each kind of resource. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { childEnvironment, runtimeDirectory } from '../client-environment.ts';
import { AppError } from '../core/errors.ts';
import type { RevealedAnswer } from '../web/schemas/grants.ts';
import { type HostConnection, type SshFiles, writeSshFiles } from './ssh-client.ts';

interface Invocation {
  readonly program: string;
  readonly clientArguments: readonly string[];
  /** The secret is never an argument, which others can see. */
  readonly environment: Readonly<Record<string, string>>;
  /** When it has ended. */
  readonly tidy: () => Promise<void>;
}

type Prepare<Connection> = (connection: Connection, given: readonly string[]) => Promise<Invocation>;

const psql: Prepare<Extract<RevealedAnswer, { kind: 'postgres' }>> = async (connection, given) => ({
  program: 'psql',
  clientArguments: given,
  environment: {
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGDATABASE: connection.database,
    PGUSER: connection.username,
    PGPASSWORD: connection.password,
    PGSSLMODE: 'require',
  },
  tidy: async () => undefined,
});

function overSsh(
  program: string,
  argumentsOf: (connection: HostConnection, given: readonly string[]) => readonly string[],
): Prepare<HostConnection> {
  return async (connection, given) => {
    const files: SshFiles = await writeSshFiles(connection, runtimeDirectory());
    return {
      program,
      clientArguments: [...files.options, ...argumentsOf(connection, given)],
      environment: files.environment,
      tidy: files.remove,
    };
  };
}

/** The first of a kind is run when none is named. */
const DATABASE_CLIENTS = { psql };
const HOST_CLIENTS = {
  // Options may stand behind the host; the first word that is none begins the command.
  ssh: overSsh('ssh', ({ host, port, username }, given) => [
    '-p',
    String(port),
    '-l',
    username,
    host,
    ...given,
  ]),
  sftp: overSsh('sftp', ({ host, port, username }, given) => [
    '-P',
    String(port),
    ...given,
    `${username}@${host.includes(':') ? `[${host}]` : host}`,
  ]),
};

/** Signals that end or suspend the client are its own business; this process waits for it. */
const LEFT_TO_CLIENT: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];
const SIGNALLED_STATUS = 128;

/**
 * The name of a client for a resource's kind.
 * @param named null for the usual one
 * @throws AppError `invalid_input` for one that is not run with such a resource
 */
export function chooseClient(kind: string, named: string | null): string {
  const names = kind === 'postgres' ? Object.keys(DATABASE_CLIENTS) : Object.keys(HOST_CLIENTS);
  const chosen = named === null ? names[0] : names.find((name) => name === named);
  if (chosen !== undefined) return chosen;
  throw new AppError(
    'invalid_input',
    `"${named}" is no client for a resource of kind ${kind}: it can be ${names.join(' or ')}.`,
  );
}

/**
 * Runs a client on this terminal.
 * @param options.client from `chooseClient`
 * @returns its exit status; 128 and the signal's number when a signal ended it
 * @throws AppError `not_found` when it is not installed
 */
export async function runClient(options: {
  client: string;
  connection: RevealedAnswer;
  clientArguments: readonly string[];
}): Promise<number> {
  const { program, clientArguments, environment, tidy } = await prepare(options);
  const child = spawn(program, [...clientArguments], {
    stdio: 'inherit',
    env: childEnvironment(environment),
  });
  const ignore = (): void => undefined;
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of LEFT_TO_CLIENT) process.on(signal, ignore);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
      child.once('close', (code, signal) => resolve(code ?? SIGNALLED_STATUS + numberOf(signal)));
    });
  } finally {
    for (const signal of LEFT_TO_CLIENT) process.off(signal, ignore);
    for (const signal of PASSED_ON) process.off(signal, passOn);
    await tidy();
  }
}

async function prepare(options: Parameters<typeof runClient>[0]): Promise<Invocation> {
  const { connection, client, clientArguments } = options;
  if (connection.kind === 'postgres') return DATABASE_CLIENTS.psql(connection, clientArguments);
  return HOST_CLIENTS[client === 'sftp' ? 'sftp' : 'ssh'](connection, clientArguments);
}

function numberOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

function notStarted(program: string, error: NodeJS.ErrnoException): AppError {
  if (error.code !== 'ENOENT') {
    return new AppError('unavailable', `${program} could not be started: ${error.message}`, { cause: error });
  }
  return new AppError(
    'not_found',
    `${program} is not installed. Install it, or use --print and another client.`,
    {
      cause: error,
    },
  );
}
