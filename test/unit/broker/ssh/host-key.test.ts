import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { brokerHostKey } from '../../../../src/broker/ssh/host-key.ts';
import { Secret } from '../../../../src/core/secret.ts';

const secretKey = new Secret(Buffer.alloc(32, 7));

describe('the host key of the broker', () => {
  it('is the same wherever the shared key is the same, and another with another', () => {
    const one = brokerHostKey(secretKey);
    expect(brokerHostKey(new Secret(Buffer.alloc(32, 7))).publicLine).toBe(one.publicLine);
    expect(brokerHostKey(new Secret(Buffer.alloc(32, 8))).publicLine).not.toBe(one.publicLine);
  });

  it('is a key that OpenSSH reads, whose public half is the line for known_hosts', () => {
    const { privateKey, publicLine } = brokerHostKey(secretKey);
    const directory = mkdtempSync(join(tmpdir(), 'host-key-'));
    try {
      const file = join(directory, 'key');
      writeFileSync(file, privateKey.reveal(), { mode: 0o600 });
      const read = spawnSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
      expect(read.stderr).toBe('');
      expect(read.stdout.trim()).toBe(`${publicLine} sallyport`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('signs what its public half verifies', () => {
    const { privateKey, publicLine } = brokerHostKey(secretKey);
    const mine = ssh2.utils.parseKey(privateKey.reveal());
    const known = ssh2.utils.parseKey(publicLine);
    if (mine instanceof Error || known instanceof Error) throw new Error('not a key');
    expect(known.verify('what is signed', mine.sign('what is signed'))).toBe(true);
  });

  it('does not show when it is printed', () => {
    const { privateKey } = brokerHostKey(secretKey);
    expect(`${privateKey}${JSON.stringify({ privateKey })}`).not.toContain('OPENSSH');
  });
});
