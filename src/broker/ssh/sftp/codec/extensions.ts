/** The extensions that are judged: PROTOCOL of OpenSSH, section 4. What is not here is not offered and not forwarded. */
import { type Attributes, encodeAttributes, parseAttributes } from './attributes.ts';
import { HANDLE_BYTES_MAX, PATH_BYTES_MAX, REQUEST_BYTES_MAX } from './packet-types.ts';
import type { WirePart, WireReader } from './wire.ts';

const NAME_BYTES_MAX = 256;

/** By what it works on. */
export type Extension =
  | {
      readonly name: 'posix-rename@openssh.com' | 'hardlink@openssh.com';
      readonly from: Buffer;
      readonly to: Buffer;
    }
  | { readonly name: 'statvfs@openssh.com' | 'expand-path@openssh.com'; readonly path: Buffer }
  | { readonly name: 'fsync@openssh.com' | 'fstatvfs@openssh.com'; readonly handle: Buffer }
  | { readonly name: 'lsetstat@openssh.com'; readonly path: Buffer; readonly attributes: Attributes }
  | { readonly name: 'limits@openssh.com' }
  | { readonly name: 'home-directory'; readonly account: Buffer }
  | {
      readonly name: 'copy-data';
      readonly from: Buffer;
      readonly fromOffset: bigint;
      readonly length: bigint;
      readonly to: Buffer;
      readonly toOffset: bigint;
    }
  /** Numbers one after the other. */
  | { readonly name: 'users-groups-by-id@openssh.com'; readonly users: Buffer; readonly groups: Buffer };

export type ExtensionRequest =
  | { readonly kind: 'extended'; readonly extension: Extension }
  /** One that is not in the table; its data are not read. */
  | { readonly kind: 'extended'; readonly extension: null; readonly unknown: string };

type Parser = (reader: WireReader) => Extension;

const path = (reader: WireReader): Buffer => reader.string(PATH_BYTES_MAX);
const handle = (reader: WireReader): Buffer => reader.string(HANDLE_BYTES_MAX);

const PARSERS: Readonly<Record<Extension['name'], Parser>> = {
  'posix-rename@openssh.com': (reader) => {
    return { name: 'posix-rename@openssh.com', from: path(reader), to: path(reader) };
  },
  'hardlink@openssh.com': (reader) => {
    return { name: 'hardlink@openssh.com', from: path(reader), to: path(reader) };
  },
  'statvfs@openssh.com': (reader) => ({ name: 'statvfs@openssh.com', path: path(reader) }),
  'expand-path@openssh.com': (reader) => ({ name: 'expand-path@openssh.com', path: path(reader) }),
  'fsync@openssh.com': (reader) => ({ name: 'fsync@openssh.com', handle: handle(reader) }),
  'fstatvfs@openssh.com': (reader) => ({ name: 'fstatvfs@openssh.com', handle: handle(reader) }),
  'lsetstat@openssh.com': (reader) => {
    return { name: 'lsetstat@openssh.com', path: path(reader), attributes: parseAttributes(reader) };
  },
  'limits@openssh.com': () => ({ name: 'limits@openssh.com' }),
  'home-directory': (reader) => ({ name: 'home-directory', account: path(reader) }),
  'copy-data': (reader) => ({
    name: 'copy-data',
    from: handle(reader),
    fromOffset: reader.uint64(),
    length: reader.uint64(),
    to: handle(reader),
    toOffset: reader.uint64(),
  }),
  'users-groups-by-id@openssh.com': (reader) => ({
    name: 'users-groups-by-id@openssh.com',
    users: reader.string(REQUEST_BYTES_MAX),
    groups: reader.string(REQUEST_BYTES_MAX),
  }),
};

export function isJudgedExtension(name: string): name is Extension['name'] {
  return Object.hasOwn(PARSERS, name);
}

/** @throws AppError `invalid_input` */
export function parseExtension(reader: WireReader): ExtensionRequest {
  const name = reader.string(NAME_BYTES_MAX).toString('latin1');
  if (isJudgedExtension(name)) return { kind: 'extended', extension: PARSERS[name](reader) };
  reader.skip();
  return { kind: 'extended', extension: null, unknown: name };
}

export function encodeExtension(request: ExtensionRequest): readonly WirePart[] {
  const { extension } = request;
  if (extension === null) return [Buffer.from(request.unknown, 'latin1')];
  return [Buffer.from(extension.name, 'latin1'), ...partsOf(extension)];
}

function partsOf(extension: Extension): readonly WirePart[] {
  switch (extension.name) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com':
      return [extension.from, extension.to];
    case 'statvfs@openssh.com':
    case 'expand-path@openssh.com':
      return [extension.path];
    case 'fsync@openssh.com':
    case 'fstatvfs@openssh.com':
      return [extension.handle];
    case 'lsetstat@openssh.com':
      return [extension.path, ...encodeAttributes(extension.attributes)];
    case 'limits@openssh.com':
      return [];
    case 'home-directory':
      return [extension.account];
    case 'copy-data':
      return [extension.from, extension.fromOffset, extension.length, extension.to, extension.toOffset];
    case 'users-groups-by-id@openssh.com':
      return [extension.users, extension.groups];
  }
}
