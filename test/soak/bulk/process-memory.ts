/** How much memory a process has held at most, as the kernel counts it (Linux, proc(5)). */
import { readFileSync } from 'node:fs';

/** The peak of the resident set since the process began, in bytes. */
export function peakMemoryBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  if (kibibytes === undefined)
    throw new Error(`The kernel does not say how much memory process ${pid} has held.`);
  return Number(kibibytes) * 1_024;
}
