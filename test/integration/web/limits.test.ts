/** One caller cannot take the whole server. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { useWebHarness } from './harness.ts';

const web = useWebHarness({ rateLimit: { burst: 10, perSecond: 0.01, callersMax: 100 } });

test('a body over one MiB is refused', async () => {
  const json = { resource: 'orders-db', reason: 'x'.repeat(1_100_000) };
  const answer = await web.current.call('alice', { path: '/requests', json });
  expect(answer).toMatchObject({ status: 413, body: { code: 'too_large' } });
});

test('a caller that never stops is told when to come back, and others go on', async () => {
  const { call } = web.current;
  const statuses: number[] = [];
  for (let calls = 0; calls < 12; calls += 1) statuses.push((await call('dana', { path: '/me' })).status);
  expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429]);
  const refused = await call('dana', { path: '/me' });
  expect(refused.body).toMatchObject({ code: 'rate_limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
  expect((await call('bob', { path: '/me' })).status).toBe(200);
});

test('guesses of tokens from one address are limited too', async () => {
  const statuses: number[] = [];
  for (let calls = 0; calls < 12; calls += 1) {
    const headers = { authorization: `Bearer guess.number.${calls}` };
    statuses.push((await fetch(`${web.current.url}/api/v1/me`, { headers })).status);
  }
  expect(statuses.at(0)).toBe(401);
  expect(statuses.at(-1)).toBe(429);
});

test('bytes that are not HTTP are answered and the connection ends', async () => {
  const { hostname, port } = new URL(web.current.url);
  const socket = connect(Number(port), hostname);
  socket.end('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(`${web.current.url}/healthz`)).status).toBe(200);
});
