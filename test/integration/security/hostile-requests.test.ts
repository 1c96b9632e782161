/** Requests that no page of ours would send: each is answered as a mistake of its sender, never as a fault of ours. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useChatServer } from '../bot/chat-server.ts';
import { useWebHarness } from '../web/harness.ts';

const web = useWebHarness();
const chat = useChatServer();
const ASK = { resource: 'orders-db', reason: 'a test' };

/** Sends the path as it is: `fetch` would tidy it first. */
function sendPath(path: string): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(web.current.url, { path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('a null character is refused as input', () => {
  test.each([
    '/requests/%00',
    '/grants/%00',
    '/sessions/%00/recording',
    '/sessions?search=%00',
    '/sessions?request=x%00',
    '/events?subject=%00',
  ])('in GET %s', async (path) => {
    const answer = await web.current.call('carol', { path });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  test.each([
    { ...ASK, reason: 'a\0b' },
    { ...ASK, ticket: 'OPS\0' },
    { ...ASK, incident: 'inc-\0' },
  ])('in POST /requests %j', async (json) => {
    const answer = await web.current.call('alice', { path: '/requests', json });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  test('however deep it is buried', async () => {
    const depth = 100_000;
    const body = `{"x":${'['.repeat(depth)}"\\u0000"${']'.repeat(depth)}}`;
    const response = await fetch(`${web.current.url}/api/v1/requests`, {
      method: 'POST',
      headers: { ...(await web.current.browserOf('alice')), 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
  });
});

describe('a path that names nothing', () => {
  test.each([
    '//',
    '//evil.example/x',
    '/assets/%00',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
  ])('%s is no fault of ours and shows no file', async (path) => {
    mkdirSync(join(web.current.directory, 'pages'), { recursive: true });
    writeFileSync(join(web.current.directory, 'package.json'), 'not for everybody');
    const answer = await sendPath(path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain('not for everybody');
  });

  test('and cannot be decoded is a problem like any other, under the same headers', async () => {
    const answer = await sendPath('/api/v1/requests/%zz');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });
});

test('the longest idempotency key that the API describes is accepted', async () => {
  const headers = { 'idempotency-key': 'k'.repeat(200) };
  const first = await web.current.call('alice', { path: '/requests', json: ASK, headers });
  const again = await web.current.call('alice', { path: '/requests', json: ASK, headers });
  expect(first.status).toBe(201);
  expect(again.body).toMatchObject({ id: (first.body as { id: string }).id });
});

test('asking for the head of the stream leaves no stream open', async () => {
  const alice = await chat.current.user('alice', ['engineering']);
  const headers = { 'x-test-person': alice.person.id };
  for (let count = 0; count < 12; count += 1) {
    await fetch(`${chat.current.url}/chat/api/stream`, { method: 'HEAD', headers });
  }
  const stream = await alice.request('/stream');
  expect(stream.status).toBe(200);
  await stream.body?.cancel();
});
