/** What the development check runs: Sallyport with a Teams tenant beside the demo's parts, and the playground. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { startDemo } from '../../src/demo/start-demo.ts';
import { startServer } from '../../src/main.ts';
import { freePort } from '../../test/support/free-port.ts';
import { APP_ID, APP_PASSWORD, TENANT } from '../../test/support/teams/authority.ts';
import { playgroundConfig } from './people.ts';

export interface Part {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param gatewayUrl where the tenant's keys and tokens come from */
export async function startSallyport(directory: string, gatewayUrl: string): Promise<Part> {
  process.env['TEAMS_APP_PASSWORD'] = APP_PASSWORD;
  const demo = await startDemo({ workingDirectory: directory, port: null });
  const policy = parse(readFileSync(demo.directory.configFile, 'utf8'));
  const state = join(directory, 'teams');
  mkdirSync(state);
  policy.server.address = `127.0.0.1:${await freePort()}`;
  policy.broker.postgres.address = `127.0.0.1:${await freePort()}`;
  policy.recording.directory = join(state, 'recordings');
  policy.chat.teams = {
    appId: APP_ID,
    tenantId: TENANT,
    endpoints: { login: `${gatewayUrl}/login`, openIdMetadata: `${gatewayUrl}/openid` },
  };
  const file = join(state, 'sallyport.yaml');
  writeFileSync(file, stringify(policy));
  const config = { ...loadConfig({ file }), dataDirectory: join(state, 'data'), databaseUrl: null };
  const logger = pino({ level: 'info' }, pino.destination({ dest: join(state, 'log.json'), sync: true }));
  const server = await startServer({ config, logger });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await demo.stop();
    },
  };
}

const PLAYGROUND_CLI = 'node_modules/@microsoft/m365agentsplayground/cli.js';
const STARTS_WITHIN_MS = 30_000;

/**
 * @param options.installedIn where `npm install @microsoft/m365agentsplayground` was done
 * @param options.directory for its configuration and its log
 */
export async function startPlayground(options: {
  readonly installedIn: string;
  readonly directory: string;
  readonly appUrl: string;
}): Promise<Part> {
  const { installedIn, directory, appUrl } = options;
  writeFileSync(join(directory, '.m365agentsplayground.yml'), stringify(playgroundConfig()));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(installedIn, PLAYGROUND_CLI), 'start', '--dt', '-p', String(port), '-c', 'msteams', '-e', appUrl],
    { cwd: directory, env: { ...process.env, TEAMSAPPTESTER_BROWSER: 'none' }, stdio: 'ignore' },
  );
  const url = `http://localhost:${port}`;
  await answers(url, child);
  return {
    url,
    stop: async () => {
      child.kill();
    },
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('The playground does not start; devTools/m365agentsplayground.log says why.');
}
