/** The channels that the broker opens on a target. */
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { AppError, messageOf } from '../../../core/errors.ts';
import { channelWriter } from '../channel-writer.ts';

/** @throws AppError `upstream_failed` when the target opens no channel, or refuses what was asked for on it */
export function openChannel(
  resource: { readonly name: string },
  open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(
        new AppError(
          'upstream_failed',
          `The target ${resource.name} opened no channel: ${messageOf(error)}. OpenSSH opens ten for one connection, unless MaxSessions says otherwise`,
          { cause: error },
        ),
      );
    try {
      open((error, channel) => {
        if (error !== undefined) return fail(error);
        // Errors of a channel are told by its close.
        channel.on('error', () => undefined);
        channel.stderr.on('error', () => undefined);
        resolve(channel);
      });
    } catch (error) {
      fail(error);
    }
  });
}

/** Writes into a channel of the target; its end is the end of file. */
export function inputOf(channel: ClientChannel, socket: Socket): Writable {
  return channelWriter({
    into: channel,
    socket,
    onGone: (listener) => void channel.once('close', listener),
    end: () => channel.eof(),
  });
}

/** Whether this server signals the process group of a channel that it is asked to. */
export function obeysSignals(
  client: Client,
  of: { readonly isRoot: boolean; readonly isForced: boolean },
): boolean {
  // `_remoteVer` of lib/client.js: the software version of its identification.
  const software = String((client as unknown as { readonly _remoteVer?: string })._remoteVer);
  const [, major, minor] = /^OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(software) ?? [];
  if (major === undefined || minor === undefined) return false;
  // Before 7.9 not at all; for root not, where sshd keeps no process of less right for the connection; and nothing that
  // runs by a forced command.
  return !of.isRoot && !of.isForced && (Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 9));
}
