/** `sallyport teams`: the package that Teams takes, and what is missing in a tenant. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../support/command-line.ts';
import { APP_ID, APP_PASSWORD, FOREIGN_TENANT, TENANT } from '../../support/teams/authority.ts';
import { useTeamsTenant } from '../../support/teams/tenant.ts';
import { runJson } from './harness.ts';

const tenant = useTeamsTenant();
/** Refuses whoever has no token, as our own route does. */
const server = createServer((_request, response) => response.writeHead(401).end());
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-teams-'));
  await writeFile(join(directory, 'password'), APP_PASSWORD);
  await writeFile(join(directory, 'wrong'), 'of-another-app');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

async function configure(settings: { password?: string; more?: string; publicUrl?: string } = {}) {
  const { password = 'password', more = '', publicUrl } = settings;
  const { login, openIdMetadata } = tenant.current.endpoints;
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(
    join(directory, 'sallyport.yaml'),
    `server: { address: "${address}"${publicUrl === undefined ? '' : `, publicUrl: "${publicUrl}"`} }
chat:
  teams:
    appId: ${APP_ID}
    tenantId: ${TENANT}
    appPassword: { file: ${password} }
    endpoints: { login: "${login}", openIdMetadata: "${openIdMetadata}" }
${more}`,
  );
}

async function check(settings: Parameters<typeof configure>[0] = {}) {
  await configure(settings);
  return runCli(['teams', 'check'], { workingDirectory: directory });
}

describe('sallyport teams manifest', () => {
  test('writes a package with the bot, its icons and the menu of messages', async () => {
    await configure({ publicUrl: 'https://sallyport.example.com' });
    const args = ['teams', 'manifest', '--out', 'app.zip', '--app-version', '1.2.3'];
    const { status, stderr } = await runCli(args, { workingDirectory: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const files = unzipSync(await readFile(join(directory, 'app.zip')));
    expect(Object.keys(files).sort()).toEqual(['color.png', 'manifest.json', 'outline.png']);
    expect(JSON.parse(strFromU8(files['manifest.json'] ?? new Uint8Array()))).toMatchObject({
      id: APP_ID,
      version: '1.2.3',
      bots: [{ botId: APP_ID, scopes: ['personal', 'team'] }],
      composeExtensions: [{ botId: APP_ID, commands: [{ type: 'action', fetchTask: true }] }],
      validDomains: ['sallyport.example.com'],
    });
    // Width and height stand at the same place in every PNG.
    const sizeOf = (name: string) => Buffer.from(files[name] ?? []).readUInt32BE(16);
    expect([sizeOf('color.png'), sizeOf('outline.png')]).toEqual([192, 32]);
  });

  test('prints the manifest, and needs https', async () => {
    await configure({ publicUrl: 'https://sallyport.example.com' });
    const { manifest } = z
      .object({ manifest: z.looseObject({ id: z.string() }) })
      .parse(await runJson(['teams', 'manifest'], { workingDirectory: directory }));
    expect(manifest.id).toBe(APP_ID);
    const insecure = await runCli(['teams', 'manifest', '--url', 'http://example.com'], {
      workingDirectory: directory,
    });
    expect(insecure).toMatchObject({ status: 1, stdout: '' });
    expect(insecure.stderr).toContain('https only');
  });
});

describe('sallyport teams check', () => {
  test('finds the password, the keys and the endpoint', async () => {
    const { stdout, stderr } = await check();
    expect(stdout).toContain(`ok       app password: Microsoft Entra gives a token for ${APP_ID}`);
    expect(stdout).toContain('ok       signing keys: 1 of https://api.botframework.com');
    expect(stdout).toContain(`ok       tenants: ${TENANT}`);
    expect(stdout).toContain('cards go to access and access-audit');
    // On this machine it is Sallyport, but Teams could not call it.
    expect(stdout).toMatch(/PROBLEM {2}messaging endpoint: .* is Sallyport, but Teams calls https only/);
    expect(stderr).toBe('sallyport: There is a problem.\n');
    expect(stdout).not.toContain(APP_PASSWORD);
  });

  test('says what is missing, and never a password', async () => {
    const { stdout, stderr } = await check({
      password: 'wrong',
      more: `    tenants: [${FOREIGN_TENANT}]\n`,
    });
    expect(stdout).toContain('PROBLEM  app password: Microsoft Entra gave no token: AADSTS7000215');
    expect(stdout).toContain('PROBLEM  tenants: chat.teams.tenants does not name the tenant of the bot');
    expect(stdout).not.toContain('of-another-app');
    expect(stderr).toBe('sallyport: There are 3 problems.\n');
    const missing = await check({ password: 'nothing' });
    expect(missing.stdout).toContain('PROBLEM  app password: cannot read the secret file');
  });
});
