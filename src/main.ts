/**
 * The composition root: the only file that wires everything together. `startServer` is what
 * `sallyport start`, the demo and the end-to-end tests run.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import pino, { type Logger } from 'pino';
import type { AccessContext, PolicySource } from './access/context.ts';
import { NO_ON_CALL, NO_TICKETS } from './access/no-lookups.ts';
import { openServerPolicy, type ServerPolicy } from './access/server-policy.ts';
import { createBot } from './bot/create-bot.ts';
import { openPlatforms } from './bot/platforms.ts';
import { chatPlugin } from './bot/web/plugin.ts';
import { createBroker } from './broker/broker.ts';
import { generateCertificate } from './broker/certificate.ts';
import {
  type Config,
  loadConfig,
  loadPolicy,
  ownPolicy,
  readMasterKey,
  readSecret,
  serverName,
} from './config.ts';
import { systemClock } from './core/clock.ts';
import { AppError, messageOf } from './core/errors.ts';
import { Secret } from './core/secret.ts';
import { authenticateBearer } from './identity/authenticate-bearer.ts';
import { createBrowserLogin } from './identity/browser-login/browser-login.ts';
import type { IdentityContext } from './identity/context.ts';
import { createIssuerKeys } from './identity/issuer-keys.ts';
import { createOidcDiscovery } from './identity/oidc-client.ts';
import { keepServerCertificate } from './identity/server-certificate.ts';
import { readWebSession } from './identity/web-sessions.ts';
import { runJobs } from './jobs/run-jobs.ts';
import { loadSqlParser } from './policies/analyzers/sql/analyze.ts';
import type { PolicyDocument } from './policies/document/schema.ts';
import { openRecordingKeys } from './recording/keys.ts';
import { startEmbeddedPostgres } from './store/embedded/supervisor.ts';
import { openStore, type Store } from './store/open-store.ts';
import { derive } from './store/sealing.ts';
import { deploymentMetrics } from './web/deployment-metrics.ts';
import { createIdentify, identifyPerson } from './web/identify.ts';
import { DEFAULT_RATE_LIMIT, RateLimiter } from './web/rate-limit.ts';
import { createWebServer } from './web/server.ts';

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

const DATABASE_NAME = 'sallyport';
const FINGERPRINT_CHARACTERS = 16;
const PAGES_DIRECTORY = fileURLToPath(new URL('../dist/pages/', import.meta.url));

/**
 * Starts every role of Sallyport in this process.
 * @throws AppError when the configuration, the database, the queue or a port does not allow it;
 *   whatever had been started by then is stopped again
 */
export async function startServer(options: { config: Config; logger?: Logger }): Promise<RunningServer> {
  const { config } = options;
  const logger = options.logger ?? createLogger(config);
  const started: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= stopInReverse(started, logger);
    return stopping;
  };
  try {
    return await compose({ config, logger, started, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Composition {
  readonly config: Config;
  readonly logger: Logger;
  /** In the order of starting; stopped in reverse. */
  readonly started: { readonly name: string; readonly stop: () => Promise<unknown> }[];
  readonly stop: () => Promise<void>;
}

async function compose({ config, logger, started, stop }: Composition): Promise<RunningServer> {
  await loadSqlParser();
  const masterKey = readMasterKey(config);
  const databaseUrl = config.databaseUrl ?? (await startDatabase({ config, logger, started }));
  const store = await openStore({ url: databaseUrl });
  started.push({ name: 'store', stop: () => store.close() });
  await migrate(store, config);

  const clock = systemClock;
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const policy = await openServerPolicy(
    { store, clock, random },
    {
      server: serverName(config),
      first: config.policy,
      readFile: () => loadPolicy(config.file),
      adapt: (shared) => ownPolicy(config, shared),
      log: {
        info: (facts, message) => logger.info(facts, message),
        warn: (facts, message) => logger.warn(facts, message),
        error: (facts, message) => logger.error(facts, message),
      },
    },
  );
  started.push({ name: 'policy', stop: () => policy.close() });
  const document = policy.current().document;
  const keys = await openRecordingKeys({ store, masterKey });
  const access: AccessContext = {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store,
    policy,
    clock,
    random,
    settings: {
      publicUrl: publicUrlOf(document),
      postgres: publicPostgres(document),
      readSecret: (reference) => readSecret(reference, { directory: dirname(config.file) }),
    },
  };
  const identity: IdentityContext = {
    store,
    clock,
    random,
    settings: keepIdentitySettings({ config, policy }),
  };

  const tls = await keepServerCertificate({
    context: { store, clock },
    masterKey,
    configured: configuredCertificate(config),
    make: () => generateCertificate({ publicHost: access.settings.postgres.host, now: clock.now() }),
  });
  const broker = createBroker({
    access,
    keys,
    logger,
    tls,
    replica: config.replica,
    secretKey: new Secret(derive(masterKey.reveal(), 'sallyport broker v1')),
  });
  // Before the start: one that fails half-way leaves timers and a listening connection behind.
  started.push({ name: 'broker', stop: () => broker.stop() });
  await broker.start();

  const bot = createBot({ access, platforms: openPlatforms(access), logger });
  const jobs = await runJobs(
    { access, publisher: bot.publisher, preparer: broker, recovery: broker, roles: broker },
    {
      backend:
        config.redisUrl === null
          ? { kind: 'postgres', url: databaseUrl }
          : { kind: 'redis', url: config.redisUrl, deployment: fingerprintOf(keys.publicKeyPem) },
      logger,
    },
  );
  started.push({ name: 'jobs', stop: () => jobs.stop() });

  const issuerKeys = createIssuerKeys();
  const limiter = new RateLimiter(DEFAULT_RATE_LIMIT);
  const identify = createIdentify({
    credentials: {
      authenticateBearer: (token) => authenticateBearer(identity, token, issuerKeys),
      readSession: (cookie) => readWebSession(identity, cookie),
    },
    limiter,
    clock,
    publicUrl: access.settings.publicUrl,
  });
  const web = createWebServer({
    access,
    recording: { directory: document.recording.directory, keys },
    identify,
    limiter,
    signIn: createBrowserLogin({
      context: identity,
      discover: createOidcDiscovery(clock),
      sealingKey: new Secret(derive(masterKey.reveal(), 'sallyport sign-in state v1')),
    }),
    signInFacts: () => identity.settings().oidc,
    clock,
    logger,
    pagesDirectory: PAGES_DIRECTORY,
    plugins: [chatPlugin({ access, authenticate: (request) => identifyPerson(identify, request) })],
    ready: () => whatIsWrong(store, policy),
    metrics: () => deploymentMetrics(access),
  });
  await listen(web, document.server.address);
  started.push({ name: 'web', stop: () => web.close() });

  logger.info({ url: access.settings.publicUrl, postgres: access.settings.postgres }, 'Sallyport is ready');
  return {
    url: access.settings.publicUrl,
    postgres: access.settings.postgres,
    stop,
    reload: () => policy.reload(),
  };
}

/** Without `DATABASE_URL`: a PostgreSQL of our own beside the recordings. */
async function startDatabase({
  config,
  logger,
  started,
}: Omit<Composition, 'stop'>): Promise<Secret<string>> {
  const embedded = await startEmbeddedPostgres({
    directory: join(config.dataDirectory, 'postgres'),
    report: (event) => logger.warn({ event }, 'the embedded database had a fault'),
  });
  started.push({ name: 'embedded PostgreSQL', stop: () => embedded.stop() });
  const client = new pg.Client({ connectionString: embedded.url('postgres') });
  await client.connect();
  try {
    const known = await client.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (known.rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
  return new Secret(embedded.url(DATABASE_NAME));
}

/** The signing key is made with the database, so it names the deployment as nothing in its configuration does. */
function fingerprintOf(publicKeyPem: string): string {
  return createHash('sha256').update(publicKeyPem).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}

/** The first thing that asks the database anything, so the first to hear that it cannot be reached. */
async function migrate(store: Store, config: Config): Promise<void> {
  try {
    await store.migrate();
  } catch (error) {
    const which = config.databaseUrl === null ? 'the embedded database' : 'the database of DATABASE_URL';
    throw new AppError('unavailable', `Cannot open ${which}: ${messageOf(error)}`, { cause: error });
  }
}

async function stopInReverse(started: Composition['started'], logger: Logger): Promise<void> {
  for (const part of started.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      logger.error({ part: part.name, reason: messageOf(error) }, 'a part did not stop cleanly');
    }
  }
}

function createLogger(config: Config): Logger {
  return pino({ level: config.logLevel, base: { replica: config.replica } });
}

function publicUrlOf(document: PolicyDocument): string {
  return (document.server.publicUrl ?? `http://${document.server.address}`).replace(/\/+$/, '');
}

function publicPostgres(document: PolicyDocument): { host: string; port: number } {
  const { address, publicHost } = document.broker.postgres;
  const split = address.lastIndexOf(':');
  return { host: publicHost ?? address.slice(0, split), port: Number(address.slice(split + 1)) };
}

type IdentitySettings = ReturnType<IdentityContext['settings']>;

/** Worked out once for each policy: it is asked for at every request, and reads the client's secret. */
function keepIdentitySettings(input: { config: Config; policy: PolicySource }): () => IdentitySettings {
  let kept: { readonly version: string; readonly settings: IdentitySettings } | null = null;
  return () => {
    const { version, document } = input.policy.current();
    if (kept?.version !== version) {
      kept = { version, settings: identitySettings(document, dirname(input.config.file)) };
    }
    return kept.settings;
  };
}

function identitySettings(document: PolicyDocument, directory: string): IdentitySettings {
  const { oidc } = document.identity;
  const audience = oidc?.audience ?? publicUrlOf(document);
  return {
    audience,
    workloads: document.workloads,
    oidc:
      oidc === undefined
        ? null
        : {
            issuer: oidc.issuer,
            clientId: oidc.clientId,
            clientSecret:
              oidc.clientSecret === undefined ? null : readSecret(oidc.clientSecret, { directory }),
            audience,
            scopes: oidc.scopes,
            groupsClaim: oidc.groupsClaim,
            clockToleranceMs: oidc.clockTolerance,
          },
  };
}

function configuredCertificate(config: Config): { certificatePem: string; keyPem: string } | null {
  const { tls } = config.policy.document.broker.postgres;
  if (tls === undefined) return null;
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new AppError('config_invalid', `broker.postgres.tls: cannot read ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
  return { certificatePem: read(tls.certificate), keyPem: read(tls.key) };
}

async function whatIsWrong(store: Store, policy: ServerPolicy): Promise<string[]> {
  const reasons: string[] = [];
  await store
    .ping()
    .catch((error: unknown) => reasons.push(`the database does not answer: ${messageOf(error)}`));
  const problem = policy.problem();
  if (problem !== null) reasons.push(`the policy in force cannot be read: ${problem}`);
  return reasons;
}

async function listen(web: ReturnType<typeof createWebServer>, address: string): Promise<void> {
  const split = address.lastIndexOf(':');
  try {
    await web.listen({
      host: address.slice(0, split).replace(/^\[|\]$/g, ''),
      port: Number(address.slice(split + 1)),
    });
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const advice = inUse
      ? `Another program uses ${address}. Stop it, or set server.address in sallyport.yaml.`
      : messageOf(error);
    throw new AppError('unavailable', `cannot listen for the pages and the API: ${advice}`, { cause: error });
  }
}

const USAGE = `Usage: sallyport start [--config FILE]

Starts the server. Reads sallyport.yaml of the current directory unless --config or SALLYPORT_CONFIG
names another file. SIGHUP reads the policy again; SIGINT and SIGTERM drain sessions and stop.

Environment: DATABASE_URL (else PostgreSQL runs embedded), REDIS_URL (else jobs are kept in PostgreSQL),
SALLYPORT_MASTER_KEY (else a key file is made), SALLYPORT_DATA, LOG_LEVEL.

Examples:
  sallyport start
  DATABASE_URL=postgres://… REDIS_URL=redis://… sallyport start --config /etc/sallyport.yaml
`;

async function runFromCommandLine(): Promise<void> {
  let values: { config?: string | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
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
      config: loadConfig(values.config === undefined ? {} : { file: values.config }),
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
