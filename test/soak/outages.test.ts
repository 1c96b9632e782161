/**
 * What everything else needs goes away and comes back: Redis for half a minute, PostgreSQL, and the right time.
 * docs/operation.md says what happens meanwhile; nobody helps afterwards.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tour } from '../../src/demo/tour/step.ts';
import { CONNECT } from '../../src/demo/tour/steps/connect.ts';
import { FIRST_VOTE } from '../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../src/demo/tour/steps/second-vote.ts';
import { takeSteps } from '../e2e/server/deployment.ts';
import { grantsOf } from '../e2e/server/stored-state.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { printFigures } from './figures.ts';
import { type OwnPostgres, startOwnPostgres } from './outages/own-postgres.ts';
import { findInconsistencies, waitUntilQuiet } from './replicas/consistency.ts';
import { useReplicas } from './replicas/replicas.ts';
import { NOTHING_TOLD } from './replicas/stream.ts';

const WHOLE_REQUEST = [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL, CONNECT] as const;
const MARKS_TABLE =
  'create table executed (mark text primary key); grant select, insert, delete on executed to app_rw';
const REDIS_AWAY_MS = 30_000;
const DATABASE_AWAY_MS = 20_000;
const SOON_MS = 20_000;
const POLL_MS = 100;
/** A session that cannot be confirmed for so long forwards nothing. */
const UNCONFIRMED_MS = 2_500;
const HOUR_MS = 3_600_000;
const STEP_CLOCK = fileURLToPath(new URL('./outages/step-clock.mjs', import.meta.url));

describe('Redis is stopped for 30 seconds and comes back empty', () => {
  let again: TestRedis | null = null;
  // Before the servers: they have to stop without it.
  const replicas = useReplicas({ members: ['', ''] });
  afterAll(() => again?.stop());
  let before: Tour;

  it('loses nobody: people ask, vote, are let in and work meanwhile', async () => {
    const { current } = replicas;
    await current.shop.query(MARKS_TABLE);
    before = current.anotherTour();
    await takeSteps(before, WHOLE_REQUEST);
    const port = Number(new URL(current.redis.url).port);
    await current.redis.stop();
    const stoppedAtMs = performance.now();

    const during = current.anotherTour();
    await takeSteps(during, WHOLE_REQUEST);
    printFigures('redis away', { requestToConnectionMs: Math.round(performance.now() - stoppedAtMs) });
    for (const tour of [before, during]) {
      expect(await tour.notebook.recall('sqlSession').run('SELECT 1')).toMatchObject({ ok: true });
      await tour.notebook.recall('sqlSession').close();
    }
    await sleep(Math.max(0, REDIS_AWAY_MS - (performance.now() - stoppedAtMs)));
    again = await startRedis({ port });
  });

  it('goes on with the queue by itself, and has lost and doubled nothing', async () => {
    const { current } = replicas;
    const backAtMs = performance.now();
    await takeSteps(current.anotherTour(), [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL]);
    await waitUntilQuiet(current);
    printFigures('redis back', { quietAfterMs: Math.round(performance.now() - backAtMs) });
    expect(await findInconsistencies(current, NOTHING_TOLD)).toEqual([]);
  });
});

describe('PostgreSQL is stopped and started again', () => {
  let postgres: OwnPostgres;
  const replicas = useReplicas({
    members: ['', ''],
    database: async () => {
      postgres = await startOwnPostgres();
      return postgres.database;
    },
  });
  let tour: Tour;

  it('forwards nothing and answers nobody while what it knows cannot be confirmed', async () => {
    const { current } = replicas;
    await current.shop.query(MARKS_TABLE);
    tour = current.anotherTour();
    await takeSteps(tour, WHOLE_REQUEST);
    const { alice } = tour.notebook.recall('players');
    const session = tour.notebook.recall('sqlSession');
    await postgres.stop();
    try {
      await sleep(UNCONFIRMED_MS);
      const refused = await session.run("INSERT INTO executed (mark) VALUES ('unconfirmed')");
      expect(refused).toMatchObject({ ok: false, sqlState: '57P03' });
      const asked = alice.chat.type('general', '/access request orders-db as read for 1h because "away"');
      await expect(asked).rejects.toThrow();
      const ready = await fetch(new URL('/readyz', current.publicUrl));
      expect(ready.status).toBe(503);
      expect((await fetch(new URL('/healthz', current.publicUrl))).status).toBe(200);
      await sleep(DATABASE_AWAY_MS - UNCONFIRMED_MS);
    } finally {
      await postgres.start();
    }
  });

  it('recovers without anybody: sessions go on, others begin, nothing is lost', async () => {
    const { current } = replicas;
    const backAtMs = performance.now();
    const session = tour.notebook.recall('sqlSession');
    await eventually('the session goes on', async () => (await session.run('SELECT 1')).ok);
    printFigures('database back', { sessionAfterMs: Math.round(performance.now() - backAtMs) });
    expect(await current.shop.query('select from executed')).toEqual([]);
    await session.close();
    const another = current.anotherTour();
    await takeSteps(another, WHOLE_REQUEST);
    await another.notebook.recall('sqlSession').close();
    for (const { process } of current.members) expect(process.running).toBe(true);
    await waitUntilQuiet(current);
    expect(await findInconsistencies(current, NOTHING_TOLD)).toEqual([]);
  });
});

describe('the clock of one machine is stepped', () => {
  const offsetFile = join(tmpdir(), `sallyport-offset-${process.pid}`);
  beforeAll(() => writeFileSync(offsetFile, '0'));
  const replicas = useReplicas({
    members: ['', ''],
    environment: (place) =>
      place === 0 ? { NODE_OPTIONS: `--import=${STEP_CLOCK}`, STEP_CLOCK_FILE: offsetFile } : {},
  });

  it.each([
    ['two hours ahead', 2 * HOUR_MS],
    ['two hours behind', -2 * HOUR_MS],
  ])('%s, and nothing ends early, late or twice', async (_, offsetMs) => {
    const { current } = replicas;
    await current.shop.query(MARKS_TABLE.replace('create table', 'create table if not exists'));
    const tour = current.anotherTour();
    await takeSteps(tour, WHOLE_REQUEST);
    const grantId = tour.notebook.recall('grantId');
    writeFileSync(offsetFile, String(offsetMs));
    await sleep(5_000);
    const session = tour.notebook.recall('sqlSession');
    expect(await session.run('SELECT 1')).toMatchObject({ ok: true });
    const [live] = await grantsOf(current, tour.notebook.recall('requestId'));
    expect(live).toEqual({ id: grantId, state: 'active' });

    const another = current.anotherTour();
    await takeSteps(another, WHOLE_REQUEST);
    await another.notebook.recall('sqlSession').close();
    const [made] = await current.query<{ wrongMs: number }>(
      `select abs(extract(epoch from now() - created_at))::float8 * 1000 as "wrongMs" from access_grant where id = $1`,
      [another.notebook.recall('grantId')],
    );
    expect(made?.wrongMs).toBeLessThan(60_000);

    // The deadline comes, by the only clock that counts: hours go by for every reader of the database.
    const { ended } = session;
    const passedAtMs = performance.now();
    await current.query(
      `do $$ begin set local session_replication_role = replica;
         update access_grant set starts_at = starts_at - interval '2 hours', expires_at = expires_at - interval '2 hours'
          where id = '${grantId}'; end $$`,
    );
    const over = session.run('SELECT pg_sleep(10)').catch(() => null);
    await ended;
    expect(performance.now() - passedAtMs).toBeLessThan(2_000);
    await over;
    await waitUntilQuiet(current);
    expect(await findInconsistencies(current, NOTHING_TOLD)).toEqual([]);
    writeFileSync(offsetFile, '0');
  });
});

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not happen in time that ${what}.`);
    await sleep(POLL_MS);
  }
}
