/** Recordings of sessions that are in a database, beside a storage with a faulty service. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { createStorageIndex } from '../../../src/access/recordings/storage-index.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { recoverRecordings } from '../../../src/recording/recover.ts';
import { S3Storage } from '../../../src/recording/storage/s3.ts';
import type { S3Settings, StorageTimes } from '../../../src/recording/storage/settings.ts';
import { RecordingStorage } from '../../../src/recording/storage/storage.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { type TestAccess, useTestAccess } from '../../support/access.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/object-storage/faulty-proxy.ts';
import {
  type ObjectStorageServer,
  startObjectStorage,
  TEST_CREDENTIALS,
} from '../../support/object-storage/server.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../../unit/recording/sample-data.ts';
import { temporaryDirectory } from '../../unit/recording/sample-recording.ts';

export const PART_BYTES = 5 * 1_048_576;
export const BUCKET = 'recordings';
const REQUEST_MS_MAX = 500;

/** The server says of each upload that it was begun in 2010. */
const NEVER_MS = 100 * 365 * 86_400_000;
/** Packed, the texts take three quarters of this. */
const EACH = 100_000;

/** Looks by hand, and tries again soon. */
const TIMES: Partial<StorageTimes> = {
  lookMs: 20,
  keepMs: 0,
  retryMsMin: 20,
  retryMsMax: 100,
  tidyMs: 50,
  staleUploadMs: NEVER_MS,
};

export const KEYS = sampleKeys();

export interface StorageBench {
  readonly access: TestAccess;
  readonly proxy: FaultyProxy;
  /** Straight to the server. */
  readonly client: S3Client;
  /** A session's row, under a grant of its own or of the file. */
  newSession(): Promise<string>;
  /** A directory with a journal, and the storage that looks after it. */
  open(options?: OpenOptions): Promise<Spooled>;
}

interface OpenOptions {
  readonly directory?: string;
  readonly replica?: string;
  readonly settings?: Partial<S3Settings>;
  readonly spoolBytesMax?: number;
  readonly cacheBytesMax?: number;
  readonly times?: Partial<StorageTimes>;
}

export interface Spooled {
  readonly directory: string;
  readonly journal: Journal;
  readonly storage: RecordingStorage;
  readonly problems: string[];
  record(sessionId: string): Recorder;
  /** Seals it, and ends the session with its head. */
  end(sessionId: string, recorder: Recorder): Promise<string>;
  /** Stops as a process does that is asked to. */
  stop(): Promise<void>;
}

export function useStorageBench(): { readonly current: StorageBench } {
  const access = useTestAccess();
  let server: ObjectStorageServer;
  let proxy: FaultyProxy;
  let bench: StorageBench | null = null;
  beforeAll(async () => {
    server = await startObjectStorage();
    proxy = await startFaultyProxy({ port: server.port });
    const client = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    let grantId: string | null = null;
    bench = {
      access: access.current,
      proxy,
      client,
      newSession: async () => {
        grantId ??= (await liveGrant(access.current)).grantId;
        return liveSession(access.current, grantId);
      },
      open: (options = {}) => openSpooled({ access: access.current, proxy, options }),
    };
  });
  afterAll(async () => {
    bench?.client.destroy();
    await proxy.stop();
    await server.stop();
  });
  return {
    get current() {
      if (bench === null) throw new Error('The storage exists only while tests run.');
      return bench;
    },
  };
}

async function openSpooled(input: {
  access: TestAccess;
  proxy: FaultyProxy;
  options: OpenOptions;
}): Promise<Spooled> {
  const { access, proxy, options } = input;
  const { context } = access;
  const directory = options.directory ?? temporaryDirectory();
  const problems: string[] = [];
  const storage = new RecordingStorage({
    directory,
    keys: KEYS,
    index: createStorageIndex(context, {
      replica: options.replica ?? 'one',
      recovery: () => ({
        recover: (sessionIds) => recoverRecordings({ directory, keys: KEYS, sessionIds }),
      }),
    }),
    s3: await S3Storage.open({
      settings: {
        bucket: BUCKET,
        region: 'us-east-1',
        endpoint: proxy.url,
        pathStyle: true,
        prefix: 'sallyport/',
        checksum: 'sha256',
        partBytes: PART_BYTES,
        timeout: REQUEST_MS_MAX,
        ...options.settings,
      },
      credentials: TEST_CREDENTIALS,
    }),
    spoolBytesMax: options.spoolBytesMax ?? 1_073_741_824,
    cacheBytesMax: options.cacheBytesMax ?? 1_073_741_824,
    report: (what, error) => problems.push(`${what}: ${error instanceof Error ? error.message : error}`),
    times: { ...TIMES, ...options.times },
  });
  const journal = new Journal({ directory, keys: KEYS, sync: 100, spool: storage.spool });
  storage.recordBy({ isRecording: (sessionId) => journal.isRecording(sessionId), end: () => undefined });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await journal.close();
    await storage.stop();
  };
  onTestFinished(async () => {
    proxy.fault = 'none';
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    journal,
    storage,
    problems,
    record: (sessionId) => openRecording({ journal, facts: sampleFacts(sessionId) }),
    end: async (sessionId, recorder) => {
      const { headHex } = await recorder.close();
      await endSession(context, {
        sessionId,
        reason: 'client-closed',
        counts: ZERO_COUNTS,
        recordingHead: headHex,
        recordingBytes: null,
        riskiest: null,
      });
      return headHex;
    },
    stop,
  };
}

/** Records about so many bytes. @returns how many statements */
export function recordBytes(recorder: Recorder, bytes: number): number {
  const statements = Math.ceil(bytes / (0.75 * EACH));
  for (let statement = 1; statement <= statements; statement += 1) {
    recorder.append(statementEvent(statement, `select '${randomText(EACH)}'`));
    recorder.flush();
  }
  return statements;
}

/** What does not compress. */
function randomText(characters: number): string {
  return randomBytes(characters).toString('base64').slice(0, characters);
}
