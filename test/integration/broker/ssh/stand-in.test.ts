/** What the demo protects where OpenSSH's server is missing: a real client finds a host. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startContainedHost } from '../../../../src/demo/sample-host/contained-host.ts';
import { freePort } from '../../../support/free-port.ts';
import { type SshClient, useSshClients } from '../../../support/ssh/clients.ts';
import { makeKey } from '../../../support/ssh/host-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'sallyport-stand-in-'));
const home = join(directory, 'home');
const clients = useSshClients();
let stop = async (): Promise<void> => undefined;
let client: SshClient;
let stranger: SshClient;

beforeAll(async () => {
  mkdirSync(home);
  writeFileSync(join(directory, 'secret.txt'), 'outside\n');
  const [hostKey, login, other] = ['host', 'login', 'other'].map((name) =>
    makeKey({ file: join(directory, name) }),
  );
  if (hostKey === undefined || login === undefined || other === undefined)
    throw new Error('three keys were made');
  const port = await freePort();
  const username = 'deploy';
  const plan = { directory, home, port, username, hostKeyFile: hostKey.file, loginKey: login.publicKey };
  ({ stop } = await startContainedHost(plan, 'a test'));
  const reached = { host: '127.0.0.1', port, hostKey: hostKey.publicKey, username };
  client = await clients.make({ ...reached, privateKeyFile: login.file });
  stranger = await clients.make({ ...reached, privateKeyFile: other.file });
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a command runs in its directory, with both outputs, its input and its status', async () => {
  const result = await client.ssh('pwd; echo "$HOME" >&2; cat; exit 3', { input: 'what it reads' });
  expect(result).toEqual({ status: 3, stdout: `${home}\nwhat it reads`, stderr: `${home}\n` });
});

test('another key is refused', async () => {
  expect((await stranger.ssh('echo in')).status).toBe(255);
});

test('files below its directory go both ways, and no others', async () => {
  writeFileSync(join(client.directory, 'up.txt'), 'up\n');
  expect(await client.sftp(['put up.txt there.txt', 'get there.txt back.txt', 'rm there.txt'])).toMatchObject(
    {
      status: 0,
    },
  );
  expect(readFileSync(join(client.directory, 'back.txt'), 'utf8')).toBe('up\n');
  expect(existsSync(join(home, 'there.txt'))).toBe(false);
  symlinkSync(join(directory, 'secret.txt'), join(home, 'link'));
  for (const path of ['../secret.txt', join(directory, 'secret.txt'), 'link']) {
    expect((await client.sftp([`get ${path} stolen.txt`])).status, path).not.toBe(0);
    expect((await client.sftp([`put up.txt ${path}`])).status, path).not.toBe(0);
  }
  expect(readFileSync(join(directory, 'secret.txt'), 'utf8')).toBe('outside\n');
});
