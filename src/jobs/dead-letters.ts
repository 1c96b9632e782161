/**
 * Moves jobs that gave up from the queue into the database, where they are seen, retried and discarded. Taken out
 * of the queue only once they are kept: one that is found twice is kept once.
 */
import type { AccessContext } from '../access/context.ts';
import { keepDeadLetters } from '../access/dead-letters.ts';
import type { JobQueue } from './queues.ts';

const BATCH = 100;

/** @returns the ids of those that were not known before */
export async function collectDeadLetters(
  access: AccessContext,
  queues: Iterable<JobQueue>,
): Promise<string[]> {
  const collected: string[] = [];
  for (const queue of queues) {
    const failed = await queue.listFailed(BATCH);
    if (failed.length === 0) continue;
    const letters = failed.map(({ remove: _remove, ...letter }) => letter);
    collected.push(...(await keepDeadLetters(access, { letters })));
    for (const { remove } of failed) await remove();
  }
  return collected;
}
