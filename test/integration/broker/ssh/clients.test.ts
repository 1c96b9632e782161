/** Programs that speak SSH by themselves or run `ssh`: what works under which role, and what they are told elsewhere. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SERVER_ALIAS, type SshClient } from '../../../support/ssh/clients.ts';
import { type SshBroker, useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';

const PATIENCE_MS = 120_000;

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }
      git: { shell: exec, programs: [git-upload-pack, git-receive-pack], allow: [run, indirect] }
      mirror: { shell: exec, programs: [rsync], allow: [run, read-file, indirect] }
      deploy: { shell: exec, allow: [run, read-file, write-file, indirect], sftp: write }`,
});

type Client = Awaited<ReturnType<SshBroker['client']>>;

describe('plink', () => {
  const plink = (client: Client, command: string) =>
    client.run('plink', [
      '-batch',
      '-ssh',
      '-P',
      String(broker.current.port),
      '-hostkey',
      fingerprintOf(broker.current.hostKey),
      '-pwfile',
      passwordFile(client),
      `${client.connection.username}@127.0.0.1`,
      command,
    ]);

  test('runs what the role allows and shows why the rest is refused', async () => {
    const client = await broker.current.client('run');
    expect(await plink(client, 'echo from plink')).toMatchObject({ status: 0, stdout: 'from plink\n' });
    const refused = await plink(client, 'sh -c "echo hidden"');
    expect(refused).toMatchObject({ status: 126, stdout: '' });
    expect(refused.stderr).toContain('sallyport:');
  });
});

describe('git', () => {
  const git = (client: SshClient, args: readonly string[], workingDirectory = client.directory) =>
    client.run('git', ['-c', 'user.name=alice', '-c', 'user.email=alice@example.com', ...args], {
      workingDirectory,
      environment: { GIT_SSH_COMMAND: client.command, GIT_CONFIG_NOSYSTEM: '1' },
      timeoutMs: 60_000,
    });

  test(
    'clones and pushes under a role that lists its two programs, and is refused elsewhere',
    async () => {
      const repository = join(sshd.current.home, 'app.git');
      // Made by the account itself, so that it owns it.
      const administrator = await broker.current.client('deploy');
      const made = await administrator.ssh(`git init -q --bare --initial-branch=main ${repository}`);
      expect(made).toMatchObject({ status: 0 });
      const client = await broker.current.client('git');
      const url = `${SERVER_ALIAS}:${repository}`;
      expect(await git(client, ['clone', '-q', url, 'work'])).toMatchObject({ status: 0 });
      const work = join(client.directory, 'work');
      writeFileSync(join(work, 'notes.txt'), 'some notes\n');
      await git(client, ['add', '.'], work);
      await git(client, ['commit', '-q', '-m', 'notes'], work);
      expect(await git(client, ['push', '-q', 'origin', 'HEAD:main'], work)).toMatchObject({ status: 0 });
      expect(await git(client, ['clone', '-q', '-b', 'main', url, 'again'])).toMatchObject({ status: 0 });
      expect(readFileSync(join(client.directory, 'again', 'notes.txt'), 'utf8')).toBe('some notes\n');

      const other = await broker.current.client('mirror');
      const refused = await git(other, ['clone', '-q', url, 'work']);
      expect(refused.status).toBe(128);
      expect(refused.stderr).toContain('does not run git-upload-pack');
      expect((await client.ssh('ls')).status).toBe(126);
    },
    PATIENCE_MS,
  );
});

describe('rsync', () => {
  const rsync = (client: SshClient, args: readonly string[]) =>
    client.run('rsync', ['-e', client.command, ...args], { timeoutMs: 60_000 });

  test(
    'copies both ways under a role that lists it',
    async () => {
      const client = await broker.current.client('mirror');
      const from = join(client.directory, 'tree');
      mkdirSync(from);
      writeFileSync(join(from, 'a.txt'), 'a\n');
      writeFileSync(join(from, 'b c.txt'), 'b\n');
      const up = await rsync(client, ['-rt', `${from}/`, `${SERVER_ALIAS}:${sshd.current.home}/tree/`]);
      expect(up).toMatchObject({ status: 0, stderr: '' });
      const back = join(client.directory, 'back');
      const down = await rsync(client, ['-rt', `${SERVER_ALIAS}:${sshd.current.home}/tree/`, `${back}/`]);
      expect(down).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(join(back, 'b c.txt'), 'utf8')).toBe('b\n');
    },
    PATIENCE_MS,
  );

  test(
    'is refused elsewhere with what to do instead',
    async () => {
      const client = await broker.current.client('git');
      writeFileSync(join(client.directory, 'a.txt'), 'a\n');
      const { status, stderr } = await rsync(client, [
        'a.txt',
        `${SERVER_ALIAS}:${sshd.current.home}/stolen`,
      ]);
      expect(status).not.toBe(0);
      expect(stderr).toContain('sallyport:');
      expect(existsSync(join(sshd.current.home, 'stolen'))).toBe(false);
    },
    PATIENCE_MS,
  );
});

describe('Ansible', () => {
  const ansible = (client: SshClient, args: readonly string[], pipelining: boolean) =>
    client.run('ansible', [SERVER_ALIAS, '-i', `${SERVER_ALIAS},`, ...args], {
      timeoutMs: 100_000,
      environment: {
        ANSIBLE_HOME: join(client.directory, 'ansible'),
        ANSIBLE_LOCAL_TEMP: join(client.directory, 'ansible-tmp'),
        ANSIBLE_REMOTE_TEMP: '/tmp/.ansible-test',
        // The first value counts: without a password of its own Ansible asks for none.
        ANSIBLE_SSH_ARGS: `-F ${client.configFile} -o PasswordAuthentication=yes -o PreferredAuthentications=password -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${client.directory}/%C`,
        ANSIBLE_SSH_TRANSFER_METHOD: 'sftp',
        ANSIBLE_PIPELINING: String(pipelining),
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        ANSIBLE_NOCOLOR: '1',
      },
    });

  test(
    'what a role without a list and without effects is told',
    async () => {
      const { status, stdout, stderr } = await ansible(
        await broker.current.client('run'),
        ['-m', 'ping'],
        true,
      );
      expect(status).not.toBe(0);
      expect(stdout + stderr).toContain('sallyport:');
    },
    PATIENCE_MS,
  );

  test.each([true, false])(
    'pings under a role that allows what is indirect (pipelining: %s)',
    async (pipelining) => {
      const client = await broker.current.client('deploy');
      const { status, stdout, stderr } = await ansible(client, ['-m', 'ping'], pipelining);
      expect(stdout + stderr).toContain('"ping": "pong"');
      expect(status).toBe(0);
    },
    PATIENCE_MS,
  );
});

function passwordFile(client: Client): string {
  const file = join(client.directory, 'password');
  writeFileSync(file, `${client.connection.password}\n`, { mode: 0o600 });
  return file;
}

function fingerprintOf(hostKey: string): string {
  return hostKey.split(' ')[1] ?? '';
}
