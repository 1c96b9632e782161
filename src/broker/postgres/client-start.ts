/**
 * From an accepted socket to a start-up packet over a safe transport. A client may ask for GSS
 * encryption (no), for TLS (yes, once), begin with TLS directly, or cancel a statement.
 */
import type { Socket } from 'node:net';
import { STARTUP_BYTES_MAX } from './codec/limits.ts';
import { type CancelKey, parseStartupPacket, type StartupMessage } from './codec/startup.ts';
import { violation } from './codec/violation.ts';
import { readExactly } from './handshake-reader.ts';
import { type ServerTls, upgradeServerSide } from './server-tls.ts';

const YES = Buffer.from('S');
const NO = Buffer.from('N');
/** The first byte of a TLS handshake record; as a start-up length it would be far beyond the limit. */
const TLS_HANDSHAKE = 0x16;
const SHORTEST_PACKET_BYTES = 8;

export type ClientStart =
  | {
      readonly kind: 'startup';
      readonly socket: Socket;
      readonly encrypted: boolean;
      readonly startup: StartupMessage;
    }
  | { readonly kind: 'cancel'; readonly socket: Socket; readonly key: CancelKey };

/**
 * @param onTransport told about the socket to use from now on, so that an error can be answered on it
 * @throws AppError `invalid_input` (with the SQLSTATE to answer) or `gone`
 */
export async function readClientStart(
  raw: Socket,
  options: { readonly tls: ServerTls; readonly onTransport: (socket: Socket) => void },
): Promise<ClientStart> {
  let socket = raw;
  let encrypted = false;
  let gssAsked = false;
  const upgrade = async (direct: boolean): Promise<void> => {
    if (encrypted) throw violation('The client asked for TLS twice');
    encrypted = true;
    socket = await upgradeServerSide({ socket: raw, tls: options.tls, direct });
    options.onTransport(socket);
  };
  for (;;) {
    const lengthWord = await readExactly(socket, 4);
    if (lengthWord.readUInt8(0) === TLS_HANDSHAKE && !encrypted) {
      socket.unshift(lengthWord);
      await upgrade(true);
      continue;
    }
    const packet = parseStartupPacket(await readPacketBody(socket, lengthWord));
    if (packet.kind === 'startup') return { kind: 'startup', socket, encrypted, startup: packet };
    if (packet.kind === 'cancel') return { kind: 'cancel', socket, key: packet };
    refuseBytesAhead(socket);
    if (packet.kind === 'gss-request') {
      if (gssAsked) throw violation('The client asked for GSS encryption twice');
      gssAsked = true;
      socket.write(NO);
    } else {
      if (encrypted) throw violation('The client asked for TLS twice');
      socket.write(YES);
      await upgrade(false);
    }
  }
}

async function readPacketBody(socket: Socket, lengthWord: Buffer): Promise<Buffer> {
  const packetBytes = lengthWord.readInt32BE(0);
  if (packetBytes < SHORTEST_PACKET_BYTES || packetBytes > STARTUP_BYTES_MAX) {
    throw violation('This port speaks the PostgreSQL protocol; the first packet was not one of it');
  }
  return readExactly(socket, packetBytes - 4);
}

/** Bytes sent ahead of TLS would later pass as if they had come through it (CVE-2021-23222). */
function refuseBytesAhead(socket: Socket): void {
  if (socket.readableLength > 0) throw violation('The client sent data before encryption was agreed');
}
