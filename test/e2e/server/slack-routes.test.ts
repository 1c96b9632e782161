/** Where Slack calls a deployment over HTTP: the process with the role of a bot, with pages or without. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { EVENTS_PATH } from '../../../src/bot/slack/manifest.ts';
import { loadConfig } from '../../../src/config.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { startServer } from '../../../src/main.ts';
import { useTestDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { buildProgram } from '../../support/program.ts';
import { launchServerProcess, startServerProcess } from '../../support/server-process.ts';
import { signedRequest } from '../../support/slack/driver.ts';
import { APP_TOKEN, BOT_TOKEN, SIGNING_SECRET } from '../../support/slack/workspace.ts';

const database = useTestDatabase();
const TOKENS = {
  SLACK_BOT_TOKEN: BOT_TOKEN,
  SLACK_APP_TOKEN: APP_TOKEN,
  SLACK_SIGNING_SECRET: SIGNING_SECRET,
};

let directory = '';
let configFile = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-slack-'));
  configFile = join(directory, 'sallyport.yaml');
  // Nobody answers there: a deployment starts without Slack.
  writeFileSync(configFile, 'chat: { slack: { mode: http, apiUrl: "http://127.0.0.1:9/api/" } }\n');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function environment(roles: string, more: Readonly<Record<string, string>>) {
  return { DATABASE_URL: database.current.url.reveal(), SALLYPORT_ROLES: roles, ...more };
}

async function start(
  roles: string,
  address: string,
  more: Readonly<Record<string, string>>,
): Promise<string> {
  const listenOn = `127.0.0.1:${await freePort()}`;
  const server = await startServerProcess({
    program: await buildProgram(),
    configFile,
    environment: environment(roles, { ...more, [address]: listenOn }),
  });
  onTestFinished(() => server.stop());
  return `http://${listenOn}`;
}

async function challenge(url: string): Promise<Response> {
  const body = { type: 'url_verification', challenge: 'c-0123' };
  return fetch(`${url}${EVENTS_PATH}`, {
    method: 'POST',
    ...signedRequest({ kind: 'event', body }, new Date()),
  });
}

describe('Slack’s calls are served', () => {
  test('with the pages, in a process that has both', async () => {
    const url = await start('web,bot', 'SALLYPORT_WEB_ADDRESS', TOKENS);
    expect(await (await challenge(url)).json()).toEqual({ challenge: 'c-0123' });
    expect((await fetch(`${url}${EVENTS_PATH}`, { method: 'POST', body: '{}' })).status).not.toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('on an address of their own, in a process without pages', async () => {
    const url = await start('bot', 'SALLYPORT_BOT_ADDRESS', TOKENS);
    expect(await (await challenge(url)).json()).toEqual({ challenge: 'c-0123' });
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  test('not by a process that is none, which needs no token either', async () => {
    const url = await start('web', 'SALLYPORT_WEB_ADDRESS', {});
    expect((await challenge(url)).status).toBe(404);
  });
});

test('a bot does not start without what it needs', async () => {
  const listenOn = `127.0.0.1:${await freePort()}`;
  const server = launchServerProcess({
    program: await buildProgram(),
    configFile,
    environment: environment('bot', {
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SALLYPORT_BOT_ADDRESS: listenOn,
    }),
  });
  expect(await server.exited).toMatchObject({ code: 1 });
  expect(server.stderr).toContain('chat.slack.botToken');
});

test.each([
  ['without the signing secret', undefined, 'chat.slack.signingSecret'],
  [
    'with a signing secret that anybody could guess',
    'short',
    'chat.slack.signingSecret has fewer than 16 characters',
  ],
])('nor does it %s', async (_how, signingSecret, said) => {
  const listenOn = `127.0.0.1:${await freePort()}`;
  const variables = environment('bot', { SALLYPORT_BOT_ADDRESS: listenOn });
  const config = loadConfig({ file: configFile, environment: variables });
  vi.stubEnv('SLACK_BOT_TOKEN', BOT_TOKEN);
  vi.stubEnv('SLACK_SIGNING_SECRET', signingSecret);
  onTestFinished(() => void vi.unstubAllEnvs());
  const refusal = await startServer({ config, logger: pino({ level: 'silent' }) }).catch(messageOf);
  expect(refusal).toContain(said);
  expect(refusal).not.toContain('short');
});
