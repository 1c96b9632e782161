import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReturnTo } from '../../../src/identity/browser-login/return-to.ts';

const OURS = new URL('https://access.example.com/auth/callback');

describe('where a sign-in leads', () => {
  test.each([
    ['/sessions/s-abc?tab=rows#3', '/sessions/s-abc?tab=rows#3'],
    ['/', '/'],
    ['/requests/../sessions', '/sessions'],
  ])('keeps the path %j', (text, path) => {
    expect(parseReturnTo(text, OURS)).toBe(path);
  });

  test.each([
    null,
    '',
    'sessions',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    '/a/..//evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/auth/login',
    '/x/../auth/logout',
    `/${'a'.repeat(3_000)}`,
  ])('turns %j into the chat page', (text) => {
    expect(parseReturnTo(text, OURS)).toBe('/chat');
  });

  test('never leads to another origin', () => {
    const hostile = fc.array(
      fc.constantFrom('/', '\\', '.', '..', '@', ':', '\t', '\n', 'evil.example', '%2f', '?', '#', 'a'),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const path = parseReturnTo(`/${parts.join('')}`, OURS);
        expect(new URL(path, OURS).origin).toBe(OURS.origin);
      }),
    );
  });
});
