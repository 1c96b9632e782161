/** The connection to a target, from its login to its end. */
import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import type { HostCredential } from '../../../access/authorize-connection.ts';
import type { SshResource } from '../../../policies/document/schema.ts';
import type {
  ChannelOffers,
  Target,
  TargetCommand,
  TargetPipe,
  TargetTerminal,
  X11Offer,
} from '../host-session.ts';
import { declinedOffer } from '../ssh2-internals.ts';
import { announcement } from './announced-group.ts';
import { cleanShellText } from './clean-shell.ts';
import { readFacts } from './facts.ts';
import { type LoggedIn, logIn } from './log-in.ts';
import { RunningChannels, runningChannel } from './running-channels.ts';
import { inputOf, obeysSignals, openChannel } from './target-channels.ts';
import { exitOf, targetCommand } from './target-command.ts';

const MARK_BYTES = 9;
const CLOSE_MS_MAX = 500;

/**
 * Logs in, and asks what a command will find there.
 * @throws AppError `upstream_failed` within seconds; `config_invalid` for a key that cannot be read
 */
export async function connectTarget(options: {
  readonly resource: SshResource;
  readonly credential: HostCredential;
}): Promise<Target> {
  const { resource } = options;
  const { client, socket } = await logIn(options);
  // Each open channel listens.
  client.setMaxListeners(0);
  socket.setMaxListeners(0);
  try {
    const { facts, ...server } = await readFacts(client, options);
    const signalsAreObeyed = obeysSignals(client, server);
    const running = new RunningChannels(client, { ...server, signalsAreObeyed });
    const mark = `sallyport-${randomBytes(MARK_BYTES).toString('hex')}`;
    const open = (on: Parameters<typeof openChannel>[1]): Promise<ClientChannel> => openChannel(resource, on);
    return {
      facts,
      connection: client,
      run: async (canonical, place): Promise<TargetCommand> => {
        const channel = await offering(place.offers, (offered) => {
          const text = cleanShellText(canonical, { facts, place, first: announcement(mark, server) });
          return open((done) => client.exec(text, offered, done));
        });
        return targetCommand({ client, channel, socket, running, mark });
      },
      openTerminal: async ({ term, columns, rows, environment, offers }): Promise<TargetTerminal> => {
        const env = Object.fromEntries(environment ?? []);
        const size = { term, cols: columns, rows, width: 0, height: 0 };
        const channel = await offering(offers, (offered) =>
          open((done) => client.shell(size, { env, ...offered }, done)),
        );
        const entry = runningChannel(channel, 'terminal');
        running.add(entry);
        channel.stderr.resume();
        return {
          input: inputOf(channel, socket),
          output: channel,
          resize: (to) => channel.setWindow(to.rows, to.columns, 0, 0),
          signal: (name) => running.signal(entry, name),
          exited: exitOf({ client, channel, stderr: null }),
        };
      },
      openSftp: async () => pipe(await open((done) => client.subsys('sftp', done)), socket),
      openTcp: async ({ host, port }) =>
        pipe(await open((done) => client.forwardOut('127.0.0.1', 0, host, port, done)), socket),
      close: async () => {
        await running.killAll();
        await end({ client, socket });
      },
    };
  } catch (error) {
    await end({ client, socket });
    throw error;
  }
}

/**
 * Logs in and out again.
 * @throws as `connectTarget`
 */
export async function checkTarget(options: Parameters<typeof connectTarget>[0]): Promise<void> {
  const target = await connectTarget(options);
  await target.close();
}

interface Offered {
  readonly agentForward?: true;
  readonly x11?: X11Offer;
}

/** A target that does not take what is offered runs things without it, as with a client of its own. */
async function offering(
  offers: ChannelOffers | undefined,
  open: (offered: Offered) => Promise<ClientChannel>,
): Promise<ClientChannel> {
  const agent = offers?.agent === true;
  const x11 = offers?.x11 ?? null;
  try {
    return await open({ ...(agent ? { agentForward: true } : {}), ...(x11 === null ? {} : { x11 }) });
  } catch (error) {
    const declined = declinedOffer(error instanceof Error ? error.cause : undefined);
    if (offers === undefined || declined === null) throw error;
    offers.declined(declined);
    return offering(offers, open);
  }
}

function pipe(channel: ClientChannel, socket: LoggedIn['socket']): TargetPipe {
  channel.stderr.resume();
  return {
    input: inputOf(channel, socket),
    output: channel,
    close: () => channel.close(),
  };
}

/** Never throws. */
async function end({ client, socket }: LoggedIn): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    setTimeout(resolve, CLOSE_MS_MAX).unref();
    client.end();
  });
  socket.destroy();
}
