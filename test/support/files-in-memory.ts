/**
 * Where the tests of a run keep their files: in memory, where there is room for them. They make a hundred thousand
 * small files and remove them again (a database is three hundred), and to find a place for the next one costs a disk's
 * file system more processor time than to write it.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** A run has had 0.5 GB at most. */
const ROOM_BYTES_MIN = 3 * 1024 ** 3;
/** Short: OpenSSH's sockets below it have names of 57 bytes, and a path has 107 at most. */
const NAME = 'sp-';

/** The directory of this run, or the usual one where memory is short. It is removed with the process. */
export function chooseTemporaryDirectory(): string {
  if (!hasRoom()) return tmpdir();
  for (const name of readdirSync(MEMORY)) if (isLeft(name)) remove(name);
  const own = `${NAME}${process.pid}`;
  const directory = join(MEMORY, own);
  mkdirSync(directory, { recursive: true });
  // Servers that run as somebody else have files there.
  chmodSync(directory, 0o1777);
  process.once('exit', () => remove(own));
  return directory;
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[1] === MEMORY);
  // Tests write programs and run them.
  if (mount === undefined || /\bnoexec\b/.test(mount)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_BYTES_MIN;
}

/** Of a run that was killed. */
function isLeft(name: string): boolean {
  const pid = new RegExp(`^${NAME}(\\d+)$`).exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

function remove(name: string): void {
  rmSync(join(MEMORY, name), { recursive: true, force: true });
}
