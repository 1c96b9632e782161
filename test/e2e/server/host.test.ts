/** Hosts through the real server: tokens and keys of the identity provider, `sallyport connect`, and `kill -9`. */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import type { WireSession } from '../../../src/web/wire.ts';
import { SOURCE_PROGRAM } from '../../support/program.ts';
import {
  type ClientResult,
  type SshClient,
  type SshLogin,
  useSshClients,
} from '../../support/ssh/clients.ts';
import { makeKey } from '../../support/ssh/host-keys.ts';
import { KEY, sshTerminal, type TestTerminal } from '../../support/ssh/terminal.ts';
import { BUILD, useHostDeployment } from './host-deployment.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
/** Often enough that a hundred milliseconds, after which output is on disk, are a few lines. */
const FEED_EVERY_MS = 20;
const FED_BEFORE = 40;

const deployment = useHostDeployment();
const clients = useSshClients();

interface Revealed {
  readonly username: string;
  readonly password: string;
  readonly hostKey: string;
}

let hostKey = '';

async function reveal(token: string, grantId: string): Promise<Revealed> {
  const revealed = await deployment.current.call<Revealed>(token, `grants/${grantId}/reveal`, {});
  hostKey = revealed.hostKey;
  return revealed;
}

function client(login: Pick<SshLogin, 'username'> & Partial<SshLogin>): Promise<SshClient> {
  return clients.make({ host: '127.0.0.1', port: deployment.current.sshPort, hostKey, ...login });
}

describe('who comes', () => {
  test('a person whose key the identity provider names needs no secret, for as long as it names the key', async () => {
    const { current } = deployment;
    const { file, publicKey } = makeKey({ file: join(current.sshd.home, '..', 'of-alice') });
    const alice = await current.tokenOf('alice', ['engineering'], { ssh_keys: [publicKey] });
    await reveal(alice, await current.grant(alice, 'runner'));
    const withKey = await client({
      username: 'web-1',
      privateKeyFile: file,
      settings: ['PreferredAuthentications publickey'],
    });
    expect(await withKey.ssh('echo by key')).toMatchObject({ status: 0, stdout: 'by key\n' });
    // She signs in again, and the key is no longer hers.
    await current.call(await current.tokenOf('alice', ['engineering'], { ssh_keys: [] }), 'me');
    expect(await withKey.ssh('echo by key')).toMatchObject({ status: 255, stdout: '' });
  });

  test('a build shows its token as the password, and is given what the policy gives it', async () => {
    const { current } = deployment;
    const settings = ['LogLevel INFO', 'PreferredAuthentications password'];
    const secret = await current.workloadToken();
    const build = await client({ username: 'web-1+runner', secret, settings });
    expect(await build.ssh('echo built')).toMatchObject({ status: 0, stdout: 'built\n' });
    const others = await current.workloadToken({ ...BUILD, repository: 'acme/other' });
    for (const [username, token] of [
      ['web-1+operator', secret],
      ['web-1', others],
    ] as const) {
      const refused = await client({ username, secret: token, settings });
      expect(await refused.ssh('echo built')).toMatchObject({ status: 255, stdout: '' });
    }
    const carol = await current.tokenOf('carol', ['responders']);
    const { items } = await current.call<{ items: WireSession[] }>(carol, 'sessions');
    expect(items.map(({ holder }) => holder.name)).toContain('deployer');
    const printed = current.server.stdout + current.server.stderr;
    for (const token of [secret, others]) expect(printed).not.toContain(token.split('.')[2]);
  });
});

test('sallyport connect --client sftp copies both ways, with nothing to type', async () => {
  const { current } = deployment;
  const alice = await current.tokenOf('alice', ['engineering']);
  await current.grant(alice, 'runner');
  const { directory } = await client({ username: 'nobody' });
  writeFileSync(join(directory, 'up.txt'), 'up\n');
  const { status, stdout, stderr } = await sallyport(
    ['connect', 'web-1', '--role', 'runner', '--client', 'sftp'],
    {
      token: alice,
      directory,
      input: 'put up.txt there.txt\nget there.txt back.txt\n',
    },
  );
  expect(status, stdout + stderr).toBe(0);
  expect(readFileSync(join(current.sshd.home, 'there.txt'), 'utf8')).toBe('up\n');
  expect(readFileSync(join(directory, 'back.txt'), 'utf8')).toBe('up\n');
});

function sallyport(
  args: readonly string[],
  options: { readonly token: string; readonly directory: string; readonly input: string },
): Promise<ClientResult> {
  const { url } = deployment.current;
  const child = spawn(SOURCE_PROGRAM, [...args], {
    cwd: options.directory,
    env: {
      PATH: process.env['PATH'],
      HOME: options.directory,
      SALLYPORT_URL: url,
      SALLYPORT_TOKEN: options.token,
    },
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk.toString('utf8');
    });
  child.stdin.end(options.input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

describe('killed while a command, a prompt and a terminal are in use', () => {
  const terminals: TestTerminal[] = [];
  let lost: readonly WireSession[] = [];
  /** What the client had been shown well before the end. */
  let shownUpTo = 0;

  test('leaves on the host what has no terminal, as the documentation says', async () => {
    const { current } = deployment;
    const { sshd } = current;
    const alice = await current.tokenOf('alice', ['engineering']);
    const open = async (role: string, command?: string): Promise<TestTerminal> => {
      const { username, password } = await reveal(alice, await current.grant(alice, role));
      const as = await client({ username, secret: password });
      const terminal = sshTerminal(as, command === undefined ? {} : { command });
      terminals.push(terminal);
      return terminal;
    };
    const feed = join(sshd.home, 'feed');
    writeFileSync(feed, '');
    const [command, prompt, raw] = await Promise.all([
      open('runner', 'tail -f feed'),
      open('operator'),
      open('breakglass'),
    ]);
    await prompt.waitFor(/\$ ?$/);
    prompt.type(`echo at the prompt${KEY.enter}`);
    await prompt.waitFor(/^at the prompt$/m);
    prompt.type(`sleep 9301${KEY.enter}`);
    await raw.waitFor(/\$ ?$/);
    raw.type(`echo in the terminal; sleep 9302${KEY.enter}`);
    await raw.waitFor(/^in the terminal$/m);
    const running = (): string[] =>
      sshd.processes().flatMap(({ command: words }) => (/^(?:sleep|tail) /.test(words) ? [words] : []));
    await expect.poll(() => running().length, PATIENCE).toBe(3);
    let fed = 0;
    const feeding = setInterval(() => {
      fed += 1;
      appendFileSync(feed, `fed ${fed}.\n`);
    }, FEED_EVERY_MS);
    await command.waitFor(`fed ${FED_BEFORE}.`);
    shownUpTo = FED_BEFORE;
    await command.waitFor(`fed ${2 * FED_BEFORE}.`);
    await current.server.kill();
    clearInterval(feeding);
    await Promise.all(terminals.map(({ exited }) => exited));
    // The terminal was hung up, and what writes has nowhere to write to.
    await expect.poll(running, PATIENCE).toEqual(['sleep 9301']);
    for (const { pid, command: words } of sshd.processes()) if (words === 'sleep 9301') process.kill(pid);
    await current.restart();
  });

  test('has recordings that verify up to their last chunk, and hold what was forwarded', async () => {
    const { current } = deployment;
    const carol = await current.tokenOf('carol', ['responders']);
    lost = await waitFor('The end of the sessions', async () => {
      const { items } = await current.call<{ items: WireSession[] }>(carol, 'sessions');
      const found = items.filter(({ endReason }) => endReason === 'broker-lost');
      return found.length === 3 && items.every(({ live, recordingHead }) => !live && recordingHead !== null)
        ? found
        : null;
    });
    const recorded = new Map<string, readonly RecordingEvent[]>();
    for (const { id, role, recordingHead } of lost) {
      expect(await current.verify(id)).toMatchObject({
        ok: true,
        problems: [],
        sealedBy: 'recovered',
        headHex: recordingHead,
      });
      const lines = await current.call<string>(carol, `sessions/${id}/export?format=jsonl`);
      recorded.set(
        role,
        lines
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as RecordingEvent),
      );
    }
    const statements = (role: string): string[] =>
      (recorded.get(role) ?? []).flatMap((event) => (event.type === 'statement' ? [event.text] : []));
    const output = (role: string): string =>
      (recorded.get(role) ?? []).flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('');
    expect(statements('runner')).toEqual(['tail -f feed']);
    for (let line = 1; line <= shownUpTo; line += 1) expect(output('runner')).toContain(`fed ${line}.`);
    expect(statements('operator')).toEqual(expect.arrayContaining(['echo at the prompt', 'sleep 9301']));
    // As it was typed, and as it was answered.
    expect(output('operator')).toMatch(/(?:at the prompt[\s\S]*){2}/);
    expect(output('breakglass')).toMatch(/(?:in the terminal[\s\S]*){2}/);
    const [command, , raw] = terminals.map((terminal) => terminal.received());
    // The prompt is drawn anew with each key and is no output of the host.
    for (const [role, received] of [
      ['runner', command],
      ['breakglass', raw],
    ] as const)
      expect(output(role).length, `${role}: ${output(role)} | ${received}`).toBeGreaterThan(
        (received ?? '').length / 2,
      );
  });

  test('lets who still has access in again', async () => {
    await Promise.all(terminals.map((terminal) => terminal.close()));
    const { current } = deployment;
    const alice = await current.tokenOf('alice', ['engineering']);
    const [grantId] = lost.flatMap(({ role, grantId: id }) => (role === 'runner' ? [id] : []));
    const { username, password } = await reveal(alice, grantId ?? '');
    const again = await client({ username, secret: password });
    expect(await again.ssh('echo again')).toMatchObject({ status: 0, stdout: 'again\n' });
  });
});
