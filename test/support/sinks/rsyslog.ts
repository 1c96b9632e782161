/** A real rsyslog that takes syslog over TLS, and writes what it took to a file, one message a line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestRsyslog {
  /** As RFC 5424 messages, without what framed them. */
  received(): Promise<string[]>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const POLL_MS = 25;

/**
 * @param options.directory holds `NAME-server.pem` and the rest of `writeCertificates`; what was received there before
 *   is kept
 * @param options.clients whose certificate a client has to show; anybody's when left out
 */
export async function startRsyslog(options: {
  readonly directory: string;
  readonly certificates: string;
  readonly port: number;
  readonly clients?: 'certified';
}): Promise<TestRsyslog> {
  const { directory, certificates: name, port, clients } = options;
  const file = join(directory, 'received.log');
  const at = (suffix: string): string => join(directory, `${name}-${suffix}`);
  const configuration = `
global(workDirectory="${directory}" maxMessageSize="1m"
  defaultNetstreamDriverCAFile="${at('ca.pem')}"
  defaultNetstreamDriverCertFile="${at('server.pem')}"
  defaultNetstreamDriverKeyFile="${at('server.key')}")
main_queue(queue.type="Direct")
module(load="imtcp" maxSessions="50" streamDriver.Name="gtls" streamDriver.Mode="1"
  streamDriver.AuthMode="${clients === 'certified' ? 'x509/certvalid' : 'anon'}")
template(name="whole" type="string" string="%rawmsg%\\n")
ruleset(name="keep" queue.type="Direct") {
  action(type="omfile" file="${file}" template="whole" queue.type="Direct")
}
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="keep")
`;
  const configurationFile = join(directory, 'rsyslog.conf');
  await writeFile(configurationFile, configuration);
  const server = spawn('rsyslogd', ['-n', '-f', configurationFile, '-i', join(directory, 'rsyslog.pid')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  server.once('error', (error) => (said += error.message));
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  for (let waitedMs = 0; !(await listens(port)); waitedMs += POLL_MS) {
    if (waitedMs > READY_TIMEOUT_MS || server.exitCode !== null || server.pid === undefined) {
      await stop('SIGKILL');
      throw new Error(`rsyslogd was not ready in time: ${said}`);
    }
    await sleep(POLL_MS);
  }
  return {
    received: async () => {
      if (!existsSync(file)) return [];
      const text = await readFile(file, 'utf8');
      return text.split('\n').filter((line) => line !== '');
    },
    stop,
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
