/** What `sallyport connect` gives to ssh, tried with the real one against a server that knows one secret. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSshFiles } from '../../../src/cli/ssh-client.ts';
import { childEnvironment } from '../../../src/client-environment.ts';

const PASSWORD = 'only-for-this-test-234567';
const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8xq7ryJLTkWLrFdEsn1nG5kFlvG5a4zZIPFFXGNcyE';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3_072 });
const pem = privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
const parsed = ssh2.utils.parseKey(pem);
if (parsed instanceof Error) throw parsed;
const HOST_KEY = `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`;

const commands: string[] = [];
const methods: string[] = [];
/** What stood in the arguments and the environment of the client while it was logging in. */
let seen = '';
const server = new ssh2.Server({ hostKeys: [pem] }, (client) => {
  client
    .on('authentication', (asked) => {
      methods.push(asked.method);
      if (asked.method !== 'password' || asked.password !== PASSWORD) return asked.reject(['password']);
      processesOfClients().then((text) => {
        seen = text;
        asked.accept();
      }, asked.reject);
    })
    .on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command);
        const channel = acceptExec();
        channel.write('done\n');
        channel.exit(7);
        channel.end();
      });
    })
    .on('error', () => undefined);
});
let port = 0;

async function processesOfClients(): Promise<string> {
  const texts = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(async (id) => {
      const read = (name: string): Promise<string> =>
        readFile(join('/proc', id, name), 'utf8').catch(() => '');
      const line = await read('cmdline');
      return line.includes('HostKeyAlias=sallyport') ? line + (await read('environ')) : '';
    });
  return (await Promise.all(texts)).join('');
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

async function ssh(given: { hostKey?: string; password?: string } = {}) {
  const files = await writeSshFiles({ hostKey: HOST_KEY, password: PASSWORD, ...given }, null);
  const directory = dirname(files.environment['SALLYPORT_ASKPASS_FILE'] ?? '');
  const modes = await Promise.all(
    [directory, join(directory, 'secret'), join(directory, 'known_hosts')].map(
      async (path) => (await stat(path)).mode & 0o777,
    ),
  );
  const program = ['-p', String(port), '-l', 'g-abcd2345', '127.0.0.1', 'uptime', '-p'];
  const answer = await new Promise<{ status: number | string; stdout: string; stderr: string }>((resolve) => {
    execFile(
      'ssh',
      [...files.options, ...program],
      { env: childEnvironment(files.environment) },
      (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
  });
  const secretIsLeft = existsSync(files.environment['SALLYPORT_ASKPASS_FILE'] ?? '');
  await files.remove();
  return { ...answer, modes, secretIsLeft, directoryIsLeft: existsSync(directory) };
}

test('the secret logs in without being an argument or a variable, and is read once', async () => {
  const answer = await ssh();
  expect(answer).toEqual({
    status: 7,
    stdout: 'done\n',
    stderr: '',
    modes: [0o700, 0o600, 0o600],
    secretIsLeft: false,
    directoryIsLeft: false,
  });
  expect(commands).toEqual(['uptime -p']);
  expect(seen).toContain('g-abcd2345');
  expect(seen).toContain('SALLYPORT_ASKPASS_FILE');
  expect(seen).not.toContain(PASSWORD);
});

test('a broker with another key gets no secret', async () => {
  const before = methods.length;
  const answer = await ssh({ hostKey: OTHER_KEY });
  expect(answer.status).toBe(255);
  expect(answer.stderr).toMatch(/Host key verification failed/);
  expect(methods.slice(before)).not.toContain('password');
  expect(answer.directoryIsLeft).toBe(false);
});

test('a secret that was replaced is tried once', async () => {
  const before = methods.length;
  expect(await ssh({ password: 'replaced' })).toMatchObject({ status: 255, secretIsLeft: false });
  expect(methods.slice(before).filter((method) => method === 'password')).toHaveLength(1);
});
