/**
 * PostgreSQL refuses to run as root. This finds a way to start it all the same: in a user namespace
 * that shows root as an ordinary user (no account, no change of owner, works below a private home
 * directory), else as an unprivileged account that exists.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';

export type Privileges =
  | { readonly kind: 'own' }
  | { readonly kind: 'namespace' }
  | ({ readonly kind: 'account' } & Account);

interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Launch {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

const NAMESPACE = ['--user', '--map-user=1000', '--map-group=1000', '--'] as const;
const PASSWD_FILE = '/etc/passwd';
const ACCOUNTS = ['postgres', 'nobody'] as const;
/** Execute permission on a directory, for group and others. */
const PASS_THROUGH = 0o011;
const PROBE_TIMEOUT_MS = 10_000;

/**
 * @param options.directory where the cluster lives; exists already
 * @param options.program the server's binary, which the account must be able to read and run
 * @throws AppError `unavailable` when root has no way to become somebody else, saying what to do
 */
export function choosePrivileges(options: { directory: string; program: string }): Privileges {
  if (process.getuid?.() !== 0) return { kind: 'own' };
  if (runs('unshare', [...NAMESPACE, options.program, '--version'])) return { kind: 'namespace' };
  for (const name of ACCOUNTS) {
    const account = findAccount(name);
    if (account === null) continue;
    if (reaches(account, options)) return { kind: 'account', ...account };
  }
  throw new AppError(
    'unavailable',
    'PostgreSQL does not run as root, and no way around that was found: user namespaces are closed here, and ' +
      `neither ${ACCOUNTS.join(' nor ')} can reach ${options.directory} and ${options.program}. Do one of these: ` +
      'run Sallyport as an ordinary user; move it to a directory that every user can enter; allow user ' +
      'namespaces (sysctl kernel.unprivileged_userns_clone=1); or set DATABASE_URL to a server of your own.',
  );
}

/** The command that runs a program with these privileges. */
export function launchAs(privileges: Privileges, program: string, args: readonly string[]): Launch {
  switch (privileges.kind) {
    case 'own':
      return { program, arguments: args };
    case 'namespace':
      return { program: 'unshare', arguments: [...NAMESPACE, program, ...args] };
    case 'account':
      return { program, arguments: args, uid: privileges.uid, gid: privileges.gid };
  }
}

/** Gives a directory and all in it to the account that will run the server; nothing to do otherwise. */
export function giveTo(privileges: Privileges, path: string): void {
  if (privileges.kind !== 'account') return;
  chownSync(path, privileges.uid, privileges.gid);
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    chownSync(join(entry.parentPath, entry.name), privileges.uid, privileges.gid);
  }
}

/**
 * The directory itself will be given to the account; what lies above it must let the account through.
 * The one above is usually ours and private: it is opened for passing, not for reading.
 */
function reaches(account: Account, options: { directory: string; program: string }): boolean {
  const above = dirname(options.directory);
  const { mode, uid } = statSync(above);
  if (uid === 0) chmodSync(above, mode | PASS_THROUGH);
  const probe = 'test -x "$1" && "$2" --version';
  return runs('/bin/sh', ['-c', probe, 'probe', above, options.program], account);
}

function runs(program: string, args: readonly string[], as: Partial<Account> = {}): boolean {
  return spawnSync(program, args, { ...as, stdio: 'ignore', timeout: PROBE_TIMEOUT_MS }).status === 0;
}

function findAccount(name: string): Account | null {
  if (!existsSync(PASSWD_FILE)) return null;
  const line = readFileSync(PASSWD_FILE, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':');
  if (!uid || !gid || uid === '0') return null;
  return { uid: Number(uid), gid: Number(gid) };
}
