/** Files over SFTP through a real broker, with the real `sftp` and `scp`, to a real OpenSSH server. */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { ofType, recorded } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      files: { shell: exec }
      reader: { shell: exec, sftp: read }
      look: { shell: exec, programs: [ls] }
      admin: { shell: exec, allow: [read-file, write-file, access-admin] }`,
  rules: `
  - { name: no-secrets, on: { kind: ssh }, match: { paths: ["*/secret/*"] }, action: deny, message: Ask for it in the vault. }`,
});

let root = '';
const at = (name: string): string => join(root, name);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  // Where the account of the host may read and write whoever runs the tests.
  root = await mkdtemp(join(tmpdir(), 'sallyport-files-'));
  await chmod(root, 0o777);
  await mkdir(at('secret'));
  await writeFile(at('secret/key'), 'the key');
  await symlink(at('secret'), at('way'));
  await symlink('/etc', at('etc'));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('sftp', () => {
  test('moves files both ways, and the recording has their size and SHA-256', async () => {
    const client = await broker.current.client('files');
    const bytes = randomBytes(3_000_000);
    const local = join(client.directory, 'up');
    await writeFile(local, bytes);
    const back = join(client.directory, 'down');
    const { status, stderr } = await client.sftp([
      `put ${local} ${at('a')}`,
      `get ${at('a')} ${back}`,
      `rename ${at('a')} ${at('b')}`,
      `mkdir ${at('d')}`,
      `ls -l ${root}`,
      `rmdir ${at('d')}`,
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
    expect(sha256(await readFile(at('b')))).toBe(sha256(bytes));
    const { events } = await recorded(broker.current, client.connection.username);
    const transfer = { path: at('a'), bytes: bytes.length, sha256: sha256(bytes), complete: true };
    expect(ofType(events, 'file')).toMatchObject([
      { direction: 'upload', ...transfer },
      { direction: 'download', ...transfer },
    ]);
    const texts = ofType(events, 'statement').map(({ text }) => text);
    expect(texts).toContain(`sftp rename ${at('a')} ${at('b')}`);
    expect(texts).toContain(`sftp mkdir mode=0777 ${at('d')}`);
  });

  test('is refused by path, by link and for files that say who may log in', async () => {
    const client = await broker.current.client('files');
    for (const batch of [
      [`get ${at('secret/key')} /dev/null`],
      [`get ${at('way/key')} /dev/null`],
      [`get ${at('etc/shadow')} /dev/null`],
      [`get ${at('etc/passwd')} /dev/null`],
      [`symlink /etc/shadow ${at('l')}`],
      [`rename ${at('secret')} ${at('open')}`],
      [`ls ${at('secret')}`],
    ]) {
      const { status, stderr } = await client.sftp(batch);
      expect({ batch, status, stderr }).toEqual({ batch, stderr, status: 1 });
      expect(stderr).toMatch(/Ask for it in the vault|who may log in/);
    }
    await expect(lstat(at('l'))).rejects.toThrow('ENOENT');
    expect(await readFile(at('secret/key'), 'utf8')).toBe('the key');
    const admin = await broker.current.client('admin');
    const got = join(admin.directory, 'passwd');
    expect(await admin.sftp([`get ${at('etc/passwd')} ${got}`])).toMatchObject({ status: 0 });
    expect(await readFile(got, 'utf8')).toContain('root:');
  });

  test('does not move what a rule means away with a directory above it, nor link to that, and moves files', async () => {
    await mkdir(at('app/secret'), { recursive: true });
    await chmod(at('app'), 0o777);
    await writeFile(at('app/secret/key'), 'the key');
    await writeFile(at('app/plain'), 'text');
    const client = await broker.current.client('files');
    for (const batch of [
      [`rename ${at('app')} ${at('open')}`],
      [`rename ${root} ${root}-open`],
      [`symlink ${at('app')} ${at('open')}`],
    ]) {
      const { status, stderr } = await client.sftp(batch);
      expect({ batch, status, stderr }).toEqual({ batch, stderr, status: 1 });
      expect(stderr).toContain('Ask for it in the vault');
    }
    const moved = [
      `rename ${at('app/plain')} ${at('app/moved')}`,
      `symlink ${at('app/moved')} ${at('app/l')}`,
    ];
    expect(await client.sftp(moved)).toMatchObject({ status: 0, stderr: '' });
    expect(await readFile(at('app/l'), 'utf8')).toBe('text');
    await expect(lstat(at('open'))).rejects.toThrow('ENOENT');
    expect(await readFile(at('app/secret/key'), 'utf8')).toBe('the key');
  });

  test('of a role that only reads writes nothing, and a role that lists programs has none', async () => {
    await writeFile(at('r'), 'text');
    const reader = await broker.current.client('reader');
    const got = join(reader.directory, 'r');
    expect(await reader.sftp([`get ${at('r')} ${got}`])).toMatchObject({ status: 0 });
    for (const batch of [[`put ${got} ${at('w')}`], [`rm ${at('r')}`], [`chmod 600 ${at('r')}`]])
      expect(await reader.sftp(batch)).toMatchObject({ status: 1 });
    expect(await readFile(at('r'), 'utf8')).toBe('text');
    const look = await broker.current.client('look');
    const { status, stderr } = await look.sftp(['pwd']);
    expect(status).not.toBe(0);
    expect(stderr).toContain('The role look does not use SFTP');
  });
});

describe('scp', () => {
  test('copies trees both ways over SFTP', async () => {
    const client = await broker.current.client('files');
    const tree = join(client.directory, 'tree');
    await mkdir(join(tree, 'deep/er'), { recursive: true });
    const bytes = randomBytes(100_000);
    await writeFile(join(tree, 'deep/er/file'), bytes);
    await writeFile(join(tree, 'empty'), '');
    expect(await client.scp(['-rp', tree, `target:${at('tree')}`])).toMatchObject({ status: 0, stderr: '' });
    expect(await client.scp(['-rp', `target:${at('tree')}`, join(client.directory, 'back')])).toMatchObject({
      status: 0,
    });
    expect(await readFile(join(client.directory, 'back/deep/er/file'))).toEqual(bytes);
    expect(await readFile(at('tree/empty'), 'utf8')).toBe('');
  });

  test('of the old protocol is refused, with what to do instead', async () => {
    const client = await broker.current.client('files');
    await writeFile(at('old'), 'text');
    const { status, stderr } = await client.scp(['-O', `target:${at('old')}`, client.directory]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('Use scp without -O');
  });
});
