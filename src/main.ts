/**
 * The composition root: what a process is made of, by its roles. Each role's own wiring is a file of `roles/`,
 * loaded by the processes that have the role. `startServer` is what `sallyport start` and the demo run.
 */
import pino, { type Logger } from 'pino';
import { createBot } from './bot/create-bot.ts';
import { pluginsOf } from './bot/open-platform.ts';
import { openPlatforms } from './bot/platforms.ts';
import type { Broker } from './broker/broker.ts';
import type { Config } from './config.ts';
import { layFoundation } from './roles/foundation.ts';
import { Lifecycle } from './roles/lifecycle.ts';

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

  let broker: Broker | null = null;
  if (roles.has('broker') || roles.has('jobs')) {
    const { openBroker, relayRecordings } = await import('./roles/broker-role.ts');
    broker = await openBroker(foundation);
    if (roles.has('broker')) {
      await broker.start();
      relayRecordings(foundation, broker);
    }
  }
  // Cards are posted by the jobs, and acts come in through the bot; nobody else needs the platforms or their tokens.
  const usesPlatforms = roles.has('jobs') || roles.has('bot');
  const platforms = usesPlatforms ? await openPlatforms(access, logger) : [];
  const bot = createBot({ access, platforms: platforms.map(({ platform }) => platform), logger });
  if (roles.has('jobs') && broker !== null) {
    const { startJobs } = await import('./roles/jobs-role.ts');
    await startJobs(foundation, { broker, bot });
  }
  if (roles.has('web')) {
    const { startWeb } = await import('./roles/web-role.ts');
    await startWeb(foundation, { plugins: roles.has('bot') ? pluginsOf(platforms) : [] });
  }
  // The chat page is called through `web`; the role of a bot is to listen to everybody else's platforms.
  if (roles.has('bot')) {
    const { startBot } = await import('./roles/bot-role.ts');
    await startBot(foundation, { platforms, isServed: roles.has('web') });
  }
  if (listenOn.status !== null) {
    const { startStatus } = await import('./roles/status.ts');
    await startStatus(foundation, listenOn.status);
  }

  const { publicUrl, postgres } = access.settings;
  logger.info({ roles: [...roles], url: publicUrl, postgres }, 'Sallyport is ready');
  return { url: publicUrl, postgres, stop: () => lifecycle.stop(), reload: () => policy.reload() };
}

function createLogger(config: Config): Logger {
  return pino({ level: config.logLevel, base: { replica: config.replica } });
}
