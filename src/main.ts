/**
 * The composition root: what a process is made of, by its roles. Each role's own wiring is a file of `roles/`.
 * `startServer` is what `sallyport start`, the demo and the end-to-end tests run.
 */
import { parseArgs } from 'node:util';
import pino, { type Logger } from 'pino';
import { createBot } from './bot/create-bot.ts';
import { openPlatforms } from './bot/platforms.ts';
import { type Config, loadConfig } from './config.ts';
import { messageOf } from './core/errors.ts';
import { openBroker } from './roles/broker-role.ts';
import { layFoundation } from './roles/foundation.ts';
import { startJobs } from './roles/jobs-role.ts';
import { Lifecycle } from './roles/lifecycle.ts';
import { startStatus } from './roles/status.ts';
import { startWeb } from './roles/web-role.ts';

export interface RunningServer {
  /** Where browsers reach the pages. */
  readonly url: string;
  /** Where clients reach the broker. */
  readonly postgres: { readonly host: string; readonly port: number };
  /** Reads the policy again and puts it into force; one with problems is logged and leaves the running one. */
  reload(): Promise<void>;
  /** Drains sessions, finishes running jobs, stops what was started. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the configured roles of Sallyport in this process.
 * @throws AppError when the configuration, the database, the queue or a port does not allow it;
 *   whatever had been started by then is stopped again
 */
export async function startServer(options: { config: Config; logger?: Logger }): Promise<RunningServer> {
  const { config } = options;
  const logger = options.logger ?? createLogger(config);
  const lifecycle = new Lifecycle(logger);
  try {
    return await startRoles({ config, logger, lifecycle });
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function startRoles(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Promise<RunningServer> {
  const { config, logger, lifecycle } = parts;
  const { roles, listenOn } = config;
  const foundation = await layFoundation(parts);
  const { access, policy } = foundation;

  const broker = roles.has('broker') || roles.has('jobs') ? await openBroker(foundation) : null;
  if (roles.has('broker')) await broker?.start();
  // The role of a bot is to listen to platforms that call or are called; the chat page is called through `web`.
  const bot = createBot({ access, platforms: openPlatforms(access), logger });
  if (roles.has('jobs') && broker !== null) {
    await startJobs(foundation, { broker, publisher: bot.publisher });
  }
  if (roles.has('web')) await startWeb(foundation);
  if (listenOn.status !== null) await startStatus(foundation, listenOn.status);

  const { publicUrl, postgres } = access.settings;
  logger.info({ roles: [...roles], url: publicUrl, postgres }, 'Sallyport is ready');
  return { url: publicUrl, postgres, stop: () => lifecycle.stop(), reload: () => policy.reload() };
}

function createLogger(config: Config): Logger {
  return pino({ level: config.logLevel, base: { replica: config.replica } });
}

const USAGE = `Usage: sallyport start [--config FILE] [--role ROLES]

Starts the server. Reads sallyport.yaml of the current directory unless --config or SALLYPORT_CONFIG
names another file. SIGHUP reads the policy again; SIGINT and SIGTERM drain sessions and stop.

Options:
  --config FILE    the configuration
  --role ROLES     web, bot, broker, jobs: some of them, separated by commas (SALLYPORT_ROLES; all of them)

Environment: DATABASE_URL (else PostgreSQL runs embedded), REDIS_URL (else jobs are kept in PostgreSQL),
SALLYPORT_MASTER_KEY (else a key file is made), SALLYPORT_DATA, LOG_LEVEL; where a process behind a load
balancer listens: SALLYPORT_WEB_ADDRESS, SALLYPORT_POSTGRES_ADDRESS; health and metrics of a process without
pages: SALLYPORT_STATUS_ADDRESS.

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
    server = await startServer({
      config: loadConfig({
        ...(values.config === undefined ? {} : { file: values.config }),
        ...(values.role === undefined ? {} : { roles: values.role }),
      }),
    });
  } catch (error) {
    process.stderr.write(`sallyport: ${messageOf(error)}\n`);
    process.exitCode = 1;
    return;
  }
  process.on('SIGHUP', () => void server.reload());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
}

if (import.meta.main) await runFromCommandLine();
