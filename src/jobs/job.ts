import type { AccessContext } from '../access/context.ts';
import type {
  CardPublisher,
  ConnectionPreparer,
  EphemeralRoleDropper,
  RecordingRecovery,
} from '../access/ports.ts';

/** What jobs work with. `main` puts it together. */
export interface JobContext {
  readonly access: AccessContext;
  readonly publisher: CardPublisher;
  readonly preparer: ConnectionPreparer;
  readonly recovery: RecordingRecovery;
  readonly roles: EphemeralRoleDropper;
}

export const QUEUES = ['access', 'chat', 'upkeep'] as const;
export type QueueName = (typeof QUEUES)[number];

/**
 * One kind of job. Its payload is ids, checked by `run` itself; it reads the state again, and doing it
 * twice changes nothing.
 */
export interface JobDefinition {
  /** Jobs of one queue wait for each other when many are due; the other queues go on. */
  readonly queue: QueueName;
  /** For work that repeats by itself, in milliseconds. */
  readonly everyMs?: number;
  readonly run: (context: JobContext, payload: unknown) => Promise<void>;
}
