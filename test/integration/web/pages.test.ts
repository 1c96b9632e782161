/** The pages as the server gives them out: built or not, signed in or not, and with which headers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { useWebHarness } from './harness.ts';

const PAGES = [
  '/chat',
  '/chat/inc-12',
  '/sessions',
  '/sessions/s-abc',
  '/requests',
  '/requests/r-abc',
  '/incidents',
  '/incidents/inc-12',
];

function look(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { redirect: 'manual', headers });
}

describe('pages that are not built', () => {
  const web = useWebHarness();

  test('say what to run', async () => {
    const response = await look(`${web.current.url}/sessions`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build:pages');
  });
});

describe('pages that are built', () => {
  const web = useWebHarness();
  beforeAll(async () => {
    const pages = join(web.current.directory, 'pages');
    await mkdir(join(pages, 'assets'), { recursive: true });
    await writeFile(join(pages, 'index.html'), '<!doctype html><title>built</title>');
    await writeFile(join(pages, 'terminal.html'), '<!doctype html><title>terminal</title>');
    await writeFile(join(pages, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(pages, 'assets', 'main-3f2a.js'), 'export {};');
    await writeFile(join(web.current.directory, 'secret.txt'), 'not for everybody');
  });

  test.each(PAGES)(
    '%s is the one page for who is signed in, and the sign-in for who is not',
    async (path) => {
      const { url, browserOf } = web.current;
      const { cookie = '' } = await browserOf('alice');
      const page = await look(`${url}${path}`, { cookie });
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<title>built</title>');
      expect(page.headers.get('cache-control')).toBe('no-cache');

      const signIn = await look(`${url}${path}?at=3`);
      expect(signIn.status).toBe(302);
      expect(signIn.headers.get('location')).toBe(
        `/auth/login?returnTo=${encodeURIComponent(`${path}?at=3`)}`,
      );
    },
  );

  test('may load their own files and nothing else, and nobody may frame them', async () => {
    const { url, browserOf } = web.current;
    const { cookie = '' } = await browserOf('alice');
    const { headers } = await look(`${url}/chat`, { cookie });
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('but for the terminal, which may compile WebAssembly and be framed by ours, and nothing else', async () => {
    const { url, browserOf } = web.current;
    const path = `${url}/sessions/s-abcd2345/terminal`;
    const signIn = await look(path);
    expect(signIn.status).toBe(302);
    const { cookie = '' } = await browserOf('alice');
    const page = await look(path, { cookie });
    expect(await page.text()).toContain('<title>terminal</title>');
    expect(page.headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "connect-src 'self'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'self'",
    ]);
    expect(page.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('keep assets for good, since their names change with their content', async () => {
    const asset = await look(`${web.current.url}/assets/main-3f2a.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
    const icon = await look(`${web.current.url}/favicon.svg`);
    expect(icon.status).toBe(200);
    expect(icon.headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    '/assets/gone.js',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/.env',
  ])('do not give out %s', async (path) => {
    const response = await web.current.server.inject({ url: path });
    expect([400, 403, 404]).toContain(response.statusCode);
    expect(response.body).not.toContain('not for everybody');
  });

  test('begin at the chat', async () => {
    const response = await look(`${web.current.url}/`);
    expect(response.headers.get('location')).toBe('/chat');
  });
});
