import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replicas } from './replicas.ts';

/** Every so often `kill -9`, of one at random of those that serve; each is started again at once. */
export async function killAtRandom(
  { members }: Replicas,
  options: { readonly everyMs: number; readonly forMs: number },
): Promise<{ kills: number; nobodyServed: number }> {
  const until = performance.now() + options.forMs;
  const starts: Promise<void>[] = [];
  const figures = { kills: 0, nobodyServed: 0 };
  while (performance.now() < until) {
    await sleep(options.everyMs);
    const serving = members.filter((member) => member.ready);
    const victim = serving[randomInt(Math.max(1, serving.length))];
    if (victim === undefined) {
      figures.nobodyServed += 1;
      continue;
    }
    await victim.kill();
    figures.kills += 1;
    starts.push(victim.start());
  }
  await Promise.all(starts);
  return figures;
}
