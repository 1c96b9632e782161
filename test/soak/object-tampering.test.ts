/** Somebody who can write to the bucket: what is exchanged, altered or removed there is never shown as the recording. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyRecording } from '../../src/recording/verify.ts';
import {
  BUCKET,
  KEYS,
  recordBytes,
  type Spooled,
  useStorageBench,
} from '../integration/recording/storage-harness.ts';

const bench = useStorageBench();
const keyOf = (sessionId: string): string => `sallyport/${sessionId}.sprec`;

beforeAll(async () => {
  // Without versions, so that what is written over is gone.
  await bench.current.client.send(new CreateBucketCommand({ Bucket: BUCKET }));
});

async function objectOf(sessionId: string): Promise<Buffer> {
  const wanted = new GetObjectCommand({ Bucket: BUCKET, Key: keyOf(sessionId) });
  const { Body } = await bench.current.client.send(wanted);
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function stored(spooled: Spooled, bytes: number): Promise<string> {
  const sessionId = await bench.current.newSession();
  const recorder = spooled.record(sessionId);
  recordBytes(recorder, bytes);
  await spooled.end(sessionId, recorder);
  await untilStored(spooled, sessionId);
  return sessionId;
}

function untilStored(spooled: Spooled, sessionId: string): Promise<void> {
  const { store } = bench.current.access;
  return expect
    .poll(
      async () => {
        await spooled.storage.look();
        await spooled.storage.idle();
        const rows = await store
          .read()
          .execute<object[]>('select from recording where session_id = ? and stored_at is not null', [
            sessionId,
          ]);
        return rows.length;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(1);
}

describe('an object that somebody has', () => {
  const put = (sessionId: string, body: Buffer): Promise<unknown> =>
    bench.current.client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: keyOf(sessionId), Body: new Uint8Array(body) }),
    );
  const HAVING = {
    'exchanged for that of another session': async (sessionId: string, other: string) =>
      put(sessionId, await objectOf(other)),
    'altered in one bit': async (sessionId: string) => {
      const bytes = await objectOf(sessionId);
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      await put(sessionId, bytes);
    },
    'cut at its end': async (sessionId: string) =>
      put(sessionId, (await objectOf(sessionId)).subarray(0, -40)),
    removed: (sessionId: string) =>
      bench.current.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: keyOf(sessionId) })),
  };

  it.each(Object.entries(HAVING))('%s is not taken for the recording', async (_what, act) => {
    const here = await bench.current.open();
    const sessionId = await stored(here, 60_000);
    const other = await stored(here, 60_000);
    await act(sessionId, other);
    const there = await bench.current.open({ replica: 'two' });
    await expect(there.storage.locate(sessionId)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:unavailable|not_found)$/),
    });
    expect(readdirSync(join(there.directory, 'cache'))).toEqual([]);
    const whole = await there.storage.locate(other);
    expect(await verifyRecording({ path: whole ?? '', publicKeyPem: KEYS.publicKeyPem })).toMatchObject({
      ok: true,
      sessionId: other,
    });
  });
});
