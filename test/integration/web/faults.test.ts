/** What a caller sees when something behind the server fails, and that the server stops all the same. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createIdentify } from '../../../src/web/identify.ts';
import { DEFAULT_RATE_LIMIT, RateLimiter } from '../../../src/web/rate-limit.ts';
import { useWebHarness } from './harness.ts';

/** A store that is gone: every look at a session fails as the driver would. */
const identify = createIdentify({
  credentials: {
    authenticateBearer: async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.5:5432')),
    readSession: async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.5:5432')),
  },
  limiter: new RateLimiter(DEFAULT_RATE_LIMIT),
  clock: systemClock,
  publicUrl: 'http://127.0.0.1',
});

describe('a server without its database', () => {
  const web = useWebHarness({ server: { identify } });

  test('answers the API with a problem that tells nothing of the inside', async () => {
    const headers = { cookie: 'sallyport_session=x' };
    const response = await fetch(`${web.current.url}/api/v1/me`, { headers });
    expect(response.status).toBe(500);
    const problem = await response.text();
    expect(JSON.parse(problem)).toMatchObject({ code: 'internal', status: 500 });
    expect(problem).not.toMatch(/ECONNREFUSED|10\.0\.0\.5/);
  });

  test('answers a page with a page', async () => {
    await mkdir(join(web.current.directory, 'pages'));
    await writeFile(join(web.current.directory, 'pages', 'index.html'), 'built');
    const headers = { cookie: 'sallyport_session=x' };
    const response = await fetch(`${web.current.url}/sessions`, { headers });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).not.toMatch(/ECONNREFUSED/);
  });
});

describe('a server that stops', () => {
  const underWay = Promise.withResolvers<void>();
  /** Like the chat's event stream: it never ends by itself. */
  const endless: FastifyPluginAsync = async (server) => {
    server.get('/endless', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      reply.raw.write(': here\n\n');
    });
    server.get('/slow', async () => {
      underWay.resolve();
      await sleep(500);
      return 'done';
    });
  };
  const web = useWebHarness({ server: { plugins: [endless] } });

  test('lets an answer under way finish, and waits for no stream', async () => {
    const stream = await fetch(`${web.current.url}/endless`);
    const slow = fetch(`${web.current.url}/slow`);
    await underWay.promise;
    const startedAtMs = performance.now();
    await web.current.server.close();
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
    expect(await (await slow).text()).toBe('done');
    await expect(stream.text()).rejects.toThrow();
  });
});
