/**
 * The table of what serves which request of a client. What is not in it is refused: other kinds of channels and
 * requests by ssh2 itself, which has no listener for them.
 */

import type { Logger } from 'pino';
import type { AcceptConnection, RejectConnection, Session } from 'ssh2';
import { messageOf } from '../../../core/errors.ts';
import type { ShellRole } from '../../../policies/document/schema.ts';
import type { ClientConnection } from '../client-connection.ts';
import { Forwards } from '../forwarding/forwards.ts';
import type { ChannelServer, HostSession } from '../host-session.ts';
import { execServer } from './exec.ts';
import { serveGuided } from './guided.ts';
import { serveRawShell } from './raw.ts';
import { refusingServer } from './refused.ts';
import { type ChannelRequest, type OpenChannel, serveSessionChannel } from './session-channel.ts';
import { sftpServer } from './sftp.ts';

const CHANNELS_MAX = 64;
/** What ssh itself answers when it could not do what it was asked for. */
const CUT_STATUS = 255;

export interface ClientChannelsOptions {
  readonly client: ClientConnection;
  readonly role: () => ShellRole;
  readonly logger: Logger;
  /** Something was asked for. */
  readonly onActivity: () => void;
}

export class ClientChannels {
  readonly #options: ClientChannelsOptions;
  readonly #open = new Set<OpenChannel>();
  readonly #ready = Promise.withResolvers<HostSession | null>();
  /** Null when the session is over before it could begin. */
  readonly #forwards: Promise<Forwards | null>;
  #sessions = 0;
  #numbers = 0;
  /** What everybody is told from now on; set when the session is over. */
  #ending: string | null = null;

  constructor(options: ClientChannelsOptions) {
    this.#options = options;
    const { client } = options;
    const nextNumber = (): number => ++this.#numbers;
    this.#forwards = this.#ready.promise.then((session) =>
      session === null ? null : new Forwards(session, { client, nextNumber }),
    );
    const { connection } = client;
    connection.on('session', (accept, reject) => this.#onSession(accept, reject));
    connection.on('tcpip', (accept, reject, info) => {
      void this.#forwards.then((forwards) =>
        forwards === null ? reject() : forwards.connect(accept, reject, info),
      );
    });
    connection.on('request', (accept, reject, name, info) => {
      void this.#forwards.then((forwards) =>
        forwards === null ? reject?.() : forwards.request({ accept, reject }, name, info),
      );
    });
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
      reject();
      return;
    }
    const { client, role, logger } = this.#options;
    const session = accept();
    this.#sessions += 1;
    this.#numbers += 1;
    serveSessionChannel({
      number: this.#numbers,
      client,
      session,
      environment: role().environment,
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
