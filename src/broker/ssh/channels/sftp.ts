/** The subsystem `sftp`, which scp uses too: the bytes of both sides through the relay, each as fast as the other reads. */
import type { Writable } from 'node:stream';
import { messageOf } from '../../../core/errors.ts';
import { mayUseFiles } from '../../../policies/rules/decide-file.ts';
import { oneLine } from '../commands/command-words.ts';
import {
  type ChannelServer,
  type ClientChannel,
  type Exit,
  type HostSession,
  REFUSED_STATUS,
  type TargetPipe,
} from '../host-session.ts';
import { pump } from '../pump.ts';
import { SftpRelay } from '../sftp/relay.ts';

/** Of what is said beside the protocol: clients that do not read it must not get stuck over it. */
const SAID_CHARACTERS_MAX = 16_384;
const NOTHING = Buffer.alloc(0);
const FAILED: Exit = { status: 1, signal: null };

export const sftpServer: ChannelServer = async (session, channel) => {
  const { number } = channel;
  const record = session.record.openChannel({ number, kind: 'sftp', terminal: null, detail: null });
  const finish = (exit: Exit): void => {
    record.close(exit);
    channel.exit(exit);
  };
  const say = sayer(channel, (line) => record.mark(line));
  const { role, masks } = session.policy.applies;
  if (!mayUseFiles(role, { isMasked: masks.length > 0 })) {
    say(`The role ${session.policy.roleName} does not use SFTP.`);
    return finish({ status: REFUSED_STATUS, signal: null });
  }
  let pipe: TargetPipe;
  try {
    pipe = await session.target.openSftp();
  } catch (error) {
    say(`${oneLine(messageOf(error))}.`);
    return finish(FAILED);
  }
  finish(await relayFiles(session, channel, { pipe, record, say }));
};

/** One line each, the same one only once in a row. */
function sayer({ stderr }: ClientChannel, mark: (line: string) => void): (line: string) => void {
  let said = 0;
  let last = '';
  return (text) => {
    const line = oneLine(text);
    if (line === last || said + line.length > SAID_CHARACTERS_MAX) return;
    last = line;
    said += line.length;
    mark(line);
    stderr.write(`sallyport: ${line}\n`);
  };
}

/** @returns how it ended, for the client */
async function relayFiles(
  session: HostSession,
  channel: ClientChannel,
  of: {
    readonly pipe: TargetPipe;
    readonly record: ReturnType<HostSession['record']['openChannel']>;
    readonly say: (line: string) => void;
  },
): Promise<Exit> {
  const { pipe, record, say } = of;
  const { promise: failed, resolve: fail } = Promise.withResolvers<Exit>();
  const onFault = (error: unknown): Exit => {
    session.logger.warn({ sessionId: session.live.id, problem: messageOf(error) }, 'an SFTP channel was cut');
    say(`The connection is cut: ${messageOf(error)}.`);
    return FAILED;
  };
  const relay = new SftpRelay({
    session,
    record,
    say,
    toClient: (parts) => writeAll(channel.stdout, parts),
    toTarget: (parts) => writeAll(pipe.input, parts),
    onFailure: (error) => {
      session.logger.warn(
        { sessionId: session.live.id, problem: messageOf(error) },
        'an SFTP channel was cut',
      );
      say(`The connection is cut: ${messageOf(error)}.`);
      fail(FAILED);
    },
  });
  const through =
    (take: (chunk: Buffer) => void | Promise<void>) =>
    (chunk: Buffer): Buffer | Promise<Buffer> => {
      session.noteActivity();
      const later = take(chunk);
      const isFull = channel.stdout.writableNeedDrain || pipe.input.writableNeedDrain;
      if (later === undefined && !isFull) return NOTHING;
      return settled(later);
    };
  const settled = async (later: void | Promise<void>): Promise<Buffer> => {
    await later;
    await Promise.all([drained(channel.stdout), drained(pipe.input)]);
    return NOTHING;
  };
  const upward = pump(session.live, {
    from: channel.input,
    to: pipe.input,
    through: through((chunk) => relay.fromClient(chunk)),
  });
  const downward = pump(session.live, {
    from: pipe.output,
    to: channel.stdout,
    through: through((chunk) => relay.fromTarget(chunk)),
  });
  const gone = Promise.withResolvers<Exit>();
  channel.onClose(() => gone.resolve(FAILED));
  const forget = session.live.onEnd(() => {
    relay.end();
    gone.resolve(FAILED);
  });
  // The target ends when its input has ended and all is answered.
  const sent = upward.done.then(() => {
    pipe.input.end();
    return failed;
  }, onFault);
  const answered = downward.done.then((): Exit => ({ status: 0, signal: null }), onFault);
  const exit = await Promise.race([sent, answered, failed, gone.promise]);
  forget();
  relay.end();
  upward.drop();
  downward.drop();
  pipe.close();
  return exit;
}

function writeAll(to: Writable, parts: readonly Buffer[]): void {
  if (to.destroyed || to.writableEnded) return;
  for (const part of parts) to.write(part);
}

function drained(to: Writable): Promise<void> {
  if (!to.writableNeedDrain || to.destroyed || to.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      for (const event of ['drain', 'close']) to.removeListener(event, go);
      resolve();
    };
    for (const event of ['drain', 'close']) to.on(event, go);
  });
}
