/** The parts of a login at the target: its pinned key, what it is told to run, and what it answers. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TargetFacts } from '../../../../src/broker/ssh/host-session.ts';
import { announcement, withoutAnnouncement } from '../../../../src/broker/ssh/target/announced-group.ts';
import { cleanShellText } from '../../../../src/broker/ssh/target/clean-shell.ts';
import { parseFacts } from '../../../../src/broker/ssh/target/facts.ts';
import { pinnedHostKey, unknownHostKey } from '../../../../src/broker/ssh/target/pinned-host-key.ts';
import { SHELLS } from '../../../support/real-shells.ts';

const directory = mkdtempSync(join(tmpdir(), "sallyport o'clock "));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const FACTS: TargetFacts = {
  account: 'deploy',
  home: '/srv/home of deploy',
  directory,
  hostname: 'web',
  path: '/usr/bin:/bin',
};
const TEXT_BYTES_MAX = 131_071;

function textOf(
  canonical: string,
  { environment = [], first }: { environment?: readonly [string, string][]; first?: string } = {},
): string {
  const place = { directory, environment: new Map(environment) };
  return cleanShellText(canonical, { facts: FACTS, place, ...(first === undefined ? {} : { first }) });
}

describe('the text of a command, whatever the login shell of the account', () => {
  const HOSTILE = { PATH: '/usr/bin:/bin', ENV: '/tmp/hostile', LEAKED: 'yes', CDPATH: '/' };

  test.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('%s', (_, [program = '', ...args]) => {
    const run = (text: string): string =>
      execFileSync(program, [...args, text], { env: HOSTILE, encoding: 'utf8', stdio: 'pipe' });
    const environment: [string, string][] = [
      ['LC_ALL', "C'; echo injected"],
      ['PATH', '/hostile'],
      ['not a name', 'x'],
    ];
    const lines = run(textOf('env; pwd', { environment })).trimEnd().split('\n');
    expect(lines.filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line)).sort()).toEqual(
      [
        "LC_ALL=C'; echo injected",
        'HOME=/srv/home of deploy',
        'PATH=/usr/bin:/bin',
        'USER=deploy',
        'LOGNAME=deploy',
        'SHELL=/bin/sh',
        directory,
      ].sort(),
    );
    expect(run(textOf("cat <<'EOF'\nit's $HOME\nEOF"))).toBe("it's $HOME\n");
    expect(run(textOf('printf %s \'a\n"b" $c `d` \\e\''))).toBe('a\n"b" $c `d` \\e');
    expect(() =>
      run(
        cleanShellText('echo ran', {
          facts: FACTS,
          place: { directory: '/missing', environment: new Map() },
        }),
      ),
    ).toThrow();
    // One process all the way: what it says first is what leads the group.
    expect(run(textOf('true', { first: 'echo $$' }))).toMatch(/^\d+\n$/);
  });

  test('is refused when no target could start it, by the byte', () => {
    const without = Buffer.byteLength(textOf('echo '));
    const fits = `echo ${'x'.repeat(TEXT_BYTES_MAX - without)}`;
    expect(Buffer.byteLength(textOf(fits))).toBe(TEXT_BYTES_MAX);
    const [shell] = SHELLS;
    expect(execFileSync('/bin/sh', ['-c', textOf(fits)], { encoding: 'utf8' }).length).toBe(fits.length - 4);
    expect(shell).toBeDefined();
    expect(() => textOf(`${fits}x`)).toThrow(/takes 131072 bytes, and 131071 are possible/);
    expect(() => textOf(`echo ${'ü'.repeat(fits.length / 2)}`)).toThrow('too long for the target');
  });
});

describe('the group that a command announces', () => {
  const MARK = 'sallyport-0123456789abcdef01';

  /** @returns what is left of these pieces, and the group */
  async function read(pieces: readonly string[]): Promise<{ text: string; groups: number[] }> {
    const groups: number[] = [];
    const stream = withoutAnnouncement(MARK, (group) => groups.push(group));
    for (const piece of pieces) stream.write(Buffer.from(piece, 'latin1'));
    stream.end();
    let text = '';
    for await (const chunk of stream) text += (chunk as Buffer).toString('latin1');
    return { text, groups };
  }

  test('is read and taken out, wherever its line is cut', async () => {
    const whole = `motd\xff\n${MARK} 4711\nls: missing\n`;
    for (let at = 0; at <= whole.length; at += 1) {
      const { text, groups } = await read([whole.slice(0, at), whole.slice(at)]);
      expect({ text, groups }).toEqual({ text: 'motd\xff\nls: missing\n', groups: [4711] });
    }
  });

  test('is the first only, and what looks like it and is none stays', async () => {
    expect(await read([`${MARK} 1\n`, `${MARK} 2\n`])).toEqual({ text: `${MARK} 2\n`, groups: [1] });
    expect(await read([`${MARK} x\n`])).toEqual({ text: `${MARK} x\n`, groups: [] });
    expect(await read([`${MARK} 12345678901\n`])).toEqual({ text: `${MARK} 12345678901\n`, groups: [] });
    expect(await read([])).toEqual({ text: '', groups: [] });
  });

  test('is not waited for for ever: behind 64 KiB everything passes', async () => {
    const before = 'x'.repeat(65_536);
    expect(await read([before, `${MARK} 7\n`])).toEqual({ text: `${before}${MARK} 7\n`, groups: [] });
    const less = 'x'.repeat(65_535);
    expect(await read([less, `${MARK} 7\n`])).toEqual({ text: less, groups: [7] });
  });

  test.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('is written by %s', (_, shell) => {
    const [program = '', ...args] = shell;
    for (const isForced of [false, true]) {
      const written = announcement(MARK, { isForced }).replaceAll("'", `'\\''`);
      const script = `exec /bin/sh -c '${written}' 2>&1`;
      expect(execFileSync(program, [...args, script], { encoding: 'utf8' })).toMatch(
        new RegExp(`^${MARK} \\d+\\n$`),
      );
    }
  });
});

describe('what a login finds', () => {
  const answer = (...fields: string[]): string => ['mark', ...fields, '', 'mark', ''].join('\0');
  const parse = (text: string): ReturnType<typeof parseFacts> =>
    parseFacts(text, { mark: 'mark', account: 'deploy' });

  test('is read behind whatever start-up files print', () => {
    const found = parse(
      `Welcome!\n${answer('/home/deploy', '/bin:/usr/bin', '/home/deploy', '1000', 'web')}`,
    );
    expect(found).toEqual({
      facts: {
        account: 'deploy',
        home: '/home/deploy',
        directory: '/home/deploy',
        hostname: 'web',
        path: '/bin:/usr/bin',
      },
      isRoot: false,
      isForced: false,
    });
    const forced = ['mark', '/', '/bin', '/', '1', 'web', 'forced', 'mark', ''].join('\0');
    expect(parse(forced)).toMatchObject({ isRoot: false, isForced: true });
  });

  test('has only directories of the system in its path, in the order of the host, each once', () => {
    const pathOf = (path: string): string | undefined =>
      parse(answer('/', path, '/', '0', 'web'))?.facts.path;
    expect(pathOf('/home/deploy/bin:.:/usr/bin:/bin:/usr/bin:')).toBe('/usr/bin:/bin');
    expect(pathOf('/opt/x')).toBe('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
    expect(parse(answer('/', '', '/', '0', 'web'))?.isRoot).toBe(true);
    expect(parse(answer('', '', '/', '1', 'web'))?.facts.home).toBe('/');
  });

  test('is nothing when the answer is cut, too long, or of somebody else', () => {
    const whole = answer('/home', '/bin', '/home', '1', 'web');
    expect(parse(whole)).not.toBeNull();
    for (let length = 0; length < whole.length - 1; length += 1)
      expect(parse(whole.slice(0, length)), whole.slice(0, length)).toBeNull();
    expect(parse(answer('/home', '/bin', 'relative', '1', 'web'))).toBeNull();
    expect(parse(answer('/home', '/bin', '/home', '1', 'web', 'more'))).toBeNull();
  });
});

describe('the host key that a resource pins', () => {
  const blob = (type: string, fill: number): Buffer => {
    const field = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    return Buffer.concat([field(Buffer.from(type)), field(Buffer.alloc(32, fill))]);
  };
  const line = (type: string, fill = 1): string => `${type} ${blob(type, fill).toString('base64')}`;
  const pinned = (hostKey: string): ReturnType<typeof pinnedHostKey> =>
    pinnedHostKey({ name: 'web-1', hostKey });

  test('is read in every form that people copy it', () => {
    const ed25519 = line('ssh-ed25519');
    for (const hostKey of [
      ed25519,
      `web-1 ${ed25519}`,
      `[web-1]:22,10.0.0.9 ${ed25519} root@web-1`,
      ` ${ed25519}\n`,
    ])
      expect(pinned(hostKey).matches(blob('ssh-ed25519', 1)), hostKey).toBe(true);
    expect(pinned(ed25519).matches(blob('ssh-ed25519', 2))).toBe(false);
    expect(pinned(ed25519).matches(blob('ssh-rsa', 1))).toBe(false);
    expect(pinned(ed25519).matches(Buffer.alloc(0))).toBe(false);
  });

  test('is one of several, and its kind is asked for first', () => {
    const both = pinned(`${line('ssh-rsa')}\n# a comment\n${line('ecdsa-sha2-nistp256', 3)}`);
    expect(both.matches(blob('ssh-rsa', 1))).toBe(true);
    expect(both.matches(blob('ecdsa-sha2-nistp256', 3))).toBe(true);
    expect(both.algorithms.slice(0, 3)).toEqual(['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']);
    expect(both.algorithms).not.toContain('ssh-rsa');
    expect(new Set(both.algorithms).size).toBe(both.algorithms.length);
  });

  test.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    'ssh-dss AAAAB3NzaC1kc3M=',
    line('ssh-rsa').replace('ssh-rsa', 'ssh-ed25519'),
  ])('%j is none', (hostKey) => {
    expect(() => pinned(hostKey)).toThrow(/hostKey of web-1 is not a public key.*ssh-keyscan/);
  });

  test('is named with the line to add and the fingerprint to compare when it is another', () => {
    const shown = blob('ssh-ed25519', 9);
    const { message, code } = unknownHostKey({ name: 'web-1', address: '10.0.0.9:22' }, shown);
    expect(code).toBe('upstream_failed');
    expect(message).toContain(`hostKey: "${line('ssh-ed25519', 9)}"`);
    const sha256 = createHash('sha256').update(shown).digest('base64').replace(/=+$/, '');
    expect(message).toContain(`ssh_host_ed25519_key.pub prints SHA256:${sha256}`);
    const nonsense = unknownHostKey({ name: 'web-1', address: 'x' }, Buffer.from('\0\0\0\u0005\u001b[2Jx'));
    expect(nonsense.message).not.toContain('\u001b');
  });
});
