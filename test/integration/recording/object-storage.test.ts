import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteDueRecordings, removeDeletedObjects } from '../../../src/access/recordings/delete-due.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { TEST_POLICY } from '../../support/access.ts';
import { share } from '../../support/thoroughness.ts';
import { statementEvent } from '../../unit/recording/sample-data.ts';
import { readAll, temporaryDirectory } from '../../unit/recording/sample-recording.ts';
import { BUCKET, KEYS, PART_BYTES, recordBytes, type Spooled, useStorageBench } from './storage-harness.ts';

const PATIENCE_MS = 15_000;

const bench = useStorageBench();

beforeAll(async () => {
  const { client } = bench.current;
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
});

beforeEach(() => {
  bench.current.proxy.fault = 'none';
});

const keyOf = (sessionId: string): string => `sallyport/${sessionId}.sprec`;

async function objectOf(sessionId: string): Promise<Buffer | null> {
  try {
    const { Body } = await bench.current.client.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: keyOf(sessionId) }),
    );
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch {
    return null;
  }
}

/** Looks again and again, as a process does. */
async function lookUntil<T>(
  what: string,
  { storage, problems }: Spooled,
  seen: () => Promise<T | null> | T | null,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    await storage.look();
    await storage.idle();
    const found = await seen();
    if (found !== null) return found;
    await sleep(20);
  }
  throw new Error(`${what} did not come: ${problems.join('; ')}`);
}

function untilLetGo(spooled: Spooled, sessionId: string): Promise<true> {
  const path = recordingPath(spooled.directory, sessionId);
  return lookUntil('The end of the local file', spooled, () => (existsSync(path) ? null : true));
}

describe('a sealed recording', () => {
  it('is in object storage, byte for byte, before its file becomes the cache’s', async () => {
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 300_000);
    const headHex = await spooled.end(sessionId, recorder);
    const local = readFileSync(recorder.path);
    await untilLetGo(spooled, sessionId);
    expect((await objectOf(sessionId))?.equals(local)).toBe(true);
    const path = await spooled.storage.locate(sessionId);
    expect(path).toBe(join(spooled.directory, 'cache', `${sessionId}.sprec`));
    expect(await verifyRecording({ path: path ?? '', publicKeyPem: KEYS.publicKeyPem })).toMatchObject({
      ok: true,
      headHex,
    });
    expect(spooled.problems).toEqual([]);
  });

  it('is fetched on a server that never had it, and not when it is another than was stored', async () => {
    const [here, there] = [await bench.current.open(), await bench.current.open({ replica: 'two' })];
    const sessionId = await bench.current.newSession();
    const recorder = here.record(sessionId);
    recordBytes(recorder, 100_000);
    expect(await there.storage.locate(sessionId)).toBeNull();
    await here.end(sessionId, recorder);
    await untilLetGo(here, sessionId);
    const [one, other] = await Promise.all([
      there.storage.locate(sessionId),
      there.storage.locate(sessionId),
    ]);
    expect(one).toBe(other);
    expect((await readAll({ path: one ?? '', keys: KEYS })).end.complete).toBe(true);
    const third = await bench.current.open({ replica: 'three' });
    await bench.current.access.store
      .read()
      .execute(`update recording set sha256 = ? where session_id = ?`, ['0'.repeat(64), sessionId]);
    await expect(third.storage.locate(sessionId)).rejects.toMatchObject({ code: 'unavailable' });
    expect(readdirSync(join(third.directory, 'cache'))).toEqual([]);
  });

  it('is not stored when the file is not what the audit log says', async () => {
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 200_000);
    await spooled.end(sessionId, recorder);
    const bytes = readFileSync(recorder.path);
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    writeFileSync(recorder.path, bytes);
    await lookUntil('The problem', spooled, () => spooled.problems[0] ?? null);
    expect(spooled.problems[0]).toContain('is not what was sealed');
    expect(await objectOf(sessionId)).toBeNull();
    expect(existsSync(recorder.path)).toBe(true);
  });

  it('carries the lock and the encryption that are configured', async () => {
    const spooled = await bench.current.open({
      settings: { objectLock: { mode: 'governance', days: 2 }, encryption: { kind: 'AES256' } },
    });
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    await spooled.end(sessionId, recorder);
    await untilLetGo(spooled, sessionId);
    const found = await bench.current.client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: keyOf(sessionId) }),
    );
    expect(found).toMatchObject({ ObjectLockMode: 'GOVERNANCE', ServerSideEncryption: 'AES256' });
    const lockedForMs = (found.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now();
    expect(lockedForMs / 3_600_000).toBeGreaterThan(47);
  });
});

describe('a recording of several parts', () => {
  it('is sent while its session runs, and completed when it ends', async () => {
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 2.5 * PART_BYTES);
    await lookUntil('The parts', spooled, () => (partsPut(sessionId) >= 2 ? true : null));
    expect(await objectOf(sessionId)).toBeNull();
    await spooled.end(sessionId, recorder);
    const local = readFileSync(recorder.path);
    await untilLetGo(spooled, sessionId);
    expect((await objectOf(sessionId))?.equals(local)).toBe(true);
    // None was sent twice.
    expect(partsPut(sessionId)).toBe(Math.ceil(local.length / PART_BYTES));
  });

  it('goes on where a process that died has left it, and with what recovery changed', async () => {
    const first = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = first.record(sessionId);
    recordBytes(recorder, 1.5 * PART_BYTES);
    await lookUntil('The first part', first, () => (partsPut(sessionId) >= 1 ? true : null));
    const second = await crashOf(first);
    await bench.current.access.store
      .read()
      .execute(
        `update session set ended_at = now() - interval '1 minute', end_reason = 'broker-lost' where id = ?`,
        [sessionId],
      );
    await untilLetGo(second, sessionId);
    const object = await objectOf(sessionId);
    expect(
      await verifyRecording({ bytes: object ?? Buffer.alloc(0), publicKeyPem: KEYS.publicKeyPem }),
    ).toMatchObject({ ok: true, sealedBy: 'recovered' });
    expect(partsPut(sessionId)).toBe(2);
    expect(journalsIn(second.directory)).toEqual([]);
  });

  it.each([
    ['the service has given the upload up', abortUploads],
    ['somebody has exchanged a part', exchangeParts],
  ])('begins again when %s', async (_what, happen) => {
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 1.2 * PART_BYTES);
    await lookUntil('The first part', spooled, () => (partsPut(sessionId) >= 1 ? true : null));
    await happen();
    await spooled.end(sessionId, recorder);
    const local = readFileSync(recorder.path);
    await untilLetGo(spooled, sessionId);
    expect((await objectOf(sessionId))?.equals(local)).toBe(true);
    expect(await openUploads()).toEqual([]);
  });

  it('is given up on the service when nobody goes on with it', async () => {
    const spooled = await bench.current.open({ times: { staleUploadMs: 0 } });
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 1.2 * PART_BYTES);
    await lookUntil('The first part', spooled, () => (partsPut(sessionId) >= 1 ? true : null));
    await sleep(60);
    await spooled.storage.look();
    expect(await openUploads()).toHaveLength(1);
    await spooled.stop();
    await bench.current.access.store
      .read()
      .execute(`update session set ended_at = now(), end_reason = 'broker-lost' where id = ?`, [sessionId]);
    const other = await bench.current.open({ replica: 'two', times: { staleUploadMs: 0 } });
    await lookUntil('The end of the upload', other, async () =>
      (await openUploads()).length === 0 ? true : null,
    );
  });
});

describe('object storage that fails', () => {
  it.each(share(['refuse', 'error', 'forbid', 'hang', 'lose-answer', 'corrupt'] as const, 3))(
    'keeps every recording here while it does so, and has it afterwards: %s',
    async (fault) => {
      const { proxy } = bench.current;
      const spooled = await bench.current.open();
      const sessionId = await bench.current.newSession();
      const recorder = spooled.record(sessionId);
      const statements = recordBytes(recorder, 1.2 * PART_BYTES);
      proxy.fault = fault;
      const before = proxy.faults;
      await lookUntil('Three faults', spooled, () => (proxy.faults >= before + 3 ? true : null));
      // Whatever the service does, a statement waits for nothing but the disk.
      const startedAt = performance.now();
      recorder.append(statementEvent(statements + 1, 'select now()'));
      recorder.flush();
      expect(performance.now() - startedAt).toBeLessThan(200);
      await spooled.end(sessionId, recorder);
      const local = readFileSync(recorder.path);
      const inSealed = proxy.faults;
      await lookUntil('Three more faults', spooled, () => (proxy.faults >= inSealed + 3 ? true : null));
      expect(spooled.storage.status.problem).not.toBeNull();
      expect(existsSync(recorder.path)).toBe(true);
      proxy.fault = 'none';
      await untilLetGo(spooled, sessionId);
      expect((await objectOf(sessionId))?.equals(local)).toBe(true);
      expect(spooled.storage.status).toMatchObject({ problem: null, failuresInRow: 0 });
    },
  );

  it('is not believed when it repeats a checksum and has something else', async () => {
    const { proxy } = bench.current;
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    proxy.fault = 'corrupt';
    await spooled.end(sessionId, recorder);
    const local = readFileSync(recorder.path);
    await lookUntil('The problem', spooled, () => spooled.problems[0] ?? null);
    expect(spooled.problems[0]).toContain('does not have');
    expect(existsSync(recorder.path)).toBe(true);
    proxy.fault = 'none';
    await untilLetGo(spooled, sessionId);
    expect((await objectOf(sessionId))?.equals(local)).toBe(true);
  });

  it('asks ever more rarely', async () => {
    const { proxy } = bench.current;
    const spooled = await bench.current.open({ times: { retryMsMin: 200, retryMsMax: 60_000 } });
    const sessionId = await bench.current.newSession();
    await spooled.end(sessionId, spooled.record(sessionId));
    proxy.fault = 'refuse';
    const before = proxy.faults;
    for (let look = 0; look < 40; look += 1) {
      await spooled.storage.look();
      await spooled.storage.idle();
      await sleep(25);
    }
    expect(proxy.faults - before).toBeLessThanOrEqual(5);
  });
});

describe('a recording that retention lets go', () => {
  it('is read by nobody from then on, and gone from the disk, the cache and the storage', async () => {
    const { access } = bench.current;
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 100_000);
    await spooled.end(sessionId, recorder);
    await untilLetGo(spooled, sessionId);
    const cached = (await spooled.storage.locate(sessionId)) ?? '';
    expect(existsSync(cached)).toBe(true);
    await access.store
      .read()
      .execute(`update session set ended_at = ended_at - interval '2 days' where id = ?`, [sessionId]);
    access.applyPolicy(`${TEST_POLICY}\nrecording: { retention: [{ keep: 1d }] }`);
    await deleteDueRecordings(access.context);
    expect(await spooled.storage.locate(sessionId)).toBeNull();
    await lookUntil('The end of the cached file', spooled, () => (existsSync(cached) ? null : true));
    expect(await objectOf(sessionId)).not.toBeNull();
    bench.current.proxy.fault = 'error';
    const objects = spooled.storage;
    const failures = await removeDeletedObjects(access.context, { objects });
    expect(failures).toMatchObject([{ sessionId }]);
    bench.current.proxy.fault = 'none';
    expect(await removeDeletedObjects(access.context, { objects })).toEqual([]);
    expect(await objectOf(sessionId), 'tried again too soon').not.toBeNull();
    access.clock.stepMs(600_000);
    await removeDeletedObjects(access.context, { objects });
    expect(await objectOf(sessionId)).toBeNull();
    access.applyPolicy(TEST_POLICY);
  });
});

describe('a spool with a limit', () => {
  it('lets nobody begin from nine tenths on, and is full at the limit', async () => {
    const { proxy } = bench.current;
    proxy.fault = 'refuse';
    const spooled = await bench.current.open();
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 400_000);
    await spooled.end(sessionId, recorder);
    await spooled.storage.look();
    await spooled.storage.idle();
    const bytes = spooled.storage.status.spoolBytes;
    expect(bytes).toBe(statSync(recorder.path).size);

    const limited = (spoolBytesMax: number) =>
      bench.current.open({ directory: spooled.directory, spoolBytesMax, replica: 'two' });
    for (const [max, state] of [
      [bytes, 'full'],
      [bytes + 1, 'refusing'],
      [Math.floor(bytes / 0.9), 'refusing'],
      [Math.ceil(bytes / 0.9) + 1, 'open'],
    ] as const) {
      const { storage } = await limited(max);
      await storage.spool.measure();
      expect(storage.status.state).toBe(state);
    }
    const refusing = await limited(bytes);
    await refusing.storage.spool.measure();
    expect(() => refusing.record('s-none')).toThrow(/wait for object storage/);
    expect(existsSync(recordingPath(spooled.directory, 's-none'))).toBe(false);
    proxy.fault = 'none';
    await untilLetGo(spooled, sessionId);
    expect(spooled.storage.status.spoolBytes).toBeLessThan(bytes);
  });

  it('counts what is written between two looks, and ends what runs when it is full', async () => {
    // What is written while the disk is looked at may count twice until the next look.
    const spooled = await bench.current.open({ spoolBytesMax: 450_000 });
    let ended = 0;
    spooled.storage.recordBy({
      isRecording: () => true,
      end: () => {
        ended += 1;
      },
    });
    const sessionId = await bench.current.newSession();
    const recorder = spooled.record(sessionId);
    recordBytes(recorder, 100_000);
    await spooled.storage.look();
    expect(ended).toBe(0);
    recordBytes(recorder, 500_000);
    expect(spooled.storage.status.state).toBe('full');
    await spooled.storage.look();
    expect(ended).toBe(1);
    await recorder.close();
  });
});

describe('the cache', () => {
  it('keeps within its bytes, the ones read last', async () => {
    const spooled = await bench.current.open({ cacheBytesMax: 150_000 });
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const sessionId = await bench.current.newSession();
      ids.push(sessionId);
      const recorder = spooled.record(sessionId);
      recordBytes(recorder, 100_000);
      await spooled.end(sessionId, recorder);
      await untilLetGo(spooled, sessionId);
    }
    const cache = join(spooled.directory, 'cache');
    await lookUntil('The eviction', spooled, () => (readdirSync(cache).length <= 3 ? true : null));
    // Those that were opened lately stay; the limit holds for the others.
    for (const id of ids) expect(await spooled.storage.locate(id)).not.toBeNull();
  });
});

function partsPut(sessionId: string): number {
  const part = new RegExp(`^PUT /${BUCKET}/sallyport/${sessionId}\\.sprec\\?.*partNumber=`);
  return bench.current.proxy.requests.filter((request) => part.test(request)).length;
}

async function openUploads() {
  const { Uploads = [] } = await bench.current.client.send(
    new ListMultipartUploadsCommand({ Bucket: BUCKET }),
  );
  return Uploads;
}

async function abortUploads(): Promise<void> {
  const { client, proxy } = bench.current;
  for (const { Key, UploadId } of await openUploads()) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key, UploadId }));
    proxy.gone.add(UploadId ?? '');
  }
}

async function exchangeParts(): Promise<void> {
  for (const { Key, UploadId } of await openUploads()) {
    const Body = new Uint8Array(PART_BYTES).fill(7);
    await bench.current.client.send(
      new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body }),
    );
  }
}

function journalsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.sjournal'));
}

/** The same directory as another process finds it: as it is on the disk, copied so that the living one cannot write. */
async function crashOf(spooled: Spooled): Promise<Spooled> {
  const directory = temporaryDirectory();
  cpSync(spooled.directory, directory, { recursive: true });
  await spooled.storage.stop();
  return bench.current.open({ directory, replica: 'two' });
}
