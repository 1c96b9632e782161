/** A session is watched through a process that shares nothing with its broker but the database. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { FIRST_VOTE } from '../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../src/demo/tour/steps/second-vote.ts';
import { takeSteps } from '../e2e/server/deployment.ts';
import { freePort } from '../support/free-port.ts';
import { watchSession } from '../support/live-watch.ts';
import { buildProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { connectClient } from './granted-connection.ts';
import { useReplicas } from './replicas/replicas.ts';

const ROUNDS = 10;
const DELAY_MS_MAX = 1_000;
const COOKIE = 'a'.repeat(51);

const replicas = useReplicas({ members: ['web,bot,jobs', 'broker'] });
const elsewhere = mkdtempSync(join(tmpdir(), 'sallyport-elsewhere-'));
let server: ServerProcess;
let url = '';
let client: pg.Client;

beforeAll(async () => {
  const { databaseUrl, directory, redis } = replicas.current;
  const document = parse(readFileSync(directory.configFile, 'utf8'));
  document.recording = { ...document.recording, directory: join(elsewhere, 'recordings') };
  const configFile = join(dirname(directory.configFile), 'elsewhere.yaml');
  writeFileSync(configFile, stringify(document));
  const address = `127.0.0.1:${await freePort()}`;
  url = `http://${address}`;
  server = await startServerProcess({
    program: await buildProgram(),
    configFile,
    environment: {
      DATABASE_URL: databaseUrl.reveal(),
      REDIS_URL: redis.url,
      SALLYPORT_DATA: directory.state,
      SALLYPORT_ROLES: 'web',
      SALLYPORT_WEB_ADDRESS: address,
    },
  });
});
afterAll(async () => {
  await client?.end().catch(() => undefined);
  await server?.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});

describe('a process on another machine', () => {
  it('shows each statement within a second, and who terminates the session', async () => {
    const { query } = replicas.current;
    const tour = replicas.current.anotherTour();
    await takeSteps(tour, [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL]);
    client = await connectClient(tour.notebook.recall('connectionUrl'));
    const [session] = await query<{ id: string }>('select id from session where ended_at is null');
    const sha256 = createHash('sha256').update(COOKIE).digest('hex');
    await query(
      `insert into web_session (id_sha256, identity_id, created_at, expires_at)
       select $1, id, now(), now() + interval '1 hour' from identity where email = 'carol@example.com'`,
      [sha256],
    );
    const headers = { cookie: `sallyport_session=${COOKIE}` };
    const watch = await watchSession({ url, sessionId: session?.id ?? '', headers });
    await watch.until(({ beats }) => expect(beats.at(-1)?.caughtUp).toBe(true));
    const delays: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await client.query(`select ${round} as round`);
      const ranAtMs = performance.now();
      await watch.until((now) => expect(now.entry(round)?.tags).toEqual(['SELECT 1']));
      delays.push(Math.round(performance.now() - ranAtMs));
    }
    process.stdout.write(`told of on another machine after ${delays.join(', ')} ms\n`);
    expect(delays.toSorted((a, b) => a - b)[ROUNDS / 2]).toBeLessThan(DELAY_MS_MAX);
    expect(readdirSync(elsewhere)).not.toContain('recordings');

    const ended = new Promise((resolve) => client.once('end', resolve));
    const answer = await fetch(`${url}/api/v1/sessions/${session?.id}/terminate`, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        origin: replicas.current.publicUrl,
        'x-sallyport-csrf': '1',
      },
      body: JSON.stringify({ reason: 'that is enough' }),
    });
    expect(answer.status).toBe(200);
    await ended;
    await watch.until(({ end }) => expect(end?.because).toBe('session-ended'));
    watch.close();
  });
});
