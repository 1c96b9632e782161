/**
 * Entry point of `sallyport start`. The configuration is read before the server is loaded: a start that cannot
 * succeed, and `--help`, answer at once.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from './config.ts';
import { messageOf } from './core/errors.ts';
import type { RunningServer } from './main.ts';

const USAGE = `Usage: sallyport start [--config FILE] [--role ROLES]

Starts the server. Reads sallyport.yaml of the current directory unless --config or SALLYPORT_CONFIG
names another file. SIGHUP reads the policy again; SIGINT and SIGTERM drain sessions and stop.

Options:
  --config FILE    the configuration
  --role ROLES     web, bot, broker, jobs: some of them, separated by commas (SALLYPORT_ROLES; all of them)

Environment: DATABASE_URL (else PostgreSQL runs embedded), REDIS_URL (else jobs are kept in PostgreSQL),
SALLYPORT_MASTER_KEY (else a key file is made), SALLYPORT_PREVIOUS_MASTER_KEY (while it is being changed),
SALLYPORT_DATA, LOG_LEVEL; where a process behind a load balancer listens: SALLYPORT_WEB_ADDRESS,
SALLYPORT_POSTGRES_ADDRESS, SALLYPORT_SSH_ADDRESS; of a process without pages: for calls of Slack
SALLYPORT_BOT_ADDRESS, for health and metrics SALLYPORT_STATUS_ADDRESS.

Examples:
  sallyport start
  DATABASE_URL=postgres://… REDIS_URL=redis://… sallyport start --config /etc/sallyport.yaml
  DATABASE_URL=postgres://… REDIS_URL=redis://… sallyport start --role web,jobs
`;

async function runFromCommandLine(): Promise<void> {
  let values: { config?: string | undefined; role?: string | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      options: {
        config: { type: 'string' },
        role: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  let server: RunningServer;
  try {
    const config = loadConfig({
      ...(values.config === undefined ? {} : { file: values.config }),
      ...(values.role === undefined ? {} : { roles: values.role }),
    });
    const { startServer } = await import('./main.ts');
    server = await startServer({ config });
  } catch (error) {
    process.stderr.write(`sallyport: ${messageOf(error)}\n`);
    process.exitCode = 1;
    return;
  }
  process.on('SIGHUP', () => void server.reload());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
}

await runFromCommandLine();
