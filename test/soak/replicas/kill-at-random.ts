import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member, Replicas } from './replicas.ts';

interface Killing {
  readonly kills: number;
  /** Of them, those of a process that was still starting. */
  readonly whileStarting: number;
  /** Times that nobody served in one of the roles when the next was due. */
  readonly aRoleWasDown: number;
  /** Times that there was nobody to kill but the last of a role. */
  readonly spared: number;
}

/**
 * Every so often `kill -9`, of one at random, whether it serves or is still starting; each is started again at once.
 * The last one that serves in its role is left alone, so that there is somebody to do something: another one dies.
 */
export async function killAtRandom(
  { members }: Replicas,
  options: { readonly everyMs: number; readonly forMs: number },
): Promise<Killing> {
  const servingAs = (roles: string): readonly Member[] =>
    members.filter((member) => member.roles === roles && member.ready);
  const starts: Promise<unknown>[] = [];
  const figures = { kills: 0, whileStarting: 0, aRoleWasDown: 0, spared: 0 };
  const fromMs = performance.now();
  for (let dueMs = options.everyMs; dueMs <= options.forMs; dueMs += options.everyMs) {
    await sleep(Math.max(0, fromMs + dueMs - performance.now()));
    if (members.some(({ roles }) => servingAs(roles).length === 0)) figures.aRoleWasDown += 1;
    const mortal = members.filter(
      (member) => member.process.running && !(member.ready && servingAs(member.roles).length === 1),
    );
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
