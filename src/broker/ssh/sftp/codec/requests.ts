/** What a client asks for: draft-ietf-secsh-filexfer-02, section 6. Encode beside decode, one table for both. */
import { type Attributes, encodeAttributes, parseAttributes } from './attributes.ts';
import { type ExtensionRequest, encodeExtension, parseExtension } from './extensions.ts';
import type { Packet } from './framer.ts';
import {
  HANDLE_BYTES_MAX,
  OPEN,
  PACKET,
  PACKET_BYTES_MAX,
  PATH_BYTES_MAX,
  REQUEST_BYTES_MAX,
} from './packet-types.ts';
import { violation } from './violation.ts';
import { encodePacket, type WirePart, WireReader } from './wire.ts';

/** Names are bytes here: what they mean is not the codec's to say. */
export type Request =
  | {
      readonly kind: 'open';
      readonly path: Buffer;
      readonly flags: number;
      readonly attributes: Attributes;
    }
  | { readonly kind: 'close' | 'fstat' | 'readdir'; readonly handle: Buffer }
  | {
      readonly kind: 'read';
      readonly handle: Buffer;
      readonly offset: bigint;
      readonly length: number;
    }
  | {
      readonly kind: 'write';
      readonly handle: Buffer;
      readonly offset: bigint;
      readonly length: number;
      /** Where the data begin in the packet. */
      readonly dataAt: number;
    }
  | { readonly kind: PathKind; readonly path: Buffer }
  | { readonly kind: 'setstat' | 'mkdir'; readonly path: Buffer; readonly attributes: Attributes }
  | { readonly kind: 'fsetstat'; readonly handle: Buffer; readonly attributes: Attributes }
  | { readonly kind: 'rename'; readonly from: Buffer; readonly to: Buffer }
  /** OpenSSH's order, which is not the draft's: what the link says comes first. */
  | { readonly kind: 'symlink'; readonly target: Buffer; readonly path: Buffer }
  | ExtensionRequest;

type PathKind = 'lstat' | 'opendir' | 'remove' | 'rmdir' | 'realpath' | 'stat' | 'readlink';

const PATH_KINDS: ReadonlyMap<number, PathKind> = new Map([
  [PACKET.lstat, 'lstat'],
  [PACKET.opendir, 'opendir'],
  [PACKET.remove, 'remove'],
  [PACKET.rmdir, 'rmdir'],
  [PACKET.realpath, 'realpath'],
  [PACKET.stat, 'stat'],
  [PACKET.readlink, 'readlink'],
]);

const HANDLE_KINDS = new Map<number, 'close' | 'fstat' | 'readdir'>([
  [PACKET.close, 'close'],
  [PACKET.fstat, 'fstat'],
  [PACKET.readdir, 'readdir'],
]);

/** A number, a handle, an offset and a length. */
const WRITE_HEAD_BYTES = 4 + 1 + 4 + 4 + HANDLE_BYTES_MAX + 8 + 4;
const BODY_AT = 9;

/** @throws AppError `invalid_input` for a type that no client sends */
export function requestBytesMax(type: number): number {
  if (type === PACKET.write) return PACKET_BYTES_MAX;
  const isKnown = (type >= PACKET.open && type <= PACKET.symlink) || type === PACKET.extended;
  if (!isKnown && type !== PACKET.init) throw violation(`A client sends no packet of type ${type}`);
  return REQUEST_BYTES_MAX;
}

/** @throws AppError `invalid_input` when it is garbled */
export function parseRequest(packet: Packet): Request {
  const { type } = packet;
  if (type === PACKET.write) return parseWrite(packet);
  const reader = new WireReader(packet.whole(), `a request of type ${type}`, BODY_AT);
  const request = parseBody(type, reader);
  reader.end();
  return request;
}

function parseBody(type: number, reader: WireReader): Request {
  const pathKind = PATH_KINDS.get(type);
  if (pathKind !== undefined) return { kind: pathKind, path: reader.string(PATH_BYTES_MAX) };
  const handleKind = HANDLE_KINDS.get(type);
  if (handleKind !== undefined) return { kind: handleKind, handle: reader.string(HANDLE_BYTES_MAX) };
  switch (type) {
    case PACKET.open:
      return {
        kind: 'open',
        path: reader.string(PATH_BYTES_MAX),
        flags: reader.uint32(),
        attributes: parseAttributes(reader),
      };
    case PACKET.read:
      return {
        kind: 'read',
        handle: reader.string(HANDLE_BYTES_MAX),
        offset: reader.uint64(),
        length: reader.uint32(),
      };
    case PACKET.setstat:
    case PACKET.mkdir:
      return {
        kind: type === PACKET.mkdir ? 'mkdir' : 'setstat',
        path: reader.string(PATH_BYTES_MAX),
        attributes: parseAttributes(reader),
      };
    case PACKET.fsetstat:
      return {
        kind: 'fsetstat',
        handle: reader.string(HANDLE_BYTES_MAX),
        attributes: parseAttributes(reader),
      };
    case PACKET.rename:
      return { kind: 'rename', from: reader.string(PATH_BYTES_MAX), to: reader.string(PATH_BYTES_MAX) };
    case PACKET.symlink:
      return { kind: 'symlink', target: reader.string(PATH_BYTES_MAX), path: reader.string(PATH_BYTES_MAX) };
    case PACKET.extended:
      return parseExtension(reader);
    default:
      throw violation(`A client sends no packet of type ${type}`);
  }
}

/** Only its beginning is read. */
function parseWrite(packet: Packet): Request {
  const reader = new WireReader(packet.head(WRITE_HEAD_BYTES), 'a write', BODY_AT);
  const handle = reader.string(HANDLE_BYTES_MAX);
  const offset = reader.uint64();
  const length = reader.uint32();
  const dataAt = reader.position;
  if (dataAt + length !== packet.bytes) throw violation('A write is not as long as it says');
  return { kind: 'write', handle, offset, length, dataAt };
}

const TYPE_OF = {
  open: PACKET.open,
  close: PACKET.close,
  fstat: PACKET.fstat,
  readdir: PACKET.readdir,
  read: PACKET.read,
  lstat: PACKET.lstat,
  opendir: PACKET.opendir,
  remove: PACKET.remove,
  rmdir: PACKET.rmdir,
  realpath: PACKET.realpath,
  stat: PACKET.stat,
  readlink: PACKET.readlink,
  setstat: PACKET.setstat,
  mkdir: PACKET.mkdir,
  fsetstat: PACKET.fsetstat,
  rename: PACKET.rename,
  symlink: PACKET.symlink,
  extended: PACKET.extended,
} as const;

/** Every request but a write, whose data are not for copying. */
export type EncodedRequest = Exclude<Request, { kind: 'write' }>;

/** The same request under a number of the caller's. */
export function encodeRequest(id: number, request: EncodedRequest): Buffer {
  return encodePacket(TYPE_OF[request.kind], [id, ...partsOf(request)]);
}

function partsOf(request: EncodedRequest): readonly WirePart[] {
  switch (request.kind) {
    case 'open':
      return [request.path, request.flags, ...encodeAttributes(request.attributes)];
    case 'close':
    case 'fstat':
    case 'readdir':
      return [request.handle];
    case 'read':
      return [request.handle, request.offset, request.length];
    case 'setstat':
    case 'mkdir':
      return [request.path, ...encodeAttributes(request.attributes)];
    case 'fsetstat':
      return [request.handle, ...encodeAttributes(request.attributes)];
    case 'rename':
      return [request.from, request.to];
    case 'symlink':
      return [request.target, request.path];
    case 'extended':
      return encodeExtension(request);
    default:
      return [request.path];
  }
}

/** What a file is opened for, by the flags of `open`: without read and write OpenSSH reads, and truncating writes. */
export function openAccess(flags: number): { readonly reads: boolean; readonly writes: boolean } {
  const reads = (flags & OPEN.read) !== 0 || (flags & OPEN.write) === 0;
  return { reads, writes: (flags & ~OPEN.read) !== 0 };
}
