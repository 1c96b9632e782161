/** One forwarded connection: bytes both ways, each as fast as the other side reads, counted on their way. */
import type { Readable, Writable } from 'node:stream';
import type { Channel } from 'ssh2';
import type { Judged } from '../../gate.ts';
import { channelWriter } from '../channel-writer.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { HostInspection, HostSession } from '../host-session.ts';
import { pump } from '../pump.ts';

/** One side of it. */
export interface Side {
  readonly input: Writable;
  readonly output: Readable;
  close(): void;
}

export interface ForwardedBytes {
  fromClient: number;
  fromTarget: number;
}

/** A channel of the client as a side. */
export function clientSide(channel: Channel, { socket }: Pick<ClientConnection, 'socket'>): Side {
  channel.on('error', () => undefined);
  return {
    input: channelWriter({
      into: channel,
      socket,
      onGone: (listener) => void channel.once('close', listener),
      // `end()` would close a channel of the server's side both ways: the answer may be still to come.
      end: () => channel.eof(),
    }),
    output: channel,
    close: () => {
      channel.end();
      channel.destroy();
    },
  };
}

/** Resolves when both sides have ended, one is gone, or the session is over. */
export async function carry(
  session: HostSession,
  of: {
    readonly client: Side;
    readonly target: Side;
    readonly judged: Judged<HostInspection>;
    /** Counted as they pass. */
    readonly bytes: ForwardedBytes;
  },
): Promise<void> {
  const { client, target, judged, bytes } = of;
  const up = pump(session.live, {
    from: client.output,
    to: target.input,
    through: (chunk) => {
      session.noteActivity();
      bytes.fromClient += chunk.length;
      return chunk;
    },
  });
  const down = pump(session.live, {
    from: target.output,
    to: client.input,
    through: (chunk) => {
      session.noteActivity();
      const passed = (may: boolean): Buffer | null => {
        if (may) bytes.fromTarget += chunk.length;
        return may ? chunk : null;
      };
      const may = session.countBytes(judged, chunk.length);
      return may instanceof Promise ? may.then(passed) : passed(may);
    },
  });
  const over = Promise.withResolvers<void>();
  const forget = session.live.onEnd(() => over.resolve());
  client.output.once('close', () => over.resolve());
  target.output.once('close', () => over.resolve());
  await Promise.race([
    over.promise,
    Promise.all([up.done.then(() => target.input.end()), down.done.then(() => client.input.end())]).catch(
      () => undefined,
    ),
  ]);
  forget();
  up.drop();
  down.drop();
  target.close();
  client.close();
}
