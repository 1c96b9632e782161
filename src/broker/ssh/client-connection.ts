/**
 * A client's connection, from the accepted socket on. ssh2 speaks the protocol; here is what it leaves to others: its
 * errors stay with their connection, a client that says nothing is not waited for, one that is dead is noticed, and
 * one that sends more than its window allows is closed.
 */
import type { Socket } from 'node:net';
import ssh2, { type Channel, type ClientInfo, type Connection } from 'ssh2';
import { algorithmsFor } from './algorithms.ts';
import { readClientOffer } from './client-offer.ts';
import type { BrokerHostKey } from './host-key.ts';
import { sendDisconnect, windowOverrun, withoutIdent } from './ssh2-internals.ts';

const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVES_UNANSWERED_MAX = 3;
const LINGER_MS = 2_000;
/** What ssh2 itself lets through behind a full window: one packet. */
const OVERRUN_BYTES_MAX = 65_536;
const IDENT = 'Sallyport';
/** ssh2 takes packets as long as every implementation must (RFC 4253, section 6.1), and a command is one packet. */
const BROKEN_WORDS =
  'What was sent is no SSH, or longer than 35000 bytes. A command has to be shorter: put what is long into a file.';
const APPLICATION_CHARACTERS_MAX = 100;

export interface ClientConnection {
  readonly connection: Connection;
  readonly socket: Socket;
  /** What the client calls itself: letters, digits and a few marks. */
  readonly application: string;
  /** Resolves when the client is gone. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** Of a channel that the client may send into: it must obey its window. */
  watchWindow(channel: Channel): void;
  /** Says why, and closes; a client that does not read is not waited for. */
  end(reason: string | null): void;
}

/**
 * @returns null when the client left, or sent what is not SSH, before it said who it is
 */
export async function openClient(
  socket: Socket,
  options: { readonly hostKey: BrokerHostKey; readonly onFault: (error: Error) => void },
): Promise<ClientConnection | null> {
  // Each open channel listens.
  socket.setMaxListeners(0);
  // ssh2 listens for errors only once it has the socket.
  socket.on('error', () => undefined);
  const offer = await readClientOffer(socket, IDENT);
  if (offer === null || socket.destroyed) return null;
  const left = new Promise<null>((resolve) => void socket.once('close', () => resolve(null)));
  const opened = new Promise<ClientConnection>((resolve) => {
    // One server for each connection, so that what it says belongs to this socket.
    const server = new ssh2.Server(
      {
        hostKeys: [options.hostKey.privateKey.reveal()],
        algorithms: algorithmsFor(offer, ['ssh-ed25519']),
        ident: IDENT,
        keepaliveInterval: KEEP_ALIVE_MS,
        keepaliveCountMax: KEEP_ALIVES_UNANSWERED_MAX,
      },
      (connection, info) => resolve(clientConnection({ connection, socket, info, onFault: options.onFault })),
    );
    server.on('error', options.onFault);
    withoutIdent(socket, IDENT);
    server.injectSocket(socket);
  });
  return Promise.race([opened, left]);
}

function clientConnection(options: {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly info: ClientInfo;
  readonly onFault: (error: Error) => void;
}): ClientConnection {
  const { connection, socket, info, onFault } = options;
  const channels = new Set<Channel>();
  connection.setMaxListeners(0);
  connection.on('error', (error) => {
    onFault(error);
    sendDisconnect(connection, BROKEN_WORDS);
    // ssh2 closes its side only, and never for a client that is dead.
    destroyLater(socket);
  });
  socket.on('data', () => {
    for (const channel of channels) {
      if (windowOverrun(channel) <= OVERRUN_BYTES_MAX) continue;
      onFault(new Error('the client sent more than its window allows'));
      socket.destroy();
      return;
    }
  });
  return {
    connection,
    socket,
    application: applicationOf(info),
    closed: new Promise((resolve) => {
      if (socket.destroyed) resolve();
      socket.once('close', () => resolve());
    }),
    get isClosed() {
      return socket.destroyed;
    },
    watchWindow: (channel) => {
      channels.add(channel);
      channel.once('close', () => channels.delete(channel));
    },
    end: (reason) => {
      if (socket.destroyed) return;
      if (reason !== null) sendDisconnect(connection, reason);
      socket.end();
      destroyLater(socket);
    },
  };
}

function destroyLater(socket: Socket): void {
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  linger.unref();
  socket.once('close', () => clearTimeout(linger));
}

function applicationOf({ header }: ClientInfo): string {
  const { software } = header.versions;
  return software.replace(/[^\w.+ -]/g, '?').slice(0, APPLICATION_CHARACTERS_MAX);
}
