/**
 * Object storage that refuses, answers late, wrongly or not at all and vanishes for a minute, while clients write as
 * fast as they can and the server is killed again and again. What the target executed must be in a recording that
 * comes out of the storage and verifies.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { SIGNING_KEY_FILE } from '../../src/recording/layout.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { useDeployment } from '../e2e/server/deployment.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../support/object-storage/faulty-proxy.ts';
import { type ObjectStorageServer, startObjectStorage } from '../support/object-storage/server.ts';
import { endedSessions, recordedMarks } from './crash-while-recording/lost-sessions.ts';
import { startWriter } from './crash-while-recording/writers.ts';
import { printFigures } from './figures.ts';
import { grantedConnection } from './granted-connection.ts';

const BUCKET = 'recordings';
const VANISHED_MS = 60_000;
const KILL_WITHIN_MS = 3_000;
const STORED_WITHIN_MS = 90_000;
const FAULTS: readonly { readonly fault: Fault; readonly forMs: number }[] = [
  { fault: 'error', forMs: 5_000 },
  { fault: 'slow', forMs: 5_000 },
  { fault: 'hang', forMs: 5_000 },
  { fault: 'lose-answer', forMs: 5_000 },
  { fault: 'corrupt', forMs: 5_000 },
  { fault: 'refuse', forMs: VANISHED_MS },
];

describe('recording while object storage fails', () => {
  const deployment = useDeployment({ environment: () => ({ S3_KEY: 'test', S3_SECRET: 'test' }) });
  const over: string[] = [];
  const figures = { executed: 0, recorded: 0, sessions: 0, faults: 0 };
  let server: ObjectStorageServer;
  let proxy: FaultyProxy;
  let client: S3Client;
  let url: string;

  beforeAll(async () => {
    server = await startObjectStorage();
    proxy = await startFaultyProxy({ port: server.port, slowMs: 3_000 });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(async () => {
    printFigures('object storage that fails', { ...figures, faults: proxy.faults });
    client.destroy();
    await proxy.stop();
    await server.stop();
  });

  it('is configured to send recordings there', async () => {
    const { current } = deployment;
    const { configFile } = current.directory;
    const document = parse(readFileSync(configFile, 'utf8'));
    document.recording.storage = {
      s3: {
        bucket: BUCKET,
        endpoint: proxy.url,
        pathStyle: true,
        timeout: '2s',
        credentials: { accessKeyId: { env: 'S3_KEY' }, secretAccessKey: { env: 'S3_SECRET' } },
      },
    };
    writeFileSync(configFile, stringify(document));
    await current.server.stop();
    await current.restart();
    await current.shop.query(
      'create table executed (mark text primary key); grant select, insert, delete on executed to app_rw',
    );
    url = await grantedConnection(current);
  });

  it.each(FAULTS)('loses nothing while it does this: $fault', async ({ fault, forMs }) => {
    const { current } = deployment;
    proxy.fault = fault;
    const writers = Array.from({ length: 4 }, (_, place) =>
      startWriter({ kind: 'pg, simple protocol', url, name: `${fault}/${place}` }),
    );
    await Promise.all(writers.map(({ started }) => started));
    await sleep(randomInt(KILL_WITHIN_MS));
    await current.server.kill();
    await Promise.all(writers.map(({ ended }) => ended));
    await current.restart();
    const sessions = await endedSessions(current, { except: over });
    over.push(...sessions.map(({ id }) => id));
    await sleep(forMs);
    proxy.fault = 'none';

    const publicKeyPem = readFileSync(join(current.directory.state, 'recordings', SIGNING_KEY_FILE), 'utf8');
    const recorded: string[] = [];
    for (const { id, recordingHead } of sessions) {
      const bytes = await storedObject(id);
      expect(await verifyRecording({ bytes, publicKeyPem })).toMatchObject({
        ok: true,
        headHex: recordingHead,
      });
      recorded.push(...(await recordedMarks(current, id)));
    }
    const rows = await current.shop.query<{ mark: string }>('select mark from executed where mark like $1', [
      `${fault}/%`,
    ]);
    const there = new Set(recorded);
    expect(rows.filter(({ mark }) => !there.has(mark))).toEqual([]);
    figures.executed += rows.length;
    figures.recorded += recorded.length;
    figures.sessions += sessions.length;
  });

  async function storedObject(sessionId: string): Promise<Buffer> {
    const until = performance.now() + STORED_WITHIN_MS;
    for (;;) {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: BUCKET, Key: `${sessionId}.sprec` }),
        );
        const rows = await deployment.current.query(
          'select from recording where session_id = $1 and stored_at is not null',
          [sessionId],
        );
        if (rows.length === 1) return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (performance.now() > until) throw error;
      }
      if (performance.now() > until) throw new Error(`${sessionId} was not stored`);
      await sleep(200);
    }
  }
});
