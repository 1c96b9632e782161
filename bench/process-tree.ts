/** What processes have cost so far, by Linux's own account (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PARENT = 1;
const USER_TIME = 11;
const SYSTEM_TIME = 12;
/** Of children that have ended and were waited for. */
const CHILDREN_USER_TIME = 13;
const CHILDREN_SYSTEM_TIME = 14;
const TIMES = [USER_TIME, SYSTEM_TIME, CHILDREN_USER_TIME, CHILDREN_SYSTEM_TIME];

/** CPU time in milliseconds that a process and everything below it have used, children that have ended included. */
export function cpuMsOf(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const children = new Map<number, typeof processes>();
  for (const one of processes) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + child.ticks + sum(child.pid), 0);
  const own = processes.find(({ pid }) => pid === root)?.ticks ?? 0;
  return ((own + sum(root)) / TICKS_PER_SECOND) * 1_000;
}

function statOf(pid: number): { pid: number; parent: number; ticks: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      parent: Number(fields[PARENT]),
      ticks: TIMES.reduce((sum, field) => sum + Number(fields[field]), 0),
    };
  } catch {
    return null; // It has ended meanwhile.
  }
}
