/** From a committed transaction to a job that is done: nothing too much, nothing lost, whatever is away meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pino from 'pino';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { discardDeadLetter, listDeadLetters, retryDeadLetter } from '../../../src/access/dead-letters.ts';
import { relayOutbox } from '../../../src/access/outbox.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { askForJob } from '../../../src/access/record.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { Secret } from '../../../src/core/secret.ts';
import { openQueues, type QueueBackend } from '../../../src/jobs/queues.ts';
import { type Jobs, runJobs } from '../../../src/jobs/run-jobs.ts';
import { insertOutboxEntries } from '../../../src/store/operations/outbox.ts';
import { useTestAccess } from '../../support/access.ts';
import { NO_ERRANDS } from '../../support/errands.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { makeSigner } from '../../support/signer.ts';

const PATIENCE_MS = 20_000;
const access = useTestAccess();
/** Ids of cards, in the order in which their jobs were done. */
const synced: string[] = [];
let failing = false;
let redis: TestRedis | null = null;
let jobs: Jobs | null = null;

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`within ${PATIENCE_MS} ms it did not happen that ${what}`);
    await sleep(50);
  }
}

async function ask(id: string): Promise<void> {
  const { context, store } = access.current;
  const now = context.clock.now();
  await store.transaction((db) =>
    askForJob(db, { job: 'sync-card', payload: { subject: 'session', id } }, { now }),
  );
}

async function waiting(): Promise<number> {
  const [row] = await access.current.store.read().execute<{ count: string }[]>('select count(*) from outbox');
  return Number(row?.count);
}

function backendOf(url: string): QueueBackend {
  return { kind: 'redis', url: new Secret(url), deployment: 'test' };
}

async function startJobs(url: string, attemptsFail: () => boolean = () => failing): Promise<Jobs> {
  return runJobs(
    {
      access: access.current.context,
      publisher: {
        syncCard: async (_subject, id) => {
          if (attemptsFail()) throw new Error('the platform is away');
          synced.push(id);
        },
        refreshSessions: async () => undefined,
      },
      errands: NO_ERRANDS,
      preparer: { prepare: async () => undefined },
      recovery: NOTHING_RECORDED,
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
      search: { readOn: async () => [] },
      signers: makeSigner(),
    },
    {
      backend: backendOf(url),
      logger: pino({ level: 'silent' }),
    },
  );
}

beforeAll(() => {
  synced.length = 0;
});
afterEach(async () => {
  failing = false;
  await jobs?.stop();
  jobs = null;
  await redis?.stop();
  redis = null;
});

describe('from the transaction to the queue', () => {
  test('what was rolled back is never done', async () => {
    const { context, store } = access.current;
    redis = await startRedis();
    jobs = await startJobs(redis.url);
    const now = context.clock.now();
    const rolledBack = store.transaction(async (db) => {
      await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: 's-undone' } }, { now });
      throw new Error('the use case failed');
    });
    await expect(rolledBack).rejects.toThrow('the use case failed');
    await ask('s-done');
    await eventually('the committed one is done', () => synced.includes('s-done'));
    expect(synced).not.toContain('s-undone');
  });

  test('what was committed while the queue is away is done when it is back, although it forgot everything', async () => {
    redis = await startRedis();
    jobs = await startJobs(redis.url);
    await ask('s-before');
    await eventually('the queue works', () => synced.includes('s-before'));
    const { port } = new URL(redis.url);
    await redis.stop();
    for (const id of ['s-away-1', 's-away-2', 's-away-3']) await ask(id);
    expect(await waiting()).toBe(3);
    redis = await startRedis({ port: Number(port) });
    await eventually('all of them are done', () =>
      ['s-away-1', 's-away-2', 's-away-3'].every((id) => synced.includes(id)),
    );
    await eventually('the outbox is empty', async () => (await waiting()) === 0);
  });

  test('a relay that dies between the queue and the outbox hands over twice, and the job is done once', async () => {
    redis = await startRedis();
    await ask('s-twice');
    const queues = await openQueues(backendOf(redis.url), { onError: () => undefined });
    const queue = queues.openQueue('chat');
    const dying = relayOutbox(access.current.context, {
      jobs: ['sync-card'],
      limit: 10,
      deliver: async (entries) => {
        const toQueue = entries.map((entry) => ({
          name: entry.job,
          data: entry.payload,
          opts: { jobId: `j-${entry.id}` },
        }));
        await queue.addBulk(toQueue);
        throw new Error('the process died here');
      },
    });
    await expect(dying).rejects.toThrow('the process died here');
    await queue.close();
    await queues.close();
    expect(await waiting()).toBe(1);
    jobs = await startJobs(redis.url);
    await eventually('it is done', () => synced.includes('s-twice'));
    await eventually('the outbox is empty', async () => (await waiting()) === 0);
    expect(synced.filter((id) => id === 's-twice')).toHaveLength(1);
  });

  test('what cannot wait goes on while the queue is away: a grant is issued, an event chained', async () => {
    const { context, person, store } = access.current;
    redis = await startRedis();
    jobs = await startJobs(redis.url);
    await redis.stop();
    const request = await requestAccess(context, {
      requester: await person('bob', ['sre']),
      resource: 'orders-db',
      role: 'read',
      durationMs: 3_600_000,
      reason: 'the queue is away',
      ticket: null,
      incident: null,
      origin: null,
      idempotencyKey: 'away',
    });
    await eventually(
      'the grant is active',
      async () => (await readRequest(context, { id: request.id })).grant?.state === 'active',
    );
    await eventually('the card was synchronised', () => synced.includes(request.id));
    await eventually('every event is chained', async () => {
      const rows = await store.read().execute<object[]>('select from event where sequence is null limit 1');
      return rows.length === 0;
    });
    expect(await waiting()).toBeGreaterThan(0);
    await store.read().execute('delete from outbox');
  });

  test('a kind that this version does not know waits for one that does', async () => {
    const { context, store } = access.current;
    redis = await startRedis();
    jobs = await startJobs(redis.url);
    const now = context.clock.now();
    const entry = { job: 'job-of-tomorrow', payload: { id: 'x' }, runAt: now, now };
    await store.transaction((db) => insertOutboxEntries(db, [entry]));
    await ask('s-known');
    await eventually('the known one is done', () => synced.includes('s-known'));
    await eventually('only the other one waits', async () => (await waiting()) === 1);
    await store.read().execute('delete from outbox');
  });
});

describe('a job that gives up', () => {
  test('is seen by overseers alone, once, and done again when one of them says so', async () => {
    const { context, person, store } = access.current;
    const carol = await person('carol', ['responders']);
    const alice = await person('alice', ['engineering']);
    redis = await startRedis();
    failing = true;
    const [{ id: outboxId } = { id: '' }] = await (async () => {
      await ask('s-failing');
      return store.read().execute<{ id: string }[]>('select id from outbox');
    })();
    jobs = await startJobs(redis.url);
    await eventually('the queue has tried and waits', async () => (await waiting()) === 0);
    await giveUpNow(redis.url, `j-${outboxId}`);
    await eventually('it is a dead letter', async () => {
      const letters = await listDeadLetters(context, { viewer: carol });
      return letters.some(({ payload }) => payload['id'] === 's-failing');
    });
    const [letter] = await listDeadLetters(context, { viewer: carol });
    expect(letter).toMatchObject({
      id: `j-${outboxId}`,
      job: 'sync-card',
      state: 'waiting',
      reason: 'the platform is away',
    });
    await expect(listDeadLetters(context, { viewer: alice })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(retryDeadLetter(context, { id: letter?.id ?? '', by: alice })).rejects.toMatchObject({
      code: 'forbidden',
    });

    failing = false;
    const retried = await retryDeadLetter(context, { id: letter?.id ?? '', by: carol });
    expect(retried).toMatchObject({ state: 'retried', decidedBy: { id: carol.id } });
    await eventually('it is done', () => synced.includes('s-failing'));
    for (const again of [retryDeadLetter, discardDeadLetter]) {
      await expect(again(context, { id: retried.id, by: carol })).rejects.toMatchObject({ code: 'conflict' });
    }
    const events = await store
      .read()
      .execute<{ type: string }[]>('select type from event where subject = ? order by id', [retried.id]);
    expect(events.map(({ type }) => type)).toEqual(['job.gave-up', 'job.refused', 'job.retried']);
  });
});

/** As if its last attempt were the next one: waiting for all of them takes minutes. */
async function giveUpNow(url: string, jobId: string): Promise<void> {
  const client = new Redis(url);
  try {
    const key = `sallyport-test:chat:${jobId}`;
    const options = JSON.parse((await client.hget(key, 'opts')) ?? '{}') as object;
    await client.hset(key, 'opts', JSON.stringify({ ...options, attempts: 1 }));
  } finally {
    client.disconnect();
  }
}
