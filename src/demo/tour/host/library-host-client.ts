/** The client library ssh2, where no `ssh` is installed. */
import { once } from 'node:events';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { AppError } from '../../../core/errors.ts';
import type { HostAccess, HostAnswer, HostClient } from './host-client.ts';
import { typeLines } from './prompt.ts';

export function libraryHostClient(access: HostAccess, description: string): HostClient {
  const transfer = (way: 'fastGet' | 'fastPut', from: string, to: string): Promise<void> =>
    withClient(access, (client) => {
      return new Promise((resolve, reject) => {
        client.sftp((failure, sftp) => {
          if (failure !== undefined) return reject(failure);
          sftp[way](from, to, (error) => {
            if (error === undefined || error === null) resolve();
            else reject(new AppError('upstream_failed', `${from} was not copied: ${error.message}`));
          });
        });
      });
    });
  return {
    description,
    command: (text) =>
      withClient(access, async (client) => {
        const channel = await opened((done) => client.exec(text, done));
        return answerOf(channel);
      }),
    shell: (lines) =>
      withClient(access, async (client) => {
        const channel = await opened((done) => client.shell({ term: 'xterm' }, done));
        return typeLines({ input: channel, output: channel }, lines);
      }),
    download: (from, to) => transfer('fastGet', from, to),
    upload: (from, to) => transfer('fastPut', from, to),
  };
}

async function withClient<T>(access: HostAccess, use: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, username, password } = access;
  const client = new ssh2.Client();
  const pinned = Buffer.from(access.hostKey.split(' ')[1] ?? '', 'base64');
  const ready = once(client, 'ready');
  client.connect({ host, port, username, password, hostVerifier: (key: Buffer) => key.equals(pinned) });
  await ready;
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.end();
  }
}

function opened(
  open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    open((error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

async function answerOf(channel: ClientChannel): Promise<HostAnswer> {
  const answer = { status: null as number | null, output: '', errors: '' };
  channel.on('data', (chunk: Buffer) => {
    answer.output += chunk.toString('utf8');
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    answer.errors += chunk.toString('utf8');
  });
  channel.once('exit', (status: number | null) => {
    answer.status = status;
  });
  channel.end();
  await once(channel, 'close');
  return answer;
}
