/**
 * The packets before the first typed message: StartupMessage, SSLRequest, GSSENCRequest, CancelRequest.
 * Protocol versions 3.0 and 3.2 (PostgreSQL documentation, "Message Flow", start-up).
 */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { BACKEND } from './message-types.ts';
import { violation } from './violation.ts';

const CANCEL_CODE = 80_877_102;
const SSL_CODE = 80_877_103;
const GSS_CODE = 80_877_104;
const PROTOCOL_3_0 = 0x0003_0000;
const PARAMETERS_MAX = 100;
/** PostgreSQL 18 allows cancel keys of up to 256 bytes. */
const CANCEL_KEY_BYTES_MAX = 256;

/** The newest minor version we speak: 3.2 differs from 3.0 in the length of the cancel key only. */
export const PROTOCOL_MINOR_NEWEST = 2;

export interface CancelKey {
  readonly processId: number;
  readonly key: Buffer;
}

export interface StartupMessage {
  readonly kind: 'startup';
  readonly minor: number;
  readonly parameters: ReadonlyMap<string, string>;
}

export type StartupPacket =
  | { readonly kind: 'ssl-request' }
  | { readonly kind: 'gss-request' }
  | ({ readonly kind: 'cancel' } & CancelKey)
  | StartupMessage;

/**
 * @param body the packet without its length word
 * @throws AppError `invalid_input` for anything but a well-formed packet of protocol 3
 */
export function parseStartupPacket(body: Buffer): StartupPacket {
  const reader = new BodyReader(body, 'The start-up packet');
  const code = reader.int32();
  if (code === SSL_CODE || code === GSS_CODE) {
    reader.end();
    return { kind: code === SSL_CODE ? 'ssl-request' : 'gss-request' };
  }
  if (code === CANCEL_CODE) {
    const processId = reader.int32();
    if (reader.remaining < 4 || reader.remaining > CANCEL_KEY_BYTES_MAX) {
      throw violation('The cancel request has a key of impossible length');
    }
    return { kind: 'cancel', processId, key: Buffer.from(reader.take(reader.remaining)) };
  }
  if (code >>> 16 !== 3)
    throw violation('The start-up packet asks for a protocol other than PostgreSQL version 3');
  return { kind: 'startup', minor: code & 0xffff, parameters: parseParameters(reader) };
}

function parseParameters(reader: BodyReader): Map<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const name = reader.name();
    if (name === '') break;
    if (parameters.has(name)) throw violation('The start-up packet names a parameter twice');
    if (parameters.size >= PARAMETERS_MAX) throw violation('The start-up packet has too many parameters');
    parameters.set(name, reader.name());
  }
  reader.end();
  return parameters;
}

export function encodeStartup(options: {
  readonly minor?: number;
  readonly parameters: Iterable<readonly [string, string]>;
}): Buffer {
  const writer = new BodyWriter().int32(PROTOCOL_3_0 + (options.minor ?? 0));
  for (const [name, value] of options.parameters) writer.string(name).string(value);
  return writer.int8(0).message(null);
}

export function encodeSslRequest(): Buffer {
  return new BodyWriter().int32(SSL_CODE).message(null);
}

export function encodeGssRequest(): Buffer {
  return new BodyWriter().int32(GSS_CODE).message(null);
}

export function encodeCancelRequest(key: CancelKey): Buffer {
  return new BodyWriter().int32(CANCEL_CODE).int32(key.processId).bytes(key.key).message(null);
}

/** Tells a client that asked for more which minor version and which options it does not get. */
export function encodeNegotiateProtocolVersion(options: {
  readonly minor: number;
  readonly unsupported: readonly string[];
}): Buffer {
  const writer = new BodyWriter().int32(PROTOCOL_3_0 + options.minor).int32(options.unsupported.length);
  for (const name of options.unsupported) writer.string(name);
  return writer.message(BACKEND.negotiateProtocolVersion);
}
