/** A client of OpenSSH that runs one command after the other in one connection, each of which leaves a file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_ALIAS, type SshClient } from '../../support/ssh/clients.ts';
import type { Writer } from '../crash-while-recording/writers.ts';
import { EXECUTED } from './deployment.ts';

/** Commands under way at a time. */
const LOOPS = 2;
const POLL_MS = 10;

/** The mark that a recorded command leaves on the host, or null. */
export function fileMarkOf({ text }: { readonly text: string }): string | null {
  return new RegExp(`^touch '?${EXECUTED}/([^\\s']+)'?$`).exec(text)?.[1] ?? null;
}

/** @param options.name what its marks begin with, without a slash */
export function startHostWriter({ client, name }: { client: SshClient; name: string }): Writer {
  const socket = join(client.directory, 'shared');
  const shared = ['-S', socket];
  const master = spawn('ssh', ['-F', client.configFile, '-M', ...shared, '-N', SERVER_ALIAS], {
    env: client.environment,
    stdio: 'ignore',
  });
  let connected = true;
  const gone = once(master, 'close').then(() => {
    connected = false;
  });
  const seen: string[] = [];
  const { promise: started, resolve: start, reject } = Promise.withResolvers<void>();
  let serial = 0;
  const write = async (): Promise<void> => {
    while (connected && !existsSync(socket)) await sleep(POLL_MS);
    while (connected) {
      serial += 1;
      const mark = `${name}-${serial}`;
      const { status } = await client.ssh(`touch ${EXECUTED}/${mark}`, {
        // Without the shared connection there is none: nothing here is to connect anew.
        arguments: [...shared, '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false'],
      });
      if (status !== 0) continue;
      seen.push(mark);
      start();
    }
  };
  const ended = Promise.all([gone, ...Array.from({ length: LOOPS }, write)]).then(() => seen);
  ended.then(() => reject(new Error('ssh ended before anything was answered.')), reject);
  return { started, ended };
}
