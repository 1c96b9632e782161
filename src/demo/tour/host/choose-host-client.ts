import { spawnSync } from 'node:child_process';
import type { HostAccess, HostClient } from './host-client.ts';
import { libraryHostClient } from './library-host-client.ts';
import { openSshClient } from './openssh-client.ts';

/** The programs of OpenSSH where they are, else the client library. */
export function chooseHostClient(access: HostAccess): HostClient {
  const { status, stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' });
  if (status === 0) return openSshClient(access, stderr.split(',')[0]?.trim() ?? 'OpenSSH');
  return libraryHostClient(access, 'the client library ssh2, since ssh is not installed here');
}
