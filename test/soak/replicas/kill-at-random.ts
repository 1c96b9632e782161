import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replicas } from './replicas.ts';

/** Where starting takes longer than a second, the last one left would otherwise never get to do anything. */
const LAST_ONE_SPARED_OF = 4;

/**
 * Every so often `kill -9`, of one at random of those that serve; each is started again at once. The last one that
 * serves is spared three times out of four.
 */
export async function killAtRandom(
  { members }: Replicas,
  options: { readonly everyMs: number; readonly forMs: number },
): Promise<{ kills: number; spared: number; nobodyServed: number }> {
  const until = performance.now() + options.forMs;
  const starts: Promise<void>[] = [];
  const figures = { kills: 0, spared: 0, nobodyServed: 0 };
  while (performance.now() < until) {
    await sleep(options.everyMs);
    const serving = members.filter((member) => member.ready);
    const victim = serving[randomInt(Math.max(1, serving.length))];
    if (victim === undefined) {
      figures.nobodyServed += 1;
      continue;
    }
    if (serving.length === 1 && randomInt(LAST_ONE_SPARED_OF) > 0) {
      figures.spared += 1;
      continue;
    }
    await victim.kill();
    figures.kills += 1;
    starts.push(victim.start());
  }
  await Promise.all(starts);
  return figures;
}
