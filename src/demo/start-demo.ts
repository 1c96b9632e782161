/** Starts everything the demo is made of, on this machine, and stops it again in reverse. */
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { loadConfig } from '../config.ts';
import { startServer } from '../main.ts';
import { keepCiToken } from './ci-token.ts';
import { type DemoDirectory, openDemoDirectory, writeSecretFile } from './demo-directory.ts';
import { chooseDemoPorts, type DemoPorts } from './demo-ports.ts';
import { type IdentityProvider, startIdentityProvider } from './identity-provider/start-identity-provider.ts';
import { type SampleHost, startSampleHost } from './sample-host/sample-host.ts';
import { CLIENT_ID, renderSamplePolicy, type SampleCredential } from './sample-policy.ts';
import { type SampleTarget, startSampleTarget } from './sample-target.ts';
import type { ShopCredential } from './shop/create-shop.ts';

export interface Demo {
  readonly url: string;
  readonly directory: DemoDirectory;
  readonly target: SampleTarget;
  readonly host: SampleHost;
  readonly identityProvider: IdentityProvider;
  /** Where jobs are kept. */
  readonly queue: 'Redis' | 'PostgreSQL';
  /** What did not go as usual: ports that moved. */
  readonly notices: readonly string[];
  stop(): Promise<void>;
}

const PORT_ATTEMPTS_MAX = 3;
const LOG_BYTES_MAX = 5 * 1024 * 1024;
/** Where the web login and the command line want to be called back; any port of them will do. */
const CALLBACK_PATHS = ['/auth/callback', '/callback'];

/**
 * @param options.workingDirectory state is kept in `.sallyport/demo` below it
 * @param options.port wanted for the web pages, or null for the usual one
 * @throws AppError when a part cannot start, `conflict` when a demo runs there already; what had been
 *   started is stopped again
 */
export async function startDemo(options: { workingDirectory: string; port: number | null }): Promise<Demo> {
  const directory = openDemoDirectory(options.workingDirectory);
  const started: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const stopPart of started.splice(0).reverse()) await stopPart();
  };
  try {
    const target = await startSampleTarget(directory.target);
    started.push(target.stop);
    // Only now: a second demo in this directory fails above, and must not move the first one's ports.
    for (let attempt = 1; ; attempt += 1) {
      const choice = await chooseDemoPorts({ file: directory.portsFile, web: options.port });
      const before = started.length;
      try {
        const parts = await startOnPorts({ directory, target, ports: choice.ports, started });
        return { ...parts, directory, target, notices: choice.notices, stop };
      } catch (error) {
        // A port that was free can be taken before it is used.
        if (attempt === PORT_ATTEMPTS_MAX || !isPortTaken(error)) throw error;
        for (const stopPart of started.splice(before).reverse()) await stopPart();
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOnPorts(of: {
  directory: DemoDirectory;
  target: SampleTarget;
  ports: DemoPorts;
  started: (() => Promise<void>)[];
}): Promise<Pick<Demo, 'url' | 'host' | 'identityProvider' | 'queue'>> {
  const { directory, target, ports } = of;
  const identityProvider = await startIdentityProvider({
    directory: directory.identityProvider,
    port: ports.identityProvider,
    clientId: CLIENT_ID,
    redirectUris: CALLBACK_PATHS.map((path) => `http://127.0.0.1${path}`),
    audience: `http://127.0.0.1:${ports.web}`,
  });
  of.started.push(identityProvider.stop);
  of.started.push(await keepCiToken({ identityProvider, file: directory.ciTokenFile }));
  const host = await startSampleHost({ directory: directory.host, port: ports.host });
  of.started.push(host.stop);
  writeConfiguration({ directory, ports, target, host, issuer: identityProvider.issuer });

  const loaded = loadConfig({ file: directory.configFile });
  // The demo never touches a database of yours; a Redis of yours it uses, under its own keys.
  const config = { ...loaded, dataDirectory: directory.state, databaseUrl: null };
  const server = await startServer({ config, logger: openLog(directory.logFile, config.logLevel) });
  of.started.push(server.stop);
  return {
    url: server.url,
    host,
    identityProvider,
    queue: config.redisUrl === null ? 'PostgreSQL' : 'Redis',
  };
}

/** True when the reason, however deep, is that an address is in use. */
function isPortTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'EADDRINUSE') || isPortTaken(error.cause);
}

function writeConfiguration(of: {
  directory: DemoDirectory;
  ports: DemoPorts;
  target: SampleTarget;
  host: SampleHost;
  issuer: string;
}): void {
  const { directory, target } = of;
  const withFile = (credential: ShopCredential): SampleCredential => ({
    username: credential.username,
    passwordFile: writeSecretFile(directory, `orders-db.${credential.username}`, credential.password),
  });
  const policy = renderSamplePolicy({
    ports: of.ports,
    issuer: of.issuer,
    recordings: join(directory.state, 'recordings'),
    target: {
      port: target.port,
      database: target.database,
      writer: withFile(target.credentials.writer),
      reader: withFile(target.credentials.reader),
      owner: withFile(target.credentials.owner),
    },
    host: of.host,
  });
  writeFileSync(directory.configFile, policy, { mode: 0o600 });
}

/** A file, so that the terminal belongs to the demo; one older file is kept when it has grown. */
function openLog(file: string, level: string): pino.Logger {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return pino({ level }, pino.destination({ dest: file, append: true, sync: true, mode: 0o600 }));
}
