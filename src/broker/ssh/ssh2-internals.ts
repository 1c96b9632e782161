/**
 * What the protocol has and ssh2 keeps to itself. Everything that reaches into it is here, and each function says what
 * it relies on; `test/unit/broker/ssh/ssh2-internals.test.ts` fails when another version has moved it.
 */
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Channel, Client, Connection, ServerChannel, Session } from 'ssh2';
import type { Offer } from '../../policies/analyzers/files/file-statement.ts';
import type { SignalName } from './host-session.ts';

const USERAUTH_BANNER = 53;
const DISCONNECT = 1;
const BY_APPLICATION = 11;
/** MAX_WINDOW and PACKET_SIZE of lib/Channel.js, which is what a channel of the server counts with. */
const CHANNEL_WINDOW_BYTES = 2 * 1_048_576;
const CHANNEL_PACKET_BYTES = 32_768;

interface PacketWriter {
  readonly allocStart: number;
  alloc(payloadBytes: number): Buffer;
  finalize(packet: Buffer): Buffer;
}

interface Protocol {
  /** Set while keys are exchanged: nothing but key exchange may be sent then. */
  readonly _kexinit?: unknown;
  readonly _cipher: { encrypt(packet: Buffer): void };
  readonly _packetRW: { readonly write: PacketWriter };
  signal(channelId: number, name: string): void;
  channelOpenFail(channelId: number, code: number, description: string): void;
  openssh_authAgent(channelId: number, windowBytes: number, packetBytes: number): void;
}

type OpenedChannel = (error: Error | undefined, channel: ServerChannel) => void;

/** Window and id of one direction of a channel. */
interface Direction {
  readonly id: number;
  readonly window: number;
  readonly state: string;
}

function protocolOf(connection: Client | Connection): Protocol {
  // `_protocol` of lib/client.js and lib/server.js.
  return (connection as unknown as { readonly _protocol: Protocol })._protocol;
}

/**
 * Text for the person, while they authenticate (RFC 4252, section 5.4). ssh2 sends only one, before it knows anybody.
 * Does nothing while keys are exchanged or when the connection is gone.
 */
export function sendBanner(connection: Connection, text: string): void {
  const bytes = Buffer.from(text.endsWith('\n') ? text.replace(/\r?\n/g, '\r\n') : `${text}\r\n`);
  sendPayload(
    connection,
    Buffer.concat([Buffer.from([USERAUTH_BANNER]), field(bytes), field(Buffer.alloc(0))]),
  );
}

/** The end of the connection with a reason that clients print (RFC 4253, section 11.1); ssh2 sends only codes. */
export function sendDisconnect(connection: Connection, reason: string): void {
  const code = Buffer.alloc(4);
  code.writeUInt32BE(BY_APPLICATION);
  sendPayload(
    connection,
    Buffer.concat([Buffer.from([DISCONNECT]), code, field(Buffer.from(reason)), field(Buffer.alloc(0))]),
  );
}

/** ssh2 sends no signal behind an end of file, though the program may still run (RFC 4254, section 6.9). */
export function sendSignal(client: Client, channel: Channel, name: SignalName): void {
  const { id, state } = channel.outgoing as Direction;
  if (state === 'closing' || state === 'closed') return;
  try {
    protocolOf(client).signal(id, name);
  } catch {
    // The connection has just been torn down, and the program with it.
  }
}

/**
 * Requests behind a client's end of file (RFC 4254, section 5.3): its signals and the sizes of its terminal. ssh2 takes
 * none from then on. Call it once something runs on the channel.
 */
export function takeRequestsBehindEof(session: Session): void {
  // It refuses by `_ending` of lib/server.js, which it sets before it tells of the end.
  session.on('eof', () => {
    (session as unknown as { _ending: boolean })._ending = false;
  });
}

/** ssh2 begins with the identification; this drops it where it was sent already. */
export function withoutIdent(socket: Socket, ident: string): void {
  // By `start` of lib/protocol/Protocol.js: in a write of its own, before any other.
  const write = socket.write;
  socket.write = (chunk: unknown, ...others: unknown[]): boolean => {
    socket.write = write;
    if (String(chunk) === `SSH-2.0-${ident}\r\n`) return true;
    return Reflect.apply(write, socket, [chunk, ...others]);
  };
}

/** How many bytes more than its window allows a peer has sent; ssh2 lets it go on for ever. */
export function windowOverrun(channel: Channel): number {
  const { window } = channel.incoming as Direction;
  return Math.max(0, -window);
}

/** RFC 4254, section 5.1. */
export const OPEN_FAILURES = { prohibited: 1, connectFailed: 2, shortage: 4 } as const;

/**
 * Refuses a channel that a client asks for, with a reason that clients print; ssh2 sends none.
 * @param options.reject what ssh2 has handed out for it
 */
export function rejectOpen(
  connection: Connection,
  options: {
    readonly reject: () => void;
    readonly failure: keyof typeof OPEN_FAILURES;
    readonly reason: string;
  },
): void {
  const protocol = protocolOf(connection);
  const { channelOpenFail } = protocol;
  // `reject` calls it at once, as a method, with a text that is empty.
  protocol.channelOpenFail = (channelId) =>
    channelOpenFail.call(protocol, channelId, OPEN_FAILURES[options.failure], options.reason);
  try {
    options.reject();
  } finally {
    Reflect.deleteProperty(protocol, 'channelOpenFail');
  }
}

/** A channel to the client's agent: ssh2's server speaks the message, and has no method for it. */
export function openAgentChannel(connection: Connection, done: OpenedChannel): void {
  // What `openChannel` of lib/server.js does for the kinds that it knows.
  const opened = Object.assign<OpenedChannel, { type: string }>((error, channel) => done(error, channel), {
    type: 'auth-agent@openssh.com',
  });
  const { _chanMgr: channels } = connection as unknown as {
    readonly _chanMgr: { add(opened: OpenedChannel): number };
  };
  const id = channels.add(opened);
  if (id === -1) throw new Error('the client has too many channels open');
  protocolOf(connection).openssh_authAgent(id, CHANNEL_WINDOW_BYTES, CHANNEL_PACKET_BYTES);
}

/**
 * Hands out the connections to an agent that the target opens, once it was offered one (`agentForward`). ssh2 would
 * connect them to an agent of its own, by pipes.
 */
export function serveAgent(client: Client, serve: (accept: () => Channel, reject: () => void) => void): void {
  const getStream = (answer: (error: Error | undefined, stream?: PassThrough) => void): void => {
    const accept = (): Channel => {
      const seam = new PassThrough();
      let channel: Channel | null = null;
      seam.once('pipe', (from: Channel) => {
        channel = from;
      });
      // `onCHANNEL_OPEN` of lib/client.js accepts, and pipes the channel into what it gets and back.
      answer(undefined, seam);
      const opened = channel as Channel | null;
      if (opened === null) throw new Error('ssh2 has connected no agent');
      opened.unpipe(seam);
      seam.unpipe(opened);
      return opened;
    };
    serve(accept, () => answer(new Error('refused')));
  };
  (client as unknown as { _agent: unknown })._agent = { getStream };
}

/** What a target does not take, by the words of lib/client.js; null for every other error. */
export function declinedOffer(error: unknown): Offer | null {
  const message = error instanceof Error ? error.message : '';
  if (message === 'Unable to request agent forwarding') return 'agent';
  return message === 'Unable to request X11' ? 'x11' : null;
}

function sendPayload(connection: Connection, payload: Buffer): void {
  const protocol = protocolOf(connection);
  if (protocol._kexinit !== undefined) return;
  try {
    const writer = protocol._packetRW.write;
    const packet = writer.alloc(payload.length);
    packet.set(payload, writer.allocStart);
    protocol._cipher.encrypt(writer.finalize(packet));
  } catch {
    // The connection has just been torn down.
  }
}

/** RFC 4251, section 5. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
