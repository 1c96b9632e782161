/** What any user of the machine can read about the processes that run on it (Linux, proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** The arguments of every process, this one's relatives or not. */
export function everyCommandLine(): Buffer {
  return Buffer.concat(processIds().map((pid) => readProcessFile(pid, 'cmdline')));
}

/** The environments of everything below a process, in itself and in its children's children. */
export function environmentsBelow(root: number): { pid: number; environment: Buffer }[] {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && parent > 1 && (parent === root || isBelow(parent));
  };
  return [...parents.keys()]
    .filter(isBelow)
    .map((pid) => ({ pid, environment: readProcessFile(pid, 'environ') }));
}

/** The value of a variable in an environment as the kernel shows it, or null. */
export function variableOf(environment: Buffer, name: string): string | null {
  const entry = environment
    .toString('utf8')
    .split('\0')
    .find((text) => text.startsWith(`${name}=`));
  return entry?.slice(name.length + 1) ?? null;
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readProcessFile(pid, 'status').toString('latin1'))?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function readProcessFile(pid: number, name: 'cmdline' | 'environ' | 'status'): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${name}`);
  } catch {
    return Buffer.alloc(0);
  }
}
