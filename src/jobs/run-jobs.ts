/** Starts the relay, the workers, the sweeps and the upkeep of this process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OutboxEntry } from '../access/outbox.ts';
import { isAppError, messageOf } from '../core/errors.ts';
import { collectDeadLetters } from './dead-letters.ts';
import { createFaultLog } from './fault-log.ts';
import { type JobContext, QUEUES, type QueueName } from './job.ts';
import { type JobQueue, openQueues, type QueueBackend, type Queues } from './queues.ts';
import { startRelay } from './relay.ts';
import { type Repeated, repeat } from './repeat.ts';
import { ATTEMPTS_MAX } from './retry.ts';
import { SweepMemory, sweepBehind } from './sweep.ts';
import { JOBS, jobNamed, UPKEEP } from './table.ts';

const OPTIONS = {
  attempts: ATTEMPTS_MAX,
  backoff: { type: 'rarer' },
  removeOnComplete: { age: 3_600, count: 1_000 },
  // Collected long before.
  removeOnFail: { age: 7 * 86_400, count: 10_000 },
} as const;
const SWEEP_MS = 5_000;
const COLLECT_MS = 15_000;
const CLOSE_MS_MAX = 5_000;
// Object.keys forgets which keys there are.
const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];
const JOB_NAMES = Object.keys(JOBS) as (keyof typeof JOBS)[];

export interface Jobs {
  /** Takes no new work, lets running jobs finish for a while, and closes every connection. */
  stop(): Promise<void>;
}

/** @throws when the queue's backend cannot be reached */
export async function runJobs(
  context: JobContext,
  options: { backend: QueueBackend; logger: Logger },
): Promise<Jobs> {
  const { logger } = options;
  const { access } = context;
  const onError = createFaultLog(logger);
  const backend = await openQueues(options.backend, { onError });
  const queues = new Map(QUEUE_NAMES.map((name) => [name, backend.openQueue(name)]));

  const collect = async (): Promise<void> => {
    const ids = await collectDeadLetters(access, queues.values());
    if (ids.length > 0) logger.error({ ids }, 'jobs gave up; see: sallyport jobs list');
  };
  const workers = openWorkers(context, backend, { logger, onGaveUp: () => void collect().catch(onError) });
  const relay = await startRelay(access, { jobs: JOB_NAMES, deliver: deliverTo(context, queues), onError });
  const repeated = startRepeating(context, { logger, collect });

  return {
    stop: async () => {
      await Promise.all([relay, ...repeated].map((part) => part.stop()));
      await closeInTime(workers);
      await closeInTime([...queues.values()]);
      await backend.close();
    },
  };
}

/** A queue that is away would be waited for without end. What then is cut off is done by another process, later. */
async function closeInTime(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  const closed = Promise.allSettled(parts.map((part) => part.close()));
  const giveUp = new AbortController();
  await Promise.race([
    closed,
    sleep(CLOSE_MS_MAX, undefined, { signal: giveUp.signal }).catch(() => undefined),
  ]);
  giveUp.abort();
}

function openWorkers(
  context: JobContext,
  backend: Queues,
  { logger, onGaveUp }: { logger: Logger; onGaveUp: () => void },
) {
  const run = async (job: { name: string; data: unknown }): Promise<void> => {
    const definition = jobNamed(job.name);
    if (definition === null) throw new Error(`this version has no job named ${job.name}`);
    try {
      await definition.run(context, job.data);
    } catch (error) {
      const facts = { job: job.name, payload: job.data, reason: messageOf(error) };
      if (isAppError(error, 'rate_limited')) logger.debug(facts, 'a job was asked to slow down');
      else logger.warn(facts, 'a job failed');
      throw error;
    }
  };
  return QUEUE_NAMES.map((name) => backend.openWorker(name, { run, onGaveUp }));
}

/** The entry's id is the job's, so that one that is handed over twice is queued once. */
function deliverTo(context: JobContext, queues: ReadonlyMap<QueueName, JobQueue>) {
  return async (entries: readonly OutboxEntry[]): Promise<void> => {
    const now = context.access.clock.now().getTime();
    for (const [name, queue] of queues) {
      const jobs = entries
        .filter((entry) => jobNamed(entry.job)?.queue === name)
        .map((entry) => ({
          name: entry.job,
          data: { ...entry.payload },
          opts: { ...OPTIONS, jobId: `j-${entry.id}`, delay: Math.max(0, entry.runAt.getTime() - now) },
        }));
      if (jobs.length > 0) await queue.addBulk(jobs);
    }
  };
}

function startRepeating(
  context: JobContext,
  { logger, collect }: { logger: Logger; collect: () => Promise<void> },
): Repeated[] {
  const start = (
    name: string,
    everyMs: number,
    run: (turn: { readonly idleMs: number }) => Promise<void>,
  ): Repeated =>
    repeat(context.access, {
      name,
      everyMs,
      run,
      onError: (error) => logger.warn({ work: name, reason: messageOf(error) }, 'repeating work failed'),
    });
  return [
    ...Object.entries(UPKEEP).map(([name, { everyMs, run }]) =>
      start(name, everyMs, (turn) => run(context, turn)),
    ),
    ...JOB_NAMES.map((job) => {
      const memory = new SweepMemory();
      return start(`sweep-${job}`, SWEEP_MS, () => sweepBehind(context, { job, memory }));
    }),
    start('collect-dead-letters', COLLECT_MS, collect),
  ];
}
