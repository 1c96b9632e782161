/**
 * What ciphers a client offers, read before ssh2 answers it. SSH takes what the client likes best of what the server
 * has (RFC 4253, section 7.1), and OpenSSH likes best what costs the broker several times as much as what it likes
 * nearly as well. So the server's own offer depends on the client's. Nothing is changed or taken from the stream: ssh2
 * reads all of it once more.
 */
import type { Socket } from 'node:net';

/** RFC 4253, section 4.2. */
const IDENT_BYTES_MAX = 255;
/** Section 6.1. */
const PACKET_BYTES_MAX = 35_000;
const KEXINIT = 20;
const COOKIE_BYTES = 16;
/** A client may wait for the server's offer before it sends its own; hardly any does. */
const WAITING_MS_MAX = 250;

/** By direction; empty where the client did not say, or what it said is no SSH. */
export interface ClientOffer {
  readonly toServer: readonly string[];
  readonly toClient: readonly string[];
}

const UNKNOWN: ClientOffer = { toServer: [], toClient: [] };

/**
 * Sends the server's identification, which ssh2 must not send again, and leaves the socket paused. Errors of the socket
 * are for the caller.
 * @returns null when the client left
 */
export function readClientOffer(socket: Socket, ident: string): Promise<ClientOffer | null> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    let waiting: NodeJS.Timeout | null = null;
    const stop = (offer: ClientOffer | null): void => {
      if (waiting !== null) clearTimeout(waiting);
      socket.off('data', onData);
      for (const event of ['end', 'close']) socket.off(event, onGone);
      resolve(offer);
    };
    const goOn = (offer: ClientOffer): void => {
      socket.pause();
      socket.unshift(received);
      stop(offer);
    };
    const onData = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const read = parseOffer(received);
      if (read.kind === 'offer') goOn(read.offer);
      else if (read.kind === 'identified') waiting ??= setTimeout(() => goOn(UNKNOWN), WAITING_MS_MAX);
    };
    const onGone = (): void => {
      socket.destroy();
      stop(null);
    };
    socket.on('data', onData);
    for (const event of ['end', 'close']) socket.on(event, onGone);
    socket.write(`SSH-2.0-${ident}\r\n`);
  });
}

type Read =
  | { readonly kind: 'nothing' }
  /** The first packet is not all there. */
  | { readonly kind: 'identified' }
  | { readonly kind: 'offer'; readonly offer: ClientOffer };

/** @param received from the first byte on */
function parseOffer(received: Buffer): Read {
  const identEnd = received.indexOf('\n');
  if (identEnd < 0) return received.length > IDENT_BYTES_MAX ? NO_SSH : { kind: 'nothing' };
  const packet = received.subarray(identEnd + 1);
  if (packet.length < 4) return { kind: 'identified' };
  const length = packet.readUInt32BE(0);
  if (length > PACKET_BYTES_MAX) return NO_SSH;
  if (packet.length < 4 + length) return { kind: 'identified' };
  try {
    return { kind: 'offer', offer: ciphersOf(packet.subarray(5, 4 + length)) };
  } catch {
    return NO_SSH;
  }
}

const NO_SSH: Read = { kind: 'offer', offer: UNKNOWN };

/** @throws RangeError when the packet ends too early */
function ciphersOf(payload: Buffer): ClientOffer {
  if (payload.readUInt8(0) !== KEXINIT) return UNKNOWN;
  let at = 1 + COOKIE_BYTES;
  const list = (): readonly string[] => {
    const length = payload.readUInt32BE(at);
    at += 4 + length;
    if (at > payload.length) throw new RangeError('the list is longer than its packet');
    return payload.toString('latin1', at - length, at).split(',');
  };
  // Key exchange and host keys come first.
  list();
  list();
  return { toServer: list(), toClient: list() };
}
