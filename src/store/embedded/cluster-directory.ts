/**
 * What lies in the directory of an embedded cluster:
 *
 *   data/            the cluster itself, made by initdb and renamed into place when complete
 *   password         the superuser's random password, mode 0600, written before the data exists
 *   postgres.log     the server's log, kept below a limit
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';

export interface ClusterDirectory {
  readonly root: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

/** What a running server writes about itself: PostgreSQL's `postmaster.pid`, lines 1, 4 and 8. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

const PASSWORD_BYTES = 32;
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const LOG_BYTES_KEPT = 512 * 1024;
const LOG_BYTES_IN_ERROR = 1_500;

/** Makes the directory when it is missing, readable by its owner only. */
export function openClusterDirectory(path: string): ClusterDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const root = realpathSync(path);
  return {
    root,
    data: join(root, 'data'),
    passwordFile: join(root, 'password'),
    logFile: join(root, 'postgres.log'),
  };
}

/**
 * The superuser's password: read, or made when there is no cluster yet.
 * @throws AppError `config_invalid` when there is data but no password that opens it
 */
export function openPassword(directory: ClusterDirectory): Secret<string> {
  if (!existsSync(directory.passwordFile)) {
    if (existsSync(directory.data)) {
      throw new AppError(
        'config_invalid',
        `${directory.data} holds a database, but its password is missing: put ${directory.passwordFile} back ` +
          'from a backup, or move the directory away to start afresh.',
      );
    }
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    writeFileSync(directory.passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  }
  return new Secret(readFileSync(directory.passwordFile, 'utf8').trim());
}

/** The server that last used the data, or null. It may be long gone: the file survives a crash. */
export function readPostmaster(directory: ClusterDirectory): Postmaster | null {
  let lines: string[];
  try {
    lines = readFileSync(join(directory.data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/** The end of the server's log, for an error message. */
export function readLogTail(directory: ClusterDirectory): string {
  return readTail(directory.logFile, LOG_BYTES_IN_ERROR).toString('utf8').trim();
}

/** Cuts a log that has grown past its limit, keeping the tail beside it as `postgres.log.1`. */
export function boundLog(directory: ClusterDirectory): void {
  const size = statSync(directory.logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return;
  writeFileSync(`${directory.logFile}.1`, readTail(directory.logFile, LOG_BYTES_KEPT), { mode: 0o600 });
  // The server holds the file open for appending, so it goes on writing at the new end.
  truncateSync(directory.logFile);
}

function readTail(path: string, bytesMax: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const start = Math.max(0, statSync(path).size - bytesMax);
    const tail = Buffer.alloc(bytesMax);
    return tail.subarray(0, readSync(file, tail, 0, bytesMax, start));
  } finally {
    closeSync(file);
  }
}
