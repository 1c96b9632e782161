/** What a server answers: draft-ietf-secsh-filexfer-02, section 7. */
import { type Attributes, encodeAttributes, parseAttributes } from './attributes.ts';
import type { Packet } from './framer.ts';
import { HANDLE_BYTES_MAX, PACKET, PACKET_BYTES_MAX, PATH_BYTES_MAX } from './packet-types.ts';
import { violation } from './violation.ts';
import { encodePacket, WireReader } from './wire.ts';

const BODY_AT = 9;
const MESSAGE_BYTES_MAX = 4_096;

/** @throws AppError `invalid_input` for a type that no server sends */
export function responseBytesMax(type: number): number {
  const isKnown = (type >= PACKET.status && type <= PACKET.attributes) || type === PACKET.extendedReply;
  if (!isKnown && type !== PACKET.version) throw violation(`A server sends no packet of type ${type}`);
  return PACKET_BYTES_MAX;
}

/** @returns one of `STATUS`, or another number of the server's. @throws AppError `invalid_input` */
export function parseStatus(packet: Packet): number {
  return new WireReader(packet.head(BODY_AT + 4), 'a status', BODY_AT).uint32();
}

/** @param message for the user; a sentence */
export function encodeStatus(id: number, code: number, message: string): Buffer {
  const text = Buffer.from(message).subarray(0, MESSAGE_BYTES_MAX);
  return encodePacket(PACKET.status, [id, code, text, Buffer.from('en')]);
}

/** @throws AppError `invalid_input` */
export function parseHandle(packet: Packet): Buffer {
  const reader = new WireReader(packet.whole(), 'a handle', BODY_AT);
  const handle = reader.string(HANDLE_BYTES_MAX);
  reader.end();
  return handle;
}

export function encodeHandle(id: number, handle: Buffer): Buffer {
  return encodePacket(PACKET.handle, [id, handle]);
}

/**
 * @returns how many bytes, and where they begin in the packet. Some servers say after them that the file has ended.
 * @throws AppError `invalid_input`
 */
export function parseData(packet: Packet): { readonly length: number; readonly dataAt: number } {
  const reader = new WireReader(packet.head(BODY_AT + 4), 'data', BODY_AT);
  const length = reader.uint32();
  const left = packet.bytes - reader.position - length;
  if (left !== 0 && left !== 1) throw violation('Data are not as long as they say');
  return { length, dataAt: reader.position };
}

export function encodeData(id: number, data: Buffer): Buffer {
  return encodePacket(PACKET.data, [id, data]);
}

/** The attributes of a file. @throws AppError `invalid_input` */
export function parseAttributesReply(packet: Packet): Attributes {
  const reader = new WireReader(packet.whole(), 'attributes', BODY_AT);
  const attributes = parseAttributes(reader);
  reader.end();
  return attributes;
}

export function encodeAttributesReply(id: number, attributes: Attributes): Buffer {
  return encodePacket(PACKET.attributes, [id, ...encodeAttributes(attributes)]);
}

export interface Named {
  readonly name: Buffer;
  /** As `ls -l` shows it. */
  readonly line: Buffer;
  readonly attributes: Attributes;
}

/** The one name of an answer that is to have one. @throws AppError `invalid_input` */
export function parseOneName(packet: Packet): Buffer {
  const reader = new WireReader(packet.whole(), 'a name', BODY_AT);
  if (reader.uint32() !== 1) throw violation('An answer has not the one name that it should have');
  const name = reader.string(PATH_BYTES_MAX);
  reader.string(PACKET_BYTES_MAX);
  parseAttributes(reader);
  reader.end();
  return name;
}

export function encodeNames(id: number, names: readonly Named[]): Buffer {
  const parts = names.flatMap(({ name, line, attributes }) => [name, line, ...encodeAttributes(attributes)]);
  return encodePacket(PACKET.name, [id, names.length, ...parts]);
}
