/** Object storage of a block of tests, behind what makes it fail. */
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../../support/object-storage/faulty-proxy.ts';
import { type ObjectStorageServer, startObjectStorage } from '../../support/object-storage/server.ts';
import { eventually, type RecordedDeployment } from './deployment.ts';

const BUCKET = 'recordings';
const SLOW_MS = 3_000;

export interface FaultyStorage {
  readonly proxy: FaultyProxy;
  /** `recording.storage.s3` of the configuration; its keys are in `STORAGE_ENVIRONMENT`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A recording as it came out of the storage, once it is said to be there. */
  storedObject(deployment: RecordedDeployment, sessionId: string): Promise<Buffer>;
}

export const STORAGE_ENVIRONMENT = { S3_KEY: 'test', S3_SECRET: 'test' };

export function useFaultyStorage(): { readonly current: FaultyStorage } {
  let server: ObjectStorageServer | null = null;
  let storage: FaultyStorage | null = null;
  let client: S3Client | null = null;
  beforeAll(async () => {
    server = await startObjectStorage();
    const proxy = await startFaultyProxy({ port: server.port, slowMs: SLOW_MS });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const direct = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    client = direct;
    await direct.send(new CreateBucketCommand({ Bucket: BUCKET }));
    storage = {
      proxy,
      settings: {
        bucket: BUCKET,
        endpoint: proxy.url,
        pathStyle: true,
        timeout: '2s',
        credentials: { accessKeyId: { env: 'S3_KEY' }, secretAccessKey: { env: 'S3_SECRET' } },
      },
      storedObject: async (deployment, sessionId) => {
        await eventually(`The stored recording of ${sessionId}`, async () => {
          const rows = await deployment.query(
            'select from recording where session_id = $1 and stored_at is not null',
            [sessionId],
          );
          return rows.length === 1 ? true : null;
        });
        const wanted = new GetObjectCommand({ Bucket: BUCKET, Key: `${sessionId}.sprec` });
        const { Body } = await direct.send(wanted);
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
    };
  });
  afterAll(async () => {
    client?.destroy();
    await storage?.proxy.stop();
    await server?.stop();
  });
  return {
    get current() {
      if (storage === null) throw new Error('The object storage exists only while tests run.');
      return storage;
    },
  };
}
