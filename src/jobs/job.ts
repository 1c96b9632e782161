import type { AccessContext } from '../access/context.ts';
import type {
  CardPublisher,
  ChatErrands,
  ConnectionPreparer,
  EphemeralRoleDropper,
  RecordingObjects,
  RecordingRecovery,
  StatementArchive,
} from '../access/ports.ts';
import type { RecordingsIndex } from '../access/search/index-recordings.ts';
import type { HeadSigners } from '../audit/signed-head.ts';

/** What jobs work with. `main` puts it together. */
export interface JobContext {
  readonly access: AccessContext;
  readonly publisher: CardPublisher;
  readonly errands: ChatErrands;
  readonly preparer: ConnectionPreparer;
  readonly recovery: RecordingRecovery;
  /** Left out where nothing is in object storage. */
  readonly objects?: RecordingObjects;
  readonly roles: EphemeralRoleDropper;
  readonly archive: StatementArchive;
  readonly search: Pick<RecordingsIndex, 'readOn'>;
  /** Signs heads of the audit log. */
  readonly signers: HeadSigners;
}

/**
 * Jobs of one queue wait for each other when many are due; the other queue goes on. The limits hold for all
 * processes together: what a burst may do to targets, and to the platforms where people chat.
 */
export const QUEUES = {
  access: { concurrency: 10, startedPerSecondMax: 200 },
  chat: { concurrency: 10, startedPerSecondMax: 50 },
} as const;
export type QueueName = keyof typeof QUEUES;

/**
 * One kind of job that use cases ask for. Its payload is ids, checked by `run` itself; it reads the state again,
 * and doing it twice, at once or late changes nothing.
 */
export interface JobDefinition {
  readonly queue: QueueName;
  /** Payloads of what is due by the stored state, whether or not a job was ever queued for it. */
  readonly overdue: (access: AccessContext) => Promise<readonly object[]>;
  readonly run: (context: JobContext, payload: unknown) => Promise<void>;
}

/** Work that nobody asks for and that repeats by itself, in one process at a time. Idempotent. */
export interface UpkeepDefinition {
  readonly everyMs: number;
  /** @param turn.idleMs for how long nobody did it before: long when the database was away */
  readonly run: (context: JobContext, turn: { readonly idleMs: number }) => Promise<void>;
}
