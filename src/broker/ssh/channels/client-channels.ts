/**
 * The table of what serves which request of a client. What is not in it is refused: other kinds of channels and
 * requests by ssh2 itself, which has no listener for them.
 */

import type { Logger } from 'pino';
import type { AcceptConnection, RejectConnection, Session } from 'ssh2';
import { messageOf } from '../../../core/errors.ts';
import type { ShellRole } from '../../../policies/document/schema.ts';
import type { ClientConnection } from '../client-connection.ts';
import { oneLine } from '../commands/command-words.ts';
import { Forwards } from '../forwarding/forwards.ts';
import { Offers } from '../forwarding/offers.ts';
import { RecordedForwards } from '../forwarding/recorded-forwards.ts';
import type { ChannelServer, HostSession } from '../host-session.ts';
import { Pace } from '../pace.ts';
import { rejectOpen } from '../ssh2-internals.ts';
import { execServer } from './exec.ts';
import { serveGuided } from './guided.ts';
import { serveRawShell } from './raw.ts';
import { refusingServer } from './refused.ts';
import { type ChannelRequest, type OpenChannel, serveSessionChannel } from './session-channel.ts';
import { sftpServer } from './sftp.ts';

const CHANNELS_MAX = 64;
/** Channels and listeners that a connection asks for. */
const ASKED = { burst: 500, perSecond: 100 };
/** One that goes on asking beyond that is closed. */
const TOO_FAST_MAX = 1_000;
const TOO_FAST = 'Too much is asked for at once. Wait a moment.';
/** That the next channel shows. */
const NOTICES_MAX = 8;
/** What ssh itself answers when it could not do what it was asked for. */
const CUT_STATUS = 255;

export interface ClientChannelsOptions {
  readonly client: ClientConnection;
  readonly role: () => ShellRole;
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** Something was asked for. */
  readonly onActivity: () => void;
}

/** What a session forwards. */
interface Forwarding {
  readonly ports: Forwards;
  readonly offers: Offers;
}

export class ClientChannels {
  readonly #options: ClientChannelsOptions;
  readonly #open = new Set<OpenChannel>();
  readonly #ready = Promise.withResolvers<HostSession | null>();
  /** Null when the session is over before it could begin. */
  readonly #forwarding: Promise<Forwarding | null>;
  readonly #pace: Pace;
  /** What there was no channel for to say it on. */
  readonly #notices: string[] = [];
  #tooFast = 0;
  #sessions = 0;
  #numbers = 0;
  /** What everybody is told from now on; set when the session is over. */
  #ending: string | null = null;

  constructor(options: ClientChannelsOptions) {
    this.#options = options;
    this.#pace = new Pace(ASKED, options.monotonic);
    this.#forwarding = this.#ready.promise.then((session) =>
      session === null ? null : this.#forwardingOf(session),
    );
    const { connection } = options.client;
    connection.on('session', (accept, reject) => {
      if (this.#isTooFast()) this.#reject(reject, TOO_FAST);
      else this.#onSession(accept, reject);
    });
    connection.on('tcpip', (accept, reject, info) => {
      if (this.#isTooFast()) return this.#reject(reject, TOO_FAST);
      void this.#forwarding.then((forwarding) =>
        forwarding === null
          ? this.#reject(reject, this.#ending ?? '')
          : forwarding.ports.connect(accept, reject, info),
      );
    });
    connection.on('request', (accept, reject, name, info) => {
      if (this.#isTooFast()) return reject?.();
      void this.#forwarding.then((forwarding) =>
        forwarding === null ? reject?.() : forwarding.ports.request({ accept, reject }, name, info),
      );
    });
  }

  #forwardingOf(session: HostSession): Forwarding {
    const { client } = this.#options;
    const forwards = new RecordedForwards(session, { client, nextNumber: () => ++this.#numbers });
    const onRefusal = (line: string): void => {
      if (this.#notices.length < NOTICES_MAX) this.#notices.push(line);
    };
    return {
      ports: new Forwards(session, { client, forwards, onRefusal }),
      offers: new Offers(session, { client, forwards }),
    };
  }

  #isTooFast(): boolean {
    if (this.#pace.take()) return false;
    this.#tooFast += 1;
    if (this.#tooFast > TOO_FAST_MAX) this.#options.client.end(TOO_FAST);
    return true;
  }

  #reject(reject: () => void, reason: string): void {
    const { connection } = this.#options.client;
    rejectOpen(connection, { reject, failure: 'shortage', reason: oneLine(reason) });
  }

  /** Serves what has been asked for since, and what comes. */
  serve(session: HostSession): void {
    this.#ready.resolve(session);
  }

  /** Tells every open channel why, and closes it; what comes later as well. */
  end(line: string): void {
    if (this.#ending !== null) return;
    this.#ending = line;
    this.#ready.resolve(null);
    for (const channel of this.#open) this.#cut(channel);
  }

  /** Resolves when no channel is open. */
  async closed(): Promise<void> {
    const closing = [...this.#open].map(
      (channel) => new Promise<void>((resolve) => channel.onClose(() => resolve())),
    );
    await Promise.all(closing);
  }

  #onSession(accept: AcceptConnection<Session>, reject: RejectConnection): void {
    if (this.#sessions >= CHANNELS_MAX) {
      this.#reject(reject, `More than ${CHANNELS_MAX} channels are open.`);
      return;
    }
    const { client, role, logger, monotonic } = this.#options;
    const session = accept();
    this.#sessions += 1;
    this.#numbers += 1;
    serveSessionChannel({
      number: this.#numbers,
      client,
      session,
      environment: role().environment,
      mayShowWindows: role().forwarding?.x11 === true,
      monotonic,
      onClose: () => {
        this.#sessions -= 1;
      },
      onRequest: (channel, request) => {
        this.#open.add(channel);
        channel.onClose(() => this.#open.delete(channel));
        this.#serve(channel, request).catch((error: unknown) => {
          logger.error({ problem: messageOf(error) }, 'serving a channel failed');
          channel.say('sallyport: Serving this failed.');
          channel.exit({ status: CUT_STATUS, signal: null });
        });
      },
    });
  }

  async #serve(channel: OpenChannel, request: ChannelRequest): Promise<void> {
    this.#options.onActivity();
    if (this.#ending !== null) return this.#cut(channel);
    const session = await this.#ready.promise;
    // The end has told it, or it is not there any more.
    if (session === null || channel.isClosed) return;
    const forwarding = request.kind === 'subsystem' ? null : await this.#forwarding;
    for (const line of this.#notices.splice(0)) channel.say(`sallyport: ${line}`);
    if (forwarding !== null)
      channel.offers = forwarding.offers.grant(channel.wishes, (line) => channel.say(`sallyport: ${line}`));
    await serverOf(request, { role: this.#options.role() })(session, channel);
  }

  #cut(channel: OpenChannel): void {
    channel.say(`sallyport: ${this.#ending}`);
    channel.exit({ status: CUT_STATUS, signal: null });
  }
}

const SHELLS: Readonly<Record<ShellRole['shell'], ChannelServer>> = {
  exec: refusingServer(
    "This role runs one command at a time: write it behind the host, as in ssh HOST 'ls -l'.",
  ),
  guided: serveGuided,
  raw: serveRawShell,
};

function serverOf(request: ChannelRequest, { role }: { readonly role: ShellRole }): ChannelServer {
  switch (request.kind) {
    case 'exec':
      return execServer(request.command);
    case 'shell':
      return SHELLS[role.shell];
    case 'subsystem':
      if (request.name === 'sftp') return sftpServer;
      return refusingServer(`There is no subsystem ${JSON.stringify(request.name).slice(0, 100)} here.`);
  }
}
