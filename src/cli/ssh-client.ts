/**
 * How ssh and its kin are run with a grant: the broker's host key is pinned, and the secret goes through a helper that
 * reads it once from a file of this user's, so it is neither an argument nor a variable that others can see.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../core/errors.ts';
import type { RevealedAnswer } from '../web/schemas/grants.ts';

export type HostConnection = Extract<RevealedAnswer, { kind: 'ssh' }>;

export interface SshFiles {
  /** Options for ssh, sftp and scp. */
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** What the broker is called in the file with its key, wherever it is reached. */
const ALIAS = 'sallyport';

/** @param runtimeDirectory of this user alone and in memory, where the system has one; else that for temporary files */
export async function writeSshFiles(
  { hostKey, password }: Pick<HostConnection, 'hostKey' | 'password'>,
  runtimeDirectory: string | null,
): Promise<SshFiles> {
  const helper = askpassProgram();
  const directory = await mkdtemp(join(runtimeDirectory ?? tmpdir(), 'sallyport-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const [knownHosts, secret] = [join(directory, 'known_hosts'), join(directory, 'secret')];
    await writeFile(knownHosts, `${ALIAS} ${hostKey}\n`, { mode: 0o600, flag: 'wx' });
    await writeFile(secret, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return {
      options: options(knownHosts),
      environment: {
        SSH_ASKPASS: helper,
        SSH_ASKPASS_REQUIRE: 'force',
        SALLYPORT_ASKPASS_FILE: secret,
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw new AppError('unavailable', `cannot write what ssh needs to ${directory}`, { cause: error });
  }
}

/** What is given here counts before what stands in the user's own configuration. */
function options(knownHosts: string): string[] {
  const settings = {
    UserKnownHostsFile: `"${knownHosts}"`,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: ALIAS,
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    PreferredAuthentications: 'password',
    PubkeyAuthentication: 'no',
    NumberOfPasswordPrompts: '1',
    // A connection that is shared would be under the grant that it was opened with.
    ControlMaster: 'no',
    ControlPath: 'none',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Of a checkout, or of what is built from it, which lies two folders deeper. */
function askpassProgram(): string {
  const places = ['../../bin/ssh-askpass', '../../../../bin/ssh-askpass'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = places.find((path) => existsSync(path));
  if (found === undefined) {
    throw new AppError(
      'unavailable',
      'bin/ssh-askpass is not where this program was installed: install it again.',
    );
  }
  return found;
}
