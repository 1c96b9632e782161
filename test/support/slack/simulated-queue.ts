/**
 * The jobs of a deployment in simulated time: the real outbox, the real jobs and the real rules of trying again, with
 * a queue in memory whose waits take none.
 */
import type { AccessContext } from '../../../src/access/context.ts';
import { type OutboxEntry, relayOutbox } from '../../../src/access/outbox.ts';
import { after } from '../../../src/core/clock.ts';
import type { JobContext } from '../../../src/jobs/job.ts';
import { ATTEMPTS_MAX, delayMs, retryAfterMs } from '../../../src/jobs/retry.ts';
import { SweepMemory, sweepBehind } from '../../../src/jobs/sweep.ts';
import { JOBS, jobNamed } from '../../../src/jobs/table.ts';

export interface SimulatedQueue {
  /** Does what is due now, until nothing is. What fails waits for its next attempt. */
  settle(): Promise<void>;
  /** Lets time go by, with everything that becomes due in it, and the sweep behind. */
  pass(durationMs: number): Promise<void>;
  /** Jobs that gave up. */
  readonly dead: readonly string[];
  /** Jobs that wait for another attempt. */
  waiting(): number;
}

interface Job {
  readonly name: string;
  readonly payload: object;
  readonly runAt: Date;
  readonly attempts: number;
  /** It was tried, and has to be tried again. */
  readonly isPutBack: boolean;
}

/** Rarer than in a deployment: each takes real time. */
const SWEEP_MS = 20_000;
/** Neither the least nor the most of the spread that keeps jobs apart. */
const RANDOM = 0.5;

export function simulateQueue(
  context: JobContext,
  clock: AccessContext['clock'] & { stepMs(durationMs: number): void },
): SimulatedQueue {
  const { access } = context;
  const dead: string[] = [];
  const memory = new SweepMemory(() => clock.now().getTime());
  let jobs: Job[] = [];

  const relay = async (): Promise<void> => {
    const deliver = async (entries: readonly OutboxEntry[]): Promise<void> => {
      jobs.push(
        ...entries.map(({ job: name, payload, runAt }) => ({
          name,
          payload,
          runAt,
          attempts: 0,
          isPutBack: false,
        })),
      );
    };
    while ((await relayOutbox(access, { jobs: Object.keys(JOBS), limit: 100, deliver })) > 0);
  };

  const attempt = async (job: Job): Promise<void> => {
    try {
      await jobNamed(job.name)?.run(context, job.payload);
    } catch (error) {
      const waitMs = delayMs({ error, random: RANDOM });
      const attempts = job.attempts + (waitMs === null ? 1 : 0);
      if (attempts >= ATTEMPTS_MAX) {
        dead.push(`${job.name} ${JSON.stringify(job.payload)}: ${String(error)}`);
        return;
      }
      const nextMs = waitMs ?? retryAfterMs({ attempts, error, random: RANDOM });
      jobs.push({ ...job, attempts, isPutBack: true, runAt: after(clock.now(), nextMs) });
    }
  };

  const settle = async (): Promise<void> => {
    for (;;) {
      await relay();
      const now = clock.now();
      const due = jobs.filter(({ runAt }) => runAt <= now);
      if (due.length === 0) return;
      jobs = jobs.filter((job) => !due.includes(job));
      for (const job of due.sort((one, other) => one.runAt.getTime() - other.runAt.getTime())) {
        await attempt(job);
      }
    }
  };

  return {
    dead,
    settle,
    waiting: () => jobs.filter(({ isPutBack }) => isPutBack).length,
    pass: async (durationMs) => {
      const end = after(clock.now(), durationMs);
      let sweepAt = after(clock.now(), SWEEP_MS);
      await settle();
      while (clock.now() < end) {
        const nextMs = Math.min(
          ...[...jobs.map(({ runAt }) => runAt), sweepAt, end].map((at) => at.getTime()),
        );
        clock.stepMs(Math.max(nextMs - clock.now().getTime(), 1));
        await settle();
        if (clock.now() < sweepAt) continue;
        await sweepBehind(context, { job: 'sync-card', memory }).catch(() => undefined);
        sweepAt = after(clock.now(), SWEEP_MS);
      }
    },
  };
}
