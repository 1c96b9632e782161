/** The host that the broker's tests connect to, and their clients: without a broker in between. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type SshLogin, useSshClients } from '../../../support/ssh/clients.ts';
import { makeKey } from '../../../support/ssh/host-keys.ts';
import { TARGET_ACCOUNT, useSshd } from '../../../support/ssh/sshd.ts';
import { sshTerminal } from '../../../support/ssh/terminal.ts';

const PATIENCE = { timeout: 10_000 };
const PASSWORD = 'only in this test';
const sshd = useSshd({ password: PASSWORD });
const clients = useSshClients();

const login = (changes: Partial<SshLogin> = {}): SshLogin => ({
  ...sshd.current,
  username: TARGET_ACCOUNT,
  privateKeyFile: sshd.current.privateKeyFile,
  ...changes,
});

test('a command runs in the home directory of the account, with its status and both outputs', async () => {
  const client = await clients.make(login());
  const result = await client.ssh('pwd; echo "$USER" >&2; cat; exit 3', { input: 'what it reads' });
  expect(result).toEqual({ status: 3, stdout: `${sshd.current.home}\nwhat it reads`, stderr: 'deploy\n' });
});

test('a password is answered by SSH_ASKPASS, and a wrong one is refused', async () => {
  const { privateKeyFile: _, ...byPassword } = login({ secret: PASSWORD });
  expect((await (await clients.make(byPassword)).ssh('echo in')).stdout).toBe('in\n');
  const { status, stderr } = await (await clients.make({ ...byPassword, secret: 'wrong' })).ssh('echo in');
  expect({ status, denied: stderr.includes('Permission denied') }).toEqual({ status: 255, denied: true });
});

test('another host key than the pinned one is refused', async () => {
  const other = await clients.make(login());
  const { publicKey } = makeKey({ file: join(other.directory, 'other') });
  const { status, stderr } = await (await clients.make(login({ hostKey: publicKey }))).ssh('echo in');
  expect({ status, changed: stderr.includes('IDENTIFICATION HAS CHANGED') }).toEqual({
    status: 255,
    changed: true,
  });
});

test('files go both ways by sftp and scp', async () => {
  const client = await clients.make(login());
  writeFileSync(join(client.directory, 'up.txt'), 'up');
  expect((await client.sftp(['put up.txt there.txt', 'get there.txt back.txt'])).status).toBe(0);
  expect(readFileSync(join(client.directory, 'back.txt'), 'utf8')).toBe('up');
  expect((await client.scp(['target:there.txt', 'copied.txt'])).status).toBe(0);
  expect(readFileSync(join(client.directory, 'copied.txt'), 'utf8')).toBe('up');
});

test('a terminal shows what is typed, follows its size and ends with its window', async () => {
  const terminal = sshTerminal(await clients.make(login()), { command: 'PS1="in> " /bin/sh -i' });
  await terminal.waitFor('in> ');
  terminal.type('echo "typed" | tr a-z A-Z\r');
  await terminal.waitFor(/^TYPED$/m);
  terminal.resize({ columns: 100, rows: 30 });
  terminal.type('stty size\r');
  await terminal.waitFor('30 100');
  await terminal.close();
  await expect.poll(() => sshd.current.processes(), PATIENCE).toEqual([]);
});

test('a server that is killed takes what runs for the account with it', async () => {
  const client = await clients.make(login());
  const running = client.ssh('sleep 60');
  await expect
    .poll(() => sshd.current.processes().map(({ command }) => command), PATIENCE)
    .toContain('sleep 60');
  await sshd.current.kill();
  expect(sshd.current.processes()).toEqual([]);
  expect((await running).status).toBe(255);
  await sshd.current.restart();
  expect((await client.ssh('echo again')).stdout).toBe('again\n');
});
