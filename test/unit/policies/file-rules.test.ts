/** What roles and rules say about files over SFTP and about forwards. */
import { describe, expect, test } from 'vitest';
import {
  type FileOperation,
  type FilePath,
  fileStatement,
} from '../../../src/policies/analyzers/files/file-statement.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { CommandRule, ShellRole } from '../../../src/policies/document/schema.ts';
import { SHELL_ROLE } from '../../../src/policies/document/shell-role.ts';
import { decideFile, mayUseFiles } from '../../../src/policies/rules/decide-file.ts';
import { decideForward } from '../../../src/policies/rules/decide-forward.ts';

const role = (settings: object): ShellRole => SHELL_ROLE.parse(settings);

function rulesOf(...rules: readonly object[]): readonly CommandRule[] {
  const parsed = parsePolicyDocument(
    JSON.stringify({ rules: rules.map((rule, at) => ({ name: `r${at}`, on: {}, action: 'deny', ...rule })) }),
    { toStart: false },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document.rules;
}

const exact = (path: string): FilePath => ({ path, certainty: 'exact' });

function verdictOn(
  operation: FileOperation,
  paths: readonly (string | FilePath)[],
  policy: { settings?: object; rules?: readonly CommandRule[]; isMasked?: boolean; isLeaf?: boolean } = {},
): string {
  const statement = fileStatement({
    operation,
    paths: paths.map((path) => (typeof path === 'string' ? exact(path) : path)),
    isLeaf: policy.isLeaf ?? false,
  });
  const verdict = decideFile({
    statement,
    roleName: 'x',
    role: role(policy.settings ?? {}),
    rules: policy.rules ?? [],
    isMasked: policy.isMasked ?? false,
  });
  return verdict.action === 'deny' ? `deny by ${verdict.rule}` : verdict.action;
}

describe('what a role may do with files', () => {
  test.each<[string, object, boolean, boolean]>([
    ['nothing said', {}, true, true],
    ['programs listed', { programs: ['ls'] }, false, false],
    ['programs listed, and sftp', { programs: ['ls'], sftp: 'read' }, true, false],
    ['sftp: none', { sftp: 'none' }, false, false],
    ['sftp: read', { sftp: 'read' }, true, false],
    ['sftp: write', { sftp: 'write' }, true, true],
    ['only read-file', { allow: ['run', 'read-file'] }, true, false],
    ['only write-file', { allow: ['run', 'write-file'] }, false, true],
    ['only run', { allow: ['run'] }, false, false],
    ['raw', { shell: 'raw' }, true, true],
  ])('%s', (_title, settings, reads, writes) => {
    expect(verdictOn('get', ['/srv/a'], { settings })).toBe(reads ? 'allow' : 'deny by role');
    expect(verdictOn('put', ['/srv/a'], { settings })).toBe(writes ? 'allow' : 'deny by role');
    expect(verdictOn('edit', ['/srv/a'], { settings })).toBe(reads && writes ? 'allow' : 'deny by role');
    expect(verdictOn('stat', ['/srv/a'], { settings })).toBe(reads || writes ? 'allow' : 'deny by role');
    expect(mayUseFiles(role(settings), { isMasked: false })).toBe(reads || writes);
  });

  test('where masks apply, reading files has to be said', () => {
    expect(verdictOn('get', ['/srv/a'], { isMasked: true })).toBe('deny by role');
    expect(verdictOn('put', ['/srv/a'], { isMasked: true })).toBe('allow');
    expect(verdictOn('get', ['/srv/a'], { isMasked: true, settings: { sftp: 'read' } })).toBe('allow');
  });

  test.each<[FileOperation, readonly string[]]>([
    ['get', ['/etc/shadow']],
    ['put', ['/home/deploy/.ssh/authorized_keys']],
    ['stat', ['/home/deploy/.ssh']],
    ['symlink', ['/etc/shadow', '/tmp/a']],
    ['symlink', ['/etc', '/tmp/a']],
    ['symlink', ['/', '/tmp/a']],
    ['get', ['/proc/1/root/etc/shadow']],
    ['edit', ['/proc/4711/mem']],
    ['get', ['/proc/4711/task/4712/environ']],
    ['put', ['/Users/deploy/.SSH/Authorized_Keys']],
    ['link', ['/etc/sudoers', '/tmp/a']],
    ['rename', ['/tmp/keys', '/home/deploy/.ssh']],
    ['rename', ['/etc', '/etc2']],
    ['rename', ['/tmp/evil', '/etc/cron.d/evil']],
    ['setstat', ['/etc/sudoers.d/x']],
  ])('%s %j needs access-admin', (operation, paths) => {
    expect(verdictOn(operation, paths)).toBe('deny by role');
    expect(verdictOn(operation, paths, { settings: { sftp: 'write' } })).toBe('deny by role');
    const settings = { allow: ['read-file', 'write-file', 'access-admin'] };
    expect(verdictOn(operation, paths, { settings })).toBe('allow');
  });
});

describe('what a rule about files means', () => {
  const secret = rulesOf({ match: { paths: ['/srv/secret/*'] } });

  test.each<[FileOperation, readonly string[], string]>([
    ['get', ['/srv/secret/a'], 'deny by r0'],
    ['get', ['/srv/secret/a/b'], 'deny by r0'],
    ['ls', ['/srv/secret'], 'deny by r0'],
    ['ls', ['/srv'], 'allow'],
    ['stat', ['/srv'], 'allow'],
    ['get', ['/srv/secrets'], 'allow'],
    ['rename', ['/srv', '/srv2'], 'deny by r0'],
    ['rename', ['/srv/a', '/srv/secret/a'], 'deny by r0'],
    ['symlink', ['/srv', '/tmp/a'], 'deny by r0'],
    ['symlink', ['/', '/tmp/a'], 'deny by r0'],
    ['link', ['/srv/secret/a', '/tmp/a'], 'deny by r0'],
    ['rmdir', ['/srv'], 'allow'],
  ])('%s %j -> %s', (operation, paths, expected) => {
    expect(verdictOn(operation, paths, { rules: secret })).toBe(expected);
  });

  test('a directory is meant by what is in it, wherever that is', () => {
    const rules = rulesOf({ match: { paths: ['*/secret/*'] } });
    expect(verdictOn('rename', ['/srv/secret', '/srv/open'], { rules })).toBe('deny by r0');
    expect(verdictOn('ls', ['/srv/secret'], { rules })).toBe('deny by r0');
    expect(verdictOn('ls', ['/srv/secrets'], { rules })).toBe('allow');
  });

  test.each<[FileOperation, readonly string[], ofDirectory: string, ofFile: string]>([
    ['rename', ['/srv/app', '/tmp/x'], 'deny by r0', 'allow'],
    ['rename', ['/tmp/x', '/srv/app'], 'deny by r0', 'allow'],
    ['rename', ['/srv/app/deep/er', '/tmp/x'], 'deny by r0', 'allow'],
    ['rename', ['/opt/app', '/tmp/x'], 'allow', 'allow'],
    ['rename', ['/srvs', '/tmp/x'], 'allow', 'allow'],
    ['rename', ['/srv', '/tmp/x'], 'deny by r0', 'deny by r0'],
    ['rename', ['/', '/tmp/x'], 'deny by r0', 'deny by r0'],
    ['rename', ['/srv/app/keys', '/tmp/x'], 'deny by r0', 'deny by r0'],
    ['rename', ['/srv/app/keys/a', '/tmp/x'], 'deny by r0', 'deny by r0'],
    ['symlink', ['/srv/app', '/tmp/x'], 'deny by r0', 'allow'],
    ['symlink', ['/opt/app', '/srv/x'], 'allow', 'allow'],
    ['link', ['/srv/app', '/tmp/x'], 'deny by r0', 'allow'],
    // These touch nothing below: what is removed is empty, and what is copied is a file.
    ['rmdir', ['/srv/app'], 'allow', 'allow'],
    ['rm', ['/srv/app'], 'allow', 'allow'],
    ['setstat', ['/srv/app'], 'allow', 'allow'],
    ['copy', ['/srv/app', '/tmp/x'], 'allow', 'allow'],
    ['ls', ['/srv/app'], 'allow', 'allow'],
  ])('in the middle of a path: %s %j', (operation, paths, ofDirectory, ofFile) => {
    const rules = rulesOf({ match: { paths: ['/srv/*/keys/*'] } });
    expect(verdictOn(operation, paths, { rules })).toBe(ofDirectory);
    expect(verdictOn(operation, paths, { rules, isLeaf: true })).toBe(ofFile);
  });

  test('a path that has characters of patterns of shells in it is one as it stands', () => {
    const rules = rulesOf({ match: { paths: ['/srv/[a]?/keys/*'] } });
    expect(verdictOn('rename', ['/srv/[a]?', '/tmp/x'], { rules })).toBe('deny by r0');
    expect(verdictOn('rename', ['/srv/ab', '/tmp/x'], { rules })).toBe('allow');
  });

  test('what could not be resolved is meant by every rule about paths', () => {
    const path: FilePath = { path: '/tmp/a', certainty: 'guess' };
    expect(verdictOn('get', [path], { rules: secret })).toBe('deny by r0');
    const settings = { allow: ['read-file', 'access-admin'] };
    expect(verdictOn('get', [path], { rules: secret, settings })).toBe('deny by r0');
    expect(verdictOn('get', [path], { settings })).toBe('allow');
    expect(verdictOn('get', [path])).toBe('deny by role');
  });

  test('the program sftp and its words can be named', () => {
    const rules = rulesOf({ match: { programs: ['sftp'], arguments: ['rm'] } });
    expect(verdictOn('rm', ['/srv/a'], { rules })).toBe('deny by r0');
    expect(verdictOn('get', ['/srv/a'], { rules })).toBe('allow');
  });

  test('a rule that asks holds what reads and writes, and not what looks', () => {
    const approval = { from: [{ group: 'sre', count: 1 }] };
    const rules = rulesOf({ match: { paths: ['/srv/*'] }, action: 'review', approval });
    expect(verdictOn('get', ['/srv/a'], { rules })).toBe('review');
    expect(verdictOn('setstat', ['/srv/a'], { rules })).toBe('review');
    expect(verdictOn('stat', ['/srv/a'], { rules })).toBe('allow');
    expect(verdictOn('ls', ['/srv'], { rules })).toBe('allow');
    expect(verdictOn('get', ['/srv/a'], { rules, settings: { sftp: 'none' } })).toBe('deny by role');
  });

  test('a rule that counts says nothing before anything passes', () => {
    const rules = rulesOf({ match: { bytesOver: 10 }, action: 'stop' });
    expect(verdictOn('get', ['/srv/a'], { rules })).toBe('allow');
  });
});

describe('forwards', () => {
  const forwarding = {
    to: ['db.internal:5432', '*.web:80', '10.0.0.*:*', '[::1]:22'],
    listen: ['localhost:8080'],
  };
  const ask = (
    host: string,
    port: number,
    more: { direction?: 'to' | 'listen'; rules?: readonly CommandRule[]; settings?: object } = {},
  ): string => {
    const verdict = decideForward({
      question: { direction: more.direction ?? 'to', host, port },
      roleName: 'x',
      role: role(more.settings ?? { forwarding }),
      rules: more.rules ?? [],
      brokerAddresses: ['sallyport.internal:2222', '10.0.0.4:2222'],
    });
    return verdict.action === 'deny' ? `deny by ${verdict.rule}` : verdict.action;
  };

  test.each<[string, number, string]>([
    ['db.internal', 5432, 'allow'],
    ['DB.internal.', 5432, 'allow'],
    ['db.internal', 5433, 'deny by role'],
    ['db.internal.evil', 5432, 'deny by role'],
    ['a.web', 80, 'allow'],
    ['10.0.0.9', 1, 'allow'],
    ['10.0.0.4', 2222, 'deny by broker'],
    ['::1', 22, 'allow'],
    ['0:0:0:0:0:0:0:1', 22, 'allow'],
    ['0x0a000004', 2222, 'deny by broker'],
    ['::FFFF:10.0.0.4', 2222, 'deny by broker'],
    ['Sallyport.Internal.', 2222, 'deny by role'],
    ['::1', 23, 'deny by role'],
  ])('%s:%i -> %s', (host, port, expected) => {
    expect(ask(host, port)).toBe(expected);
  });

  test.each([
    '169.254.169.254',
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.254.169.254.',
    '::ffff:169.254.169.254',
    '::FFFF:a9fe:A9FE',
    '0:0:0:0:0:ffff:a9fe:a9fe',
  ])('a rule about an address means it as %s', (host) => {
    const match = { programs: ['ssh-forward'], arguments: ['169.254.169.254:*'] };
    const settings = { forwarding: { to: ['*:*'] } };
    expect(ask(host, 80, { settings })).toBe('allow');
    expect(ask(host, 80, { settings, rules: rulesOf({ match }) })).toBe('deny by r0');
  });

  test('a rule about a name means it in any case, with a dot behind it or without', () => {
    const match = { programs: ['ssh-forward'], arguments: ['db.internal:*'] };
    expect(ask('DB.Internal.', 5432, { rules: rulesOf({ match }) })).toBe('deny by r0');
  });

  test('nothing is forwarded where nothing is listed', () => {
    expect(ask('db.internal', 5432, { settings: {} })).toBe('deny by role');
    expect(ask('db.internal', 5432, { direction: 'listen' })).toBe('deny by role');
    expect(ask('localhost', 8080, { direction: 'listen' })).toBe('allow');
  });

  test('rules name forwards as the program ssh-forward', () => {
    const match = { programs: ['ssh-forward'], arguments: ['db.internal:*'] };
    expect(ask('db.internal', 5432, { rules: rulesOf({ match }) })).toBe('deny by r0');
    const approval = { from: [{ group: 'sre', count: 1 }] };
    expect(ask('db.internal', 5432, { rules: rulesOf({ match, action: 'review', approval }) })).toBe(
      'deny by r0',
    );
  });
});
