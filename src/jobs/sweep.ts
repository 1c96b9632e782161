/**
 * The sweep behind each kind of job: does from the stored state whatever a lost job would have done. What cannot
 * be done does not keep the rest from being done, and is tried again ever more rarely.
 */
import { resolveDeadLetters } from '../access/dead-letters.ts';
import { isAppError, messageOf } from '../core/errors.ts';
import type { JobContext } from './job.ts';
import { retryAfterMs } from './retry.ts';
import { JOBS } from './table.ts';

/** Each may wait for a target or a platform that does not answer. */
const AT_ONCE = 5;
const REASONS_NAMED_MAX = 5;
/** How many failing things this process remembers; it only saves attempts. */
const REMEMBERED_MAX = 10_000;

/** Of what failed in a sweep, when it is worth another attempt. In this process alone: others find out themselves. */
export class SweepMemory {
  readonly #failed = new Map<string, { attempts: number; notBeforeMs: number }>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  isDue(key: string): boolean {
    return (this.#failed.get(key)?.notBeforeMs ?? 0) <= this.#monotonic();
  }

  noteDone(key: string): void {
    this.#failed.delete(key);
  }

  noteFailed(key: string, error: unknown): void {
    const attempts = (this.#failed.get(key)?.attempts ?? 0) + 1;
    if (this.#failed.size >= REMEMBERED_MAX) this.#failed.clear();
    const waitMs = retryAfterMs({ attempts, error, random: Math.random() });
    this.#failed.set(key, { attempts, notBeforeMs: this.#monotonic() + waitMs });
  }
}

/**
 * Sweeps behind one kind of job.
 * @throws with the reasons when something could not be done, after the rest was
 */
export async function sweepBehind(
  context: JobContext,
  kind: { readonly job: keyof typeof JOBS; readonly memory: SweepMemory },
): Promise<void> {
  const { job, memory } = kind;
  const definition = JOBS[job];
  const due = (await definition.overdue(context.access)).filter((payload) => memory.isDue(keyOf(payload)));
  const done: object[] = [];
  const failures: string[] = [];
  const attempt = async (payload: object): Promise<void> => {
    try {
      await definition.run(context, payload);
      memory.noteDone(keyOf(payload));
      done.push(payload);
    } catch (error) {
      memory.noteFailed(keyOf(payload), error);
      if (isAppError(error, 'rate_limited')) return;
      failures.push(`${Object.values(payload).join(' ')}: ${messageOf(error)}`);
    }
  };
  const waiting = due.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const payload of waiting) await attempt(payload);
    }),
  );
  await resolveDeadLetters(context.access, { job, payloads: done });
  if (failures.length === 0) return;
  const more = failures.length > REASONS_NAMED_MAX ? `; and ${failures.length - REASONS_NAMED_MAX} more` : '';
  throw new Error(
    `the sweep could not do everything: ${failures.slice(0, REASONS_NAMED_MAX).join('; ')}${more}`,
  );
}

function keyOf(payload: object): string {
  return JSON.stringify(payload);
}
