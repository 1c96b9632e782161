/** Where paths lead on a host with links. */

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PathQuestions, resolvePath } from '../../../../../src/broker/ssh/sftp/resolve-path.ts';

/** Path -> what a link says, or the kind. */
function host(
  entries: Readonly<Record<string, { link: string } | 'directory' | 'other' | 'unknown'>>,
): PathQuestions & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    kindOf: async (path) => {
      asked.push(path);
      const entry = entries[path];
      if (entry === undefined) return 'missing';
      return typeof entry === 'string' ? entry : 'link';
    },
    readLink: async (path) => {
      const entry = entries[path];
      return typeof entry === 'object' ? Buffer.from(entry.link) : null;
    },
  };
}

const HOST = host({
  '/srv': 'directory',
  '/srv/a': 'directory',
  '/srv/file': { link: 'a/deep' },
  '/srv/a/deep': 'other',
  '/srv/up': { link: '../etc' },
  '/etc': 'directory',
  '/etc/shadow': 'other',
  '/srv/abs': { link: '/etc' },
  '/srv/loop': { link: 'loop' },
  '/srv/empty': { link: '' },
  '/srv/control': { link: 'a\u0007' },
  '/srv/closed': 'other',
  '/srv/closed/x': 'unknown',
  '/srv/dangling': { link: '/new/file' },
});

describe('a path', () => {
  test.each([
    ['/srv/a', '/srv/a'],
    ['/srv//./a/', '/srv/a'],
    ['/', '/'],
    ['/..', '/'],
    ['/srv/file', '/srv/a/deep'],
    ['/srv/up/shadow', '/etc/shadow'],
    ['/srv/abs/shadow', '/etc/shadow'],
    ['/srv/abs/../a', '/a'],
    ['/srv/a/../up/shadow', '/etc/shadow'],
    ['/srv/new/below', '/srv/new/below'],
    ['/srv/dangling', '/new/file'],
  ])('%s leads to %s', async (path, expected) => {
    expect(await resolvePath(path, { follow: true, ask: HOST })).toEqual({
      path: expected,
      certainty: 'exact',
    });
  });

  test.each(['/srv/loop', '/srv/empty', '/srv/control', '/srv/closed/x', '/srv/new/../a'])(
    '%s cannot be told',
    async (path) => {
      expect(await resolvePath(path, { follow: true, ask: HOST })).toMatchObject({ certainty: 'guess' });
    },
  );

  test('that is not followed stays what it is, and its directory is followed', async () => {
    const options = { follow: false, ask: HOST };
    expect(await resolvePath('/srv/file', options)).toEqual({ path: '/srv/file', certainty: 'exact' });
    expect(await resolvePath('/srv/up/shadow', options)).toEqual({ path: '/etc/shadow', certainty: 'exact' });
    expect(await resolvePath('/srv/up', options)).toEqual({ path: '/srv/up', certainty: 'exact' });
    expect(await resolvePath('/srv/up/.', options)).toEqual({ path: '/srv/up', certainty: 'exact' });
  });

  test('is asked about as far as its limit', async () => {
    const parts = (count: number): string => '/d'.repeat(count);
    const deep = host(
      Object.fromEntries(Array.from({ length: 300 }, (_none, at) => [parts(at + 1), 'other'])),
    );
    expect(await resolvePath(parts(256), { follow: true, ask: deep })).toMatchObject({ certainty: 'exact' });
    expect(await resolvePath(parts(257), { follow: true, ask: deep })).toMatchObject({ certainty: 'guess' });
    const chain = (count: number): PathQuestions =>
      host({
        ...Object.fromEntries(
          Array.from({ length: count }, (_none, at) => [`/l${at}`, { link: `l${at + 1}` }]),
        ),
        [`/l${count}`]: 'other',
      });
    expect(await resolvePath('/l0', { follow: true, ask: chain(40) })).toMatchObject({ certainty: 'exact' });
    expect(await resolvePath('/l0', { follow: true, ask: chain(41) })).toMatchObject({ certainty: 'guess' });
  });
});

describe('on a real file system', () => {
  let root = '';
  const ask: PathQuestions = {
    kindOf: async (path) => {
      try {
        return lstatSync(path).isSymbolicLink() ? 'link' : 'other';
      } catch {
        return 'missing';
      }
    },
    readLink: async (path) => Buffer.from(readlinkSync(path)),
  };

  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-resolve-')));
    for (const name of ['a', 'a/b', 'c']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'a/f'), '');
    symlinkSync('a', join(root, 'l'));
    symlinkSync('../c', join(root, 'a/up'));
    symlinkSync(join(root, 'a/b'), join(root, 'c/abs'));
    symlinkSync('l/b/..', join(root, 'dots'));
  });

  afterAll(() => rmSync(root, { recursive: true }));

  test('agrees with realpath wherever that has an answer', async () => {
    const part = fc.constantFrom('a', 'b', 'c', 'f', 'l', 'up', 'abs', 'dots', '..', '.', '');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const path = [root, ...parts].join('/');
        let expected: string;
        try {
          expected = realpathSync.native(path);
        } catch {
          return;
        }
        expect(await resolvePath(path, { follow: true, ask })).toEqual({
          path: expected,
          certainty: 'exact',
        });
      }),
      { numRuns: 500 },
    );
  });
});
