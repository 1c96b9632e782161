/**
 * What the protocol has and ssh2 keeps to itself. Everything that reaches into it is here, and each function says what
 * it relies on; `test/unit/broker/ssh/ssh2-internals.test.ts` fails when another version has moved it.
 */
import type { Channel, Client, Connection, Session } from 'ssh2';
import type { SignalName } from './host-session.ts';

const USERAUTH_BANNER = 53;
const DISCONNECT = 1;
const BY_APPLICATION = 11;

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
}

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

/** How many bytes more than its window allows a peer has sent; ssh2 lets it go on for ever. */
export function windowOverrun(channel: Channel): number {
  const { window } = channel.incoming as Direction;
  return Math.max(0, -window);
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
