/** The clients that `sallyport connect` runs, one for each kind of resource. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { childEnvironment } from '../client-environment.ts';
import { AppError } from '../core/errors.ts';
import type { RevealedAnswer } from '../web/schemas/grants.ts';

interface Client {
  readonly program: string;
  /** The connection as the client takes it from its environment: never as an argument, which others can see. */
  readonly environment: (connection: RevealedAnswer) => Record<string, string>;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  postgres: {
    program: 'psql',
    environment: ({ host, port, database, username, password }) => ({
      PGHOST: host,
      PGPORT: String(port),
      PGDATABASE: database,
      PGUSER: username,
      PGPASSWORD: password,
      PGSSLMODE: 'require',
    }),
  },
};

/** Signals that end or suspend the client are its own business; this process waits for it. */
const LEFT_TO_CLIENT: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];
const SIGNALLED_STATUS = 128;

/**
 * Runs the client of a resource's kind on this terminal.
 * @returns its exit status; 128 and the signal's number when a signal ended it
 * @throws AppError `not_available_yet` for a kind without a client, `not_found` when it is not installed
 */
export async function runClient(options: {
  kind: string;
  connection: RevealedAnswer;
  clientArguments: readonly string[];
}): Promise<number> {
  const client = CLIENTS[options.kind];
  if (client === undefined) {
    throw new AppError('not_available_yet', `Connecting to a ${options.kind} resource is not available yet.`);
  }
  const child = spawn(client.program, [...options.clientArguments], {
    stdio: 'inherit',
    env: childEnvironment(client.environment(options.connection)),
  });
  const ignore = (): void => undefined;
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of LEFT_TO_CLIENT) process.on(signal, ignore);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(client.program, error)));
      child.once('close', (code, signal) => resolve(code ?? SIGNALLED_STATUS + numberOf(signal)));
    });
  } finally {
    for (const signal of LEFT_TO_CLIENT) process.off(signal, ignore);
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
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
