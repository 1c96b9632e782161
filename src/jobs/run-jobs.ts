/** Starts the relay, the workers and the repeating jobs of this process. */
import type { Logger } from 'pino';
import type { OutboxEntry } from '../access/outbox.ts';
import { messageOf } from '../core/errors.ts';
import { type JobContext, QUEUES, type QueueName } from './job.ts';
import { type JobQueue, openQueues, type QueueBackend } from './queues.ts';
import { startRelay } from './relay.ts';
import { JOBS } from './table.ts';

/** About four minutes in all; after that the sweep is what is left. */
const RETRY = { attempts: 9, backoff: { type: 'exponential', delay: 500 } } as const;
const KEEP = {
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 1_000 },
};

export interface Jobs {
  /** Takes no new work, lets running jobs finish, and closes every connection. */
  stop(): Promise<void>;
}

/** @throws when the queue's backend cannot be reached */
export async function runJobs(
  context: JobContext,
  options: { backend: QueueBackend; logger: Logger },
): Promise<Jobs> {
  const { logger } = options;
  const onError = (error: unknown): void =>
    logger.warn({ reason: messageOf(error) }, 'the job queue had a fault');
  const queues = await openQueues(options.backend, { onError });
  const byName = new Map<QueueName, JobQueue>(QUEUES.map((name) => [name, queues.openQueue(name)]));
  const queueOf = (job: string): JobQueue | undefined => {
    const definition = JOBS[job];
    return definition === undefined ? undefined : byName.get(definition.queue);
  };

  for (const [name, { everyMs }] of Object.entries(JOBS)) {
    if (everyMs === undefined) continue;
    const template = { name, data: {}, opts: { removeOnComplete: true, removeOnFail: { count: 100 } } };
    await queueOf(name)?.upsertJobScheduler(name, { every: everyMs }, template);
  }
  const workers = QUEUES.map((name) =>
    queues.openWorker(name, async (job) => {
      const definition = JOBS[job.name];
      if (definition === undefined) throw new Error(`there is no job named ${job.name}`);
      try {
        await definition.run(context, job.data);
      } catch (error) {
        logger.warn({ job: job.name, payload: job.data, reason: messageOf(error) }, 'a job failed');
        throw error;
      }
    }),
  );

  const deliver = async (entries: readonly OutboxEntry[]): Promise<void> => {
    for (const entry of entries) {
      const queue = queueOf(entry.job);
      if (queue === undefined) {
        logger.error({ job: entry.job }, 'the outbox names a job that does not exist; it is dropped');
        continue;
      }
      const delay = Math.max(0, entry.runAt.getTime() - context.access.clock.now().getTime());
      await queue.add(
        entry.job,
        { ...entry.payload },
        { jobId: `outbox-${entry.id}`, delay, ...RETRY, ...KEEP },
      );
    }
  };
  const relay = await startRelay(context.access, { deliver, onError });

  return {
    stop: async () => {
      await relay.stop();
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...byName.values()].map((queue) => queue.close()));
      await queues.close();
    },
  };
}
