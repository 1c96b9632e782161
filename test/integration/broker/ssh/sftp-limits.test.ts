/** Files over SFTP that wait for people, that are too many bytes, or whose session ends; and what else moves files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revokeGrant } from '../../../../src/access/end-grant.ts';
import type { SshClient } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { approveNext, decide, heldBy } from '../hold-harness.ts';
import { ofType, PATIENCE, recorded } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      files: { shell: exec }
      code: { shell: exec, programs: [git-upload-pack, git-receive-pack] }
      mirror: { shell: exec, programs: [rsync] }
      look: { shell: exec, programs: [ls] }`,
  rules: `
  - name: releases
    on: { kind: ssh }
    match: { paths: ["*/held/*"], effects: [write-file] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }
  - { name: too-much, on: { kind: ssh }, match: { paths: ["*/down/*"], bytesOver: 1000000 }, action: stop }
  - { name: too-much-up, on: { kind: ssh }, match: { paths: ["*/up/*"], effects: [write-file], bytesOver: 1000000 }, action: stop }`,
});

let root = '';
const at = (name: string): string => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-files-'));
  await chmod(root, 0o777);
  for (const name of ['held', 'down', 'up', 'other', 'free']) {
    await mkdir(at(name));
    await chmod(at(name), 0o777);
  }
  await writeFile(at('down/large'), randomBytes(3_000_000));
  await writeFile(at('down/small'), randomBytes(900_000));
  await writeFile(at('free/large'), randomBytes(20_000_000));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly output: { stderr: string };
  readonly closed: Promise<number | null>;
}

function startScp(client: SshClient, args: readonly string[]): Running {
  const child = spawn('scp', ['-F', client.configFile, ...args], { env: client.environment });
  const output = { stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return { child, output, closed: once(child, 'close').then(([status]) => status as number | null) };
}

async function localFile(client: SshClient, bytes = 1_000): Promise<string> {
  const path = join(client.directory, 'local');
  await writeFile(path, randomBytes(bytes));
  return path;
}

const missing = (path: string): Promise<boolean> =>
  lstat(path)
    .then(() => false)
    .catch(() => true);

describe('a held file', () => {
  test('is written once people agreed, as they saw it', async () => {
    const client = await broker.current.client('files');
    const local = await localFile(client);
    await chmod(local, 0o640);
    const { output, closed } = startScp(client, [local, `target:${at('held/a')}`]);
    const hold = await heldBy(broker.current, client.connection);
    expect(hold).toMatchObject({ text: `sftp put mode=0640 ${at('held/a')}`, rule: 'releases' });
    await expect.poll(() => output.stderr, PATIENCE).toContain(`waits for approval: ${hold.id}`);
    expect(await missing(at('held/a'))).toBe(true);
    await decide(broker.current, hold);
    expect(await closed).toBe(0);
    expect(await readFile(at('held/a'))).toEqual(await readFile(local));
  });

  test('is not written where its name leads elsewhere by then', async () => {
    await symlink(at('held'), at('way'));
    const client = await broker.current.client('files');
    const { output, closed } = startScp(client, [await localFile(client), `target:${at('way/c')}`]);
    const hold = await heldBy(broker.current, client.connection);
    expect(hold.text).toContain(at('held/c'));
    await unlink(at('way'));
    await symlink(at('other'), at('way'));
    await decide(broker.current, hold);
    expect(await closed).not.toBe(0);
    expect(output.stderr).toContain('leads to changed');
    expect([await missing(at('held/c')), await missing(at('other/c'))]).toEqual([true, true]);
  });

  test('is not moved where it became a directory by then', async () => {
    await writeFile(at('held/f'), 'text');
    const client = await broker.current.client('files');
    const closed = client.sftp([`rename ${at('held/f')} ${at('held/g')}`]);
    const hold = await heldBy(broker.current, client.connection);
    await unlink(at('held/f'));
    await mkdir(at('held/f'));
    await decide(broker.current, hold);
    const { status, stderr } = await closed;
    expect(status).toBe(1);
    expect(stderr).toContain('leads to changed');
    expect([await missing(at('held/f')), await missing(at('held/g'))]).toEqual([false, true]);
  });

  test('leaves the time of day to whoever wrote it', async () => {
    const client = await broker.current.client('files');
    const { closed } = startScp(client, ['-p', await localFile(client), `target:${at('held/e')}`]);
    await approveNext(broker.current, client.connection);
    expect(await closed).toBe(0);
  });
});

describe('the end of a session', () => {
  test('cuts a transfer within two seconds, and the recording says how far it came', async () => {
    const { access } = broker.current;
    const client = await broker.current.client('files');
    const to = join(client.directory, 'cut');
    // 8 Mbit/s: twenty seconds.
    const { closed } = startScp(client, ['-l', '8000', `target:${at('free/large')}`, to]);
    await expect
      .poll(
        () =>
          stat(to).then(
            ({ size }) => size > 100_000,
            () => false,
          ),
        PATIENCE,
      )
      .toBe(true);
    const overseer = await access.person('carol', ['responders']);
    access.context.policy.current().document.oversight.groups.push('responders');
    const startedAtMs = performance.now();
    await revokeGrant(access.context, {
      grantId: client.connection.username,
      by: overseer,
      reason: 'enough',
    });
    expect(await closed).not.toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    const { events } = await recorded(broker.current, client.connection.username);
    const [file] = ofType(events, 'file');
    expect(file).toMatchObject({ direction: 'download', sha256: null, complete: false });
    expect(file?.bytes).toBeLessThan(20_000_000);
  });
});

describe('too many bytes', () => {
  test('stop a download before they pass', async () => {
    const client = await broker.current.client('files');
    const to = join(client.directory, 'small');
    expect(await client.scp([`target:${at('down/small')}`, to])).toMatchObject({ status: 0 });
    const large = join(client.directory, 'large');
    const { status, stderr } = await client.scp([`target:${at('down/large')}`, large]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('too-much');
    expect((await stat(large)).size).toBeLessThanOrEqual(1_000_000);
  });

  test('stop an upload where a rule counts what is written', async () => {
    const client = await broker.current.client('files');
    const local = await localFile(client, 3_000_000);
    expect(await client.scp([local, `target:${at('free/upload')}`])).toMatchObject({ status: 0 });
    const { status, stderr } = await client.scp([local, `target:${at('up/a')}`]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('too-much-up');
    expect((await stat(at('up/a'))).size).toBeLessThanOrEqual(1_000_000);
  });
});

describe('what moves files as commands do', () => {
  test('git clones where the role lists its program, and nowhere else', async () => {
    const client = await broker.current.client('code');
    const source = at('source');
    const git = (args: readonly string[], by = client): ReturnType<SshClient['run']> =>
      by.run('git', args, {
        environment: {
          GIT_SSH_COMMAND: by.command,
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'safe.directory',
          GIT_CONFIG_VALUE_0: '*',
        },
      });
    await git(['init', '-q', '--bare', source]);
    // Of another account than the host's.
    await writeFile(join(sshd.current.home, '.gitconfig'), '[safe]\n\tdirectory = *\n');
    const cloned = await git(['clone', '-q', `target:${source}`, join(client.directory, 'clone')]);
    expect(cloned).toEqual({ status: 0, stdout: '', stderr: expect.stringContaining('empty repository') });
    const look = await broker.current.client('look');
    const refused = await git(['clone', '-q', `target:${source}`, join(look.directory, 'clone')], look);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('does not run git-upload-pack');
  });

  test('rsync copies where the role lists it; elsewhere it is told what to do instead', async () => {
    const client = await broker.current.client('mirror');
    const args = (by: SshClient): string[] => [
      '-e',
      by.command,
      `target:${at('down/small')}`,
      join(by.directory, 'r'),
    ];
    expect(await client.run('rsync', args(client))).toMatchObject({ status: 0 });
    expect((await stat(join(client.directory, 'r'))).size).toBe(900_000);
    const look = await broker.current.client('look');
    const { status, stderr } = await look.run('rsync', args(look));
    expect(status).not.toBe(0);
    expect(stderr).toContain('Use sftp or scp');
  });
});
