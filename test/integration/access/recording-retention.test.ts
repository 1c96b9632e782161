import { existsSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { listEvents } from '../../../src/access/read-access.ts';
import { deleteDueRecordings } from '../../../src/access/recordings/delete-due.ts';
import {
  type HoldSubject,
  holdRecordings,
  listHoldsOnRecordings,
  releaseRecordings,
} from '../../../src/access/recordings/holds.ts';
import { readRecordingStanding } from '../../../src/access/recordings/standing.ts';
import { createStorageIndex } from '../../../src/access/recordings/storage-index.ts';
import { endSession } from '../../../src/access/run-session.ts';
import type { Person } from '../../../src/core/identity.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { RecordingStorage } from '../../../src/recording/storage/storage.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { sampleKeys } from '../../unit/recording/sample-data.ts';
import { temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const DAY_MS = 86_400_000;
const RETENTION = `${TEST_POLICY}
recording:
  retention:
    - { keep: 10d }
    - { labels: { env: prod }, keep: 30d }
    - { labels: { env: prod, team: nobody }, keep: 900d }
`;

const access = useTestAccess({ policy: RETENTION });
let carol: Person;

beforeAll(async () => {
  carol = await access.current.person('carol', ['responders']);
});

/** Of a session on orders-db (env: prod) that has just ended. */
async function endedSession(
  options: { incident?: string } = {},
): Promise<{ sessionId: string; head: string }> {
  const { context } = access.current;
  const { grantId } = await liveGrant(access.current, options);
  const sessionId = await liveSession(access.current, grantId);
  const head = 'ab'.repeat(32);
  await endSession(context, {
    sessionId,
    reason: 'client-closed',
    counts: ZERO_COUNTS,
    recordingHead: head,
    recordingBytes: null,
    riskiest: [
      {
        at: new Date(),
        text: 'drop table old_orders',
        operation: 'drop',
        action: 'deny',
        rule: 'destructive-ddl',
      },
    ],
  });
  return { sessionId, head };
}

async function isDeleted(sessionId: string): Promise<boolean> {
  return (await readRecordingStanding(access.current.context, { sessionId })).deletedAt !== null;
}

async function eventsOf(subject: string, type: string) {
  // Whoever reads the log has signed in lately.
  const viewer = await access.current.person('carol', ['responders']);
  const events = await listEvents(access.current.context, { viewer, subject, limit: 50 });
  return events.filter((event) => event.type === type);
}

async function hold(on: HoldSubject) {
  const by = await access.current.person('carol', ['responders']);
  return holdRecordings(access.current.context, { on, by, because: 'case 4711' });
}

describe('retention', () => {
  it('lets a recording go when the longest that fits has passed, and writes that down', async () => {
    const { context, clock } = access.current;
    const { sessionId, head } = await endedSession();
    clock.stepMs(30 * DAY_MS - 60_000);
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(false);
    clock.stepMs(60_000);
    expect(await deleteDueRecordings(context)).toBe(1);
    expect(await deleteDueRecordings(context)).toBe(0);
    expect(await readRecordingStanding(context, { sessionId })).toMatchObject({
      deletedBecause: expect.stringContaining('kept for 30d'),
    });
    const [tombstone, ...more] = await eventsOf(sessionId, 'recording.deleted');
    expect(more).toEqual([]);
    expect(tombstone).toMatchObject({
      actorId: null,
      data: { sessionId, head, bytes: null, by: 'retention', reason: expect.stringContaining('30d') },
    });
    const [row] = await context.store
      .read()
      .execute('select riskiest from session where id = ?', [sessionId]);
    expect(row).toEqual({ riskiest: [] });
  });

  it('lets nobody read a recording that it has let go, while its file is still there', async () => {
    const { context, clock } = access.current;
    const { sessionId } = await endedSession();
    const directory = temporaryDirectory();
    const storage = new RecordingStorage({
      directory,
      keys: sampleKeys(),
      index: createStorageIndex(context, { replica: 'one', recovery: () => NOTHING_RECORDED }),
      s3: null,
      spoolBytesMax: Number.POSITIVE_INFINITY,
      cacheBytesMax: 0,
      report: (what, error) => expect.fail(`${what}: ${String(error)}`),
    });
    const path = recordingPath(directory, sessionId);
    writeFileSync(path, 'a recording');
    expect(await storage.locate(sessionId)).toBe(path);
    clock.stepMs(30 * DAY_MS);
    await deleteDueRecordings(context);
    expect(await storage.locate(sessionId)).toBeNull();
    expect(existsSync(path)).toBe(true);
    await storage.look();
    expect(existsSync(path)).toBe(false);
    await storage.stop();
  });

  it('keeps what no entry fits, and sessions that run', async () => {
    const { context, clock, applyPolicy } = access.current;
    const { sessionId } = await endedSession();
    applyPolicy(`${TEST_POLICY}\nrecording: { retention: [{ labels: { env: test }, keep: 1d }] }`);
    clock.stepMs(400 * DAY_MS);
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(false);
    applyPolicy(RETENTION);
    const { grantId } = await liveGrant(access.current);
    const running = await liveSession(access.current, grantId);
    clock.stepMs(400 * DAY_MS);
    await deleteDueRecordings(context);
    expect(await isDeleted(running)).toBe(false);
    expect(await isDeleted(sessionId)).toBe(true);
  });
});

describe('legal hold', () => {
  it('keeps a recording that is due until every hold on it is released', async () => {
    const { context, clock } = access.current;
    const { sessionId } = await endedSession();
    const [one, other] = [await hold({ sessionId }), await hold({ sessionId })];
    clock.stepMs(31 * DAY_MS);
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(false);
    expect(await readRecordingStanding(context, { sessionId })).toMatchObject({ onHold: true });
    const by = await access.current.person('carol', ['responders']);
    await releaseRecordings(context, { id: one.id, by, because: 'closed' });
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(false);
    await expect(releaseRecordings(context, { id: one.id, by, because: 'again' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await releaseRecordings(context, { id: other.id, by, because: 'closed' });
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(true);
    await expect(hold({ sessionId })).rejects.toMatchObject({ code: 'conflict' });
    expect(await eventsOf(sessionId, 'recording.hold-placed')).toHaveLength(2);
    expect(await eventsOf(sessionId, 'recording.hold-released')).toHaveLength(2);
  });

  it('on an incident keeps the recordings of its sessions', async () => {
    const { context, clock } = access.current;
    await expect(hold({ incident: 'inc-unknown' })).rejects.toMatchObject({ code: 'not_found' });
    const { sessionId } = await endedSession({ incident: 'inc-77' });
    const { id } = await hold({ incident: 'inc-77' });
    clock.stepMs(31 * DAY_MS);
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(false);
    const by = await access.current.person('carol', ['responders']);
    expect(await listHoldsOnRecordings(context, { viewer: by, inForce: true })).toMatchObject([
      { id, incident: 'inc-77', sessionId: null, releasedAt: null },
    ]);
    await releaseRecordings(context, { id, by, because: 'closed' });
    expect(await listHoldsOnRecordings(context, { viewer: by, inForce: true })).toEqual([]);
    await deleteDueRecordings(context);
    expect(await isDeleted(sessionId)).toBe(true);
  });

  it('is for overseers, and who tried is written down', async () => {
    const { context } = access.current;
    const { sessionId } = await endedSession();
    const alice = await access.current.person('alice', ['engineering']);
    const attempt = holdRecordings(context, { on: { sessionId }, by: alice, because: 'mine' });
    await expect(attempt).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listHoldsOnRecordings(context, { viewer: alice })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const by = await access.current.person('carol', ['responders']);
    await expect(holdRecordings(context, { on: { sessionId }, by, because: '  ' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    expect(await eventsOf(sessionId, 'recording.hold-refused')).toHaveLength(1);
    expect(carol.kind).toBe('person');
  });

  it('is refused to be gone around by the database itself', async () => {
    const { context } = access.current;
    const { sessionId } = await endedSession();
    await hold({ sessionId });
    const deleting = context.store
      .read()
      .execute(`insert into recording (session_id, deleted_at, deleted_because) values (?, now(), 'x')`, [
        sessionId,
      ]);
    await expect(deleting).rejects.toThrow(/is on hold/);
  });
});
