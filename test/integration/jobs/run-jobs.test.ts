import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { keepEphemeralRole } from '../../../src/access/ephemeral-role.ts';
import { ephemeralTarget } from '../../../src/access/ephemeral-target.ts';
import type { CardSubject } from '../../../src/access/ports.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { QueueBackend } from '../../../src/jobs/queues.ts';
import { type Jobs, runJobs } from '../../../src/jobs/run-jobs.ts';
import type { DatabaseRole } from '../../../src/policies/document/schema.ts';
import { useTestAccess } from '../../support/access.ts';
import { useTestDatabase } from '../../support/database.ts';
import { NO_ERRANDS } from '../../support/errands.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { makeSigner } from '../../support/signer.ts';

const PATIENCE_MS = 15_000;

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`within ${PATIENCE_MS} ms it did not happen that ${what}`);
}

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

describe.each(['postgres', 'redis'] as const)('jobs on %s', (kind) => {
  const dropped: string[] = [];
  const access = useTestAccess();
  const jobsDatabase = useTestDatabase();
  const synced: string[] = [];
  const failing = { preparations: 0 };
  let jobs: Jobs;

  const backend = (): QueueBackend =>
    kind === 'redis'
      ? { kind, url: new Secret(redis.url), deployment: 'test' }
      : { kind, url: jobsDatabase.current.url };

  beforeAll(async () => {
    jobs = await runJobs(
      {
        access: access.current.context,
        publisher: {
          syncCard: async (subject: CardSubject, id: string) => {
            synced.push(`${subject} ${id}`);
          },
          refreshSessions: async () => undefined,
        },
        errands: NO_ERRANDS,
        preparer: {
          prepare: async () => {
            if (failing.preparations-- > 0) throw new Error('the target does not answer');
          },
        },
        recovery: NOTHING_RECORDED,
        roles: { dropEphemeralRole: async ({ name }) => void dropped.push(name) },
        archive: { statementsOf: async () => null },
        search: { readOn: async () => [] },
        signers: makeSigner(),
      },
      { backend: backend(), logger: pino({ level: 'silent' }) },
    );
  });
  afterAll(async () => {
    await jobs.stop();
  });

  const approved = async (durationMs = 3_600_000): Promise<string> => {
    const { context, person } = access.current;
    const request = await requestAccess(context, {
      requester: await person('alice', ['engineering']),
      resource: 'orders-db',
      role: 'write',
      durationMs,
      reason: 'jobs',
      ticket: null,
      incident: null,
      origin: null,
      idempotencyKey: randomUUID(),
    });
    for (const [name, group] of [
      ['bob', 'sre'],
      ['dana', 'dba'],
    ] as const) {
      const voter = await person(name, [group]);
      await castVote(context, {
        requestId: request.id,
        voter,
        verdict: 'approve',
        durationMs: null,
        note: null,
        platform: 'web',
      });
    }
    return request.id;
  };
  const grantState = async (id: string): Promise<string | undefined> =>
    (await readRequest(access.current.context, { id })).grant?.state;

  test('an approval is issued, its cards are asked for, and the outbox is empty after', async () => {
    const id = await approved();
    await eventually('the grant is active', async () => (await grantState(id)) === 'active');
    await eventually('the request card was synchronised', () => synced.includes(`request ${id}`));
    await eventually('the outbox is empty', async () => {
      const [row] = await access.current.store
        .read()
        .execute<{ count: string }[]>('select count(*) from outbox');
      return Number(row?.count) === 0;
    });
  });

  test('a preparation that fails at first is tried again', async () => {
    failing.preparations = 2;
    const id = await approved();
    await eventually('the grant is active', async () => (await grantState(id)) === 'active');
  });

  test('the login of a grant is dropped from its target when the grant ends', async () => {
    const { context, person } = access.current;
    const id = await approved();
    await eventually('the grant is active', async () => (await grantState(id)) === 'active');
    const grantId = (await readRequest(context, { id })).grant?.id ?? '';
    const [resource] = context.policy.current().document.resources;
    if (resource?.kind !== 'postgres') throw new Error('the resource of this test is a database');
    const role: DatabaseRole = { allow: 'all', ephemeralRole: { memberOf: ['app_owner'] } };
    const target = ephemeralTarget(resource, 'write', role);
    await keepEphemeralRole(context, { grantId, target, make: async () => undefined });
    await finishGrant(context, { grantId, by: await person('alice', ['engineering']) });
    await eventually('the login is dropped', () => dropped.includes(`sp_${grantId}_alice`));
  });

  test('a grant expires at its deadline without anybody asking', async () => {
    const id = await approved(60_000);
    await eventually('the grant is active', async () => (await grantState(id)) === 'active');
    // The job is a minute away; the sweep sees the stepped clock.
    access.current.clock.stepMs(61_000);
    await eventually('the grant has expired', async () => (await grantState(id)) === 'expired');
    access.current.clock.stepMs(-61_000);
  });

  test('what the queue lost is found by the sweep', async () => {
    const { store } = access.current;
    await jobs.stop();
    const id = await approved();
    await store.read().execute('delete from outbox');
    jobs = await runJobs(
      {
        access: access.current.context,
        publisher: { syncCard: async () => undefined, refreshSessions: async () => undefined },
        errands: NO_ERRANDS,
        preparer: { prepare: async () => undefined },
        recovery: NOTHING_RECORDED,
        roles: { dropEphemeralRole: async () => undefined },
        archive: { statementsOf: async () => null },
        search: { readOn: async () => [] },
        signers: makeSigner(),
      },
      { backend: backend(), logger: pino({ level: 'silent' }) },
    );
    await eventually('the grant is active', async () => (await grantState(id)) === 'active');
  });

  test('audit events get their place in the chain', async () => {
    await eventually('every event is chained', async () => {
      const [row] = await access.current.store
        .read()
        .execute<{ count: string }[]>('select count(*) from event where sequence is null');
      return Number(row?.count) === 0;
    });
  });
});
