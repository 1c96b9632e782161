/** Processes of a target's account, found by the home directory that they were started with. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface TargetProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its words, with a space in between. */
  readonly command: string;
}

/**
 * Those that run, also the ones that left their session; none that has ended and waits for its parent.
 * @param of.uid of the account; nobody else's process is looked into
 */
export function processesAtHome(of: {
  readonly home: string;
  readonly uid: number;
}): readonly TargetProcess[] {
  // Tests ask this every few milliseconds: of the machine's others only the owner is read, and of its own this one file.
  const atHome = processIds().filter(
    (pid) => ownerOf(pid) === of.uid && readProcess(pid, 'environ').split('\0').includes(`HOME=${of.home}`),
  );
  return atHome.flatMap(describeRunning);
}

/** The process and all that it started which did not leave it. */
export function processTree(root: number): readonly number[] {
  const all = processIds().flatMap(describeRunning);
  const tree = [root];
  // An array that grows while it is gone through.
  for (const parent of tree) tree.push(...all.filter((one) => one.parent === parent).map(({ pid }) => pid));
  return tree;
}

function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** @returns null when it has ended */
function ownerOf(pid: number): number | null {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? null;
}

/** @returns none when it has ended */
function describeRunning(pid: number): readonly TargetProcess[] {
  const status = readProcess(pid, 'status');
  const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? Number.NaN);
  if (Number.isNaN(parent) || /^State:\s*Z/m.test(status)) return [];
  return [{ pid, parent, command: readProcess(pid, 'cmdline').replace(/\0$/, '').replaceAll('\0', ' ') }];
}

/** Empty for a process that is gone or somebody else's. */
function readProcess(pid: number, file: 'environ' | 'status' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
