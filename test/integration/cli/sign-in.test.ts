/** `sallyport login` against a real OpenID Connect provider, and what it leaves on disk. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Browser } from '../../../src/demo/tour/browser.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson, runProcess } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
let configHome: string;
beforeAll(async () => {
  configHome = await mkdtemp(join(tmpdir(), 'sallyport-home-'));
});
afterAll(async () => {
  await rm(configHome, { recursive: true, force: true });
});

const FILE = z.object({
  servers: z.record(
    z.string(),
    z.looseObject({ accessToken: z.string(), refreshToken: z.string(), expiresAt: z.string() }),
  ),
});

function credentialsPath(): string {
  return join(configHome, 'sallyport', 'credentials.json');
}

async function readCredentials(): Promise<z.output<typeof FILE>> {
  return FILE.parse(JSON.parse(await readFile(credentialsPath(), 'utf8')));
}

/** Does at the printed address what a person would. */
async function logIn(username: string, args: readonly string[] = []): Promise<CliResult> {
  let opened: Promise<unknown> | null = null;
  const result = await runCli(['login', '--no-browser', ...args], {
    url: web.current.url,
    configHome,
    onStderr: (text) => {
      const address = /^ {2}(http\S+)$/m.exec(text)?.[1];
      if (address !== undefined) opened ??= chooseAccount(address, username);
    },
  });
  await opened;
  return result;
}

async function chooseAccount(address: string, username: string): Promise<void> {
  const browser = new Browser();
  const choice = await browser.visit(address);
  const landed = await browser.submit(choice.url, { username });
  expect(landed.text).toContain('You are signed in.');
}

const options = () => ({ url: web.current.url, configHome });

describe('sallyport login', () => {
  test('signs in, keeps the tokens for their owner alone, and whoami agrees', async () => {
    const result = await logIn('alice');
    expect(result.stderr).toContain('Open this address');
    expect(result).toMatchObject({ status: 0 });
    expect(result.stdout).toBe(
      `You are signed in to ${web.current.url} as Alice Moreau <alice@example.com>.\n`,
    );
    expect((await stat(credentialsPath())).mode & 0o777).toBe(0o600);
    expect((await stat(join(configHome, 'sallyport'))).mode & 0o777).toBe(0o700);
    expect(await runJson(['whoami'], options())).toMatchObject({
      email: 'alice@example.com',
      groups: ['engineering'],
    });
  });

  test('prints JSON on stdout and the address to open on stderr', async () => {
    const result = await logIn('dana', ['--json']);
    expect(JSON.parse(result.stdout)).toMatchObject({ email: 'dana@example.com' });
  });

  test('is renewed by itself when the access token has ended', async () => {
    await logIn('bob');
    const before = await readCredentials();
    const credential = before.servers[web.current.url];
    if (credential === undefined) throw new Error('not signed in');
    const ended = { ...credential, expiresAt: '2020-01-01T00:00:00.000Z' };
    await writeFile(credentialsPath(), JSON.stringify({ version: 1, servers: { [web.current.url]: ended } }));
    expect(await runJson(['whoami'], options())).toMatchObject({ email: 'bob@example.com' });
    const after = (await readCredentials()).servers[web.current.url];
    expect(after?.accessToken).not.toBe(credential.accessToken);
    expect(Date.parse(after?.expiresAt ?? '')).toBeGreaterThan(Date.now());
  });

  test('is renewed once more when the server refuses the token before its time', async () => {
    await logIn('bob');
    const credential = (await readCredentials()).servers[web.current.url];
    const spoilt = { ...credential, accessToken: 'not.a.token' };
    await writeFile(
      credentialsPath(),
      JSON.stringify({ version: 1, servers: { [web.current.url]: spoilt } }),
    );
    expect(await runJson(['whoami'], options())).toMatchObject({ email: 'bob@example.com' });
  });

  test('is over when the refresh token is refused too, and the command says what to do', async () => {
    const credential = (await readCredentials()).servers[web.current.url];
    const dead = {
      ...credential,
      accessToken: 'x',
      refreshToken: 'x',
      expiresAt: '2020-01-01T00:00:00.000Z',
    };
    await writeFile(credentialsPath(), JSON.stringify({ version: 1, servers: { [web.current.url]: dead } }));
    const result = await runCli(['whoami'], options());
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('Run sallyport login.');
  });

  test('is forgotten by logout', async () => {
    await logIn('alice');
    expect((await runCli(['logout'], options())).status).toBe(0);
    expect((await readCredentials()).servers).toEqual({});
    const after = await runCli(['whoami'], options());
    expect(after.status).toBe(1);
    expect(after.stderr).toContain('Run sallyport login.');
    expect((await runCli(['logout'], options())).status).toBe(1);
  });

  test('refuses an answer that belongs to another attempt, and goes on waiting for its own', async () => {
    let opened: Promise<unknown> | null = null;
    const result = await runProcess(['login', '--no-browser'], {
      ...options(),
      onStderr: (text) => {
        const address = /^ {2}(http\S+)$/m.exec(text)?.[1];
        if (address !== undefined) opened ??= forgeThenChoose(address);
      },
    });
    await opened;
    expect(result.status).toBe(0);

    async function forgeThenChoose(address: string): Promise<void> {
      const callback = new URL(new URL(address).searchParams.get('redirect_uri') ?? '');
      callback.search = '?code=stolen&state=of-another';
      expect((await fetch(callback)).status).toBe(404);
      await chooseAccount(address, 'carol');
    }
  });

  test('a token in the environment comes before the kept one, and is never renewed', async () => {
    await logIn('alice');
    const token = await web.current.tokenOf('dana');
    expect(await runJson(['whoami'], { ...options(), token })).toMatchObject({ email: 'dana@example.com' });
    const refused = await runCli(['whoami'], { ...options(), token: 'not.a.token' });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('not an access token');
  });
});
