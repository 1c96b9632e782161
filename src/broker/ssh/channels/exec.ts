/**
 * `ssh host command`: one command for a channel, judged whatever the shell of the role is, and run without a terminal
 * on the target also where the client has one.
 */

import { once } from 'node:events';
import { runCommand } from '../commands/run-command.ts';
import { typedLines, withCarriageReturns } from '../commands/terminal-lines.ts';
import {
  type ChannelServer,
  type ClientChannel,
  type CommandRequest,
  type HostSession,
  REFUSED_STATUS,
  type RunningCommand,
  type SignalName,
} from '../host-session.ts';
import { isSignalName } from '../signals.ts';

/** @param text what the client asks to run */
export function execServer(text: string): ChannelServer {
  return (session, channel) => serveCommand(session, channel, text);
}

async function serveCommand(session: HostSession, channel: ClientChannel, text: string): Promise<void> {
  const { number, environment, terminal, offers } = channel;
  // A channel that is cut off when its session ends takes no more.
  for (const side of [channel.stdout, channel.stderr]) side.on('error', () => undefined);
  const record = session.record.openChannel({ number, kind: 'exec', terminal, detail: null });
  const { finish, ...sides } =
    terminal === null ? plainSides(channel) : terminalSides(channel, (name) => running.signal(name));
  const running: RunningCommand = runCommand(session, {
    text,
    place: { directory: session.target.facts.directory, environment, offers },
    record,
    ...sides,
    say: (line) => {
      record.mark(line);
      if (sides.stderr.writable) sides.stderr.write(`sallyport: ${line}\n`);
    },
  });
  channel.onSignal((name) => {
    if (isSignalName(name)) running.signal(name);
  });
  channel.onClose(() => running.abandon());
  const end = await running.done;
  const exit = end.kind === 'exited' ? end.exit : { status: REFUSED_STATUS, signal: null };
  record.close(exit);
  await finish();
  // A session that has ended tells its channels why, and closes them.
  if (session.live.ended === null) channel.exit(exit);
}

interface Sides extends Pick<CommandRequest, 'stdin' | 'stdinIsUnseen' | 'stdout' | 'stderr'> {
  /** Resolves when everything was handed to the channel. */
  readonly finish: () => Promise<void>;
}

function plainSides({ input, stdout, stderr }: ClientChannel): Sides {
  return { stdin: input, stdout, stderr, finish: () => Promise.resolve() };
}

/** A terminal has one output, and the broker echoes nothing. */
function terminalSides(channel: ClientChannel, onKey: (name: SignalName) => void): Sides {
  const lines = withCarriageReturns(channel.stdout);
  channel.onClose(() => {
    lines.unpipe();
    lines.resume();
  });
  return {
    stdin: channel.input.pipe(typedLines(onKey)),
    stdinIsUnseen: true,
    stdout: lines,
    stderr: lines,
    finish: async () => {
      const handed = once(lines, 'end');
      lines.end();
      await handed;
    },
  };
}
