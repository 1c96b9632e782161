import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replicas } from './replicas.ts';

interface Killing {
  /** Of them, those of a process that was still starting. */
  readonly kills: number;
  readonly whileStarting: number;
  /** Seconds in which nobody served when the next was due. */
  readonly nobodyServed: number;
  /** Seconds in which the last one that served was left alone, and there was no other to kill. */
  readonly spared: number;
}

/**
 * Every so often `kill -9`, of one at random, whether it serves or is still starting; each is started again at once.
 * The last one that serves is left alone, so that there is somebody to do something: another one dies instead.
 */
export async function killAtRandom(
  { members }: Replicas,
  options: { readonly everyMs: number; readonly forMs: number },
): Promise<Killing> {
  const starts: Promise<unknown>[] = [];
  const figures = { kills: 0, whileStarting: 0, nobodyServed: 0, spared: 0 };
  const fromMs = performance.now();
  for (let dueMs = options.everyMs; dueMs <= options.forMs; dueMs += options.everyMs) {
    await sleep(Math.max(0, fromMs + dueMs - performance.now()));
    const serving = members.filter((member) => member.ready);
    if (serving.length === 0) figures.nobodyServed += 1;
    const mortal = members.filter((member) => member.process.running && !(serving.length === 1 && member.ready));
    const victim = mortal[randomInt(Math.max(1, mortal.length))];
    if (victim === undefined) {
      figures.spared += 1;
      continue;
    }
    figures.kills += 1;
    if (!victim.ready) figures.whileStarting += 1;
    await victim.kill();
    // Which ends with it when it is killed again before it serves.
    starts.push(victim.start().catch(() => undefined));
  }
  await Promise.all(starts);
  for (const member of members) if (!member.process.running) await member.start();
  return figures;
}
