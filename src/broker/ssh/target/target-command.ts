/** One command on the target: its streams, its signals and its one end. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Exit, TargetCommand } from '../host-session.ts';
import { withoutAnnouncement } from './announced-group.ts';
import { type RunningChannels, runningChannel } from './running-channels.ts';
import { inputOf } from './target-channels.ts';

/** How long outputs may be read to their end when the connection is gone. */
const ENDING_MS_MAX = 1_000;

export function targetCommand(options: {
  readonly client: Client;
  readonly channel: ClientChannel;
  readonly socket: Socket;
  readonly running: RunningChannels;
  readonly mark: string;
}): TargetCommand {
  const { client, channel, socket, running, mark } = options;
  const entry = runningChannel(channel, 'command');
  running.add(entry);
  const stderr = channel.stderr.pipe(withoutAnnouncement(mark, (group) => running.setGroup(entry, group)));
  return {
    stdin: inputOf(channel, socket),
    stdout: channel,
    stderr,
    signal: (name) => running.signal(entry, name),
    exited: exitOf({
      client,
      channel,
      stderr,
      onExit: () => {
        entry.exited = true;
      },
    }),
  };
}

/**
 * Resolves when the status and the ends of both outputs are in.
 * @param options.stderr what is read of it; null where a terminal takes its place
 */
export function exitOf(options: {
  readonly client: Client;
  readonly channel: ClientChannel;
  readonly stderr: Readable | null;
  readonly onExit?: () => void;
}): Promise<Exit> {
  const { client, channel, stderr } = options;
  let exit: Exit = { status: null, signal: null };
  const onExit = (status: number | null, signal?: string): void => {
    exit = { status, signal: signal === undefined ? null : signal.replace(/^SIG/, '') };
    options.onExit?.();
  };
  channel.once('exit', onExit);
  // What came in one packet with the answer to `exec` was told before anybody listened; the close tells it once more.
  channel.once('close', (status?: number | null, signal?: string) => {
    if (status !== undefined) onExit(status, signal);
  });
  return new Promise((resolve) => {
    const finish = (): void => {
      if (stderr === null || stderr.readableEnded || stderr.destroyed) resolve(exit);
      else for (const event of ['end', 'close']) stderr.once(event, () => resolve(exit));
    };
    // ssh2 tells of a channel's close when its output was read to the end.
    channel.once('close', finish);
    // Who does not read is not waited for for ever.
    client.once('close', () => setTimeout(() => resolve(exit), ENDING_MS_MAX).unref());
  });
}
