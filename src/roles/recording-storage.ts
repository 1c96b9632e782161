import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import type { RecordingRecovery } from '../access/ports.ts';
import { createStorageIndex } from '../access/recordings/storage-index.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../core/errors.ts';
import type { RecordingKeys } from '../recording/keys.ts';
import type { S3Storage } from '../recording/storage/s3.ts';
import { RecordingStorage, type StorageStatus } from '../recording/storage/storage.ts';
import type { Metric } from '../web/metrics.ts';

export interface OpenStorage {
  readonly storage: RecordingStorage;
  /** Seals what was left on this server; known when the process has a broker. */
  recoverWith(recovery: RecordingRecovery): void;
}

/**
 * The recordings of this process. Only object storage that is configured loads a client for it.
 * @throws AppError `unavailable` when its credentials cannot be read
 */
export async function openRecordingStorage(parts: {
  readonly access: AccessContext;
  readonly config: Config;
  readonly keys: RecordingKeys;
  readonly logger: Logger;
}): Promise<OpenStorage> {
  const { access, config, keys, logger } = parts;
  const { directory, storage: settings } = access.policy.current().document.recording;
  let recovery: RecordingRecovery | null = null;
  const storage = new RecordingStorage({
    directory,
    keys,
    index: createStorageIndex(access, { replica: config.replica, recovery: () => recovery }),
    s3: await openS3(access),
    spoolBytesMax: settings.spoolBytesMax,
    cacheBytesMax: settings.cacheBytesMax,
    report: (what, error) => logger.warn({ problem: messageOf(error) }, `${what} failed`),
  });
  return {
    storage,
    recoverWith: (known) => {
      recovery = known;
    },
  };
}

async function openS3({ policy, settings }: AccessContext): Promise<S3Storage | null> {
  const { s3 } = policy.current().document.recording.storage;
  if (s3 === undefined) return null;
  const { credentials } = s3;
  const { S3Storage: Storage } = await import('../recording/storage/s3.ts');
  return Storage.open({
    settings: s3,
    credentials:
      credentials === undefined
        ? null
        : {
            accessKeyId: settings.readSecret(credentials.accessKeyId),
            secretAccessKey: settings.readSecret(credentials.secretAccessKey),
            sessionToken:
              credentials.sessionToken === undefined ? null : settings.readSecret(credentials.sessionToken),
          },
  });
}

/** Why no session can begin here; null when they can. Object storage that is away is no reason by itself. */
export function storageProblem({ state, spoolBytes, spoolBytesMax, problem }: StorageStatus): string | null {
  if (state === 'open') return null;
  const because = problem === null ? '' : `: ${problem}`;
  return `${spoolBytes} of ${spoolBytesMax} bytes of recordings wait for object storage${because}`;
}

/** What /metrics shows of this process: its disk is its own. */
export function storageMetrics({ storage }: OpenStorage): Metric[] {
  const { spoolBytes, spoolBytesMax, failuresInRow } = storage.status;
  if (!Number.isFinite(spoolBytesMax)) return [];
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: [{ value }],
  });
  return [
    gauge('recording_spool_bytes', 'Recordings on this server that wait for object storage.', spoolBytes),
    gauge(
      'recording_spool_bytes_max',
      'How many may wait; no session begins from nine tenths on.',
      spoolBytesMax,
    ),
    gauge('object_storage_failures', 'Requests to object storage that failed in a row.', failuresInRow),
  ];
}
