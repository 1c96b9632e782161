/** What each request that names files does, as it is judged, and how it goes on once it is. */
import type { FileOperation } from '../../../policies/analyzers/files/file-statement.ts';
import { attributeWords } from './codec/attributes.ts';
import type { Extension } from './codec/extensions.ts';
import { OPEN, PACKET } from './codec/packet-types.ts';
import { type EncodedRequest, openAccess, type Request } from './codec/requests.ts';
import { expandHome } from './file-names.ts';

export interface OperationName {
  readonly bytes: Buffer;
  /** False where it is about a link and not about what it leads to. */
  readonly follow: boolean;
  /** True for what a link is to say, which is read from the directory of the name behind it. */
  readonly isTarget?: true;
}

export interface OpensFile {
  readonly kind: 'file' | 'directory';
  readonly reads: boolean;
  readonly writes: boolean;
  readonly appends: boolean;
  readonly truncates: boolean;
  readonly mode: number | null;
}

/** A request that is judged by the files that it names. */
export interface PathRequest {
  readonly operation: FileOperation;
  readonly details: readonly string[];
  readonly names: readonly OperationName[];
  /** @param paths the names, resolved */
  readonly forward: (paths: readonly Buffer[]) => EncodedRequest;
  /** The type of an answer when all went well. */
  readonly expected: number;
  readonly opens: OpensFile | null;
}

type Simple = Pick<PathRequest, 'operation' | 'names' | 'expected'> &
  Partial<Pick<PathRequest, 'details' | 'opens'>>;

const EMPTY = Buffer.alloc(0);

function one(bytes: Buffer, follow: boolean): readonly OperationName[] {
  return [{ bytes, follow }];
}

function planned(simple: Simple, forward: PathRequest['forward']): PathRequest {
  return { details: [], opens: null, ...simple, forward };
}

/** What is named by two paths, neither of which is followed. */
function pair(
  operation: FileOperation,
  { from, to }: { readonly from: Buffer; readonly to: Buffer },
): Simple {
  const names = [from, to].map((bytes) => ({ bytes, follow: false }));
  return { operation, names, expected: PACKET.status };
}

/**
 * Null for what works on a handle, and for what names no file.
 * @param home where `~` leads
 */
export function pathRequest(request: Request, home: string): PathRequest | null {
  switch (request.kind) {
    case 'open':
      return openRequest(request);
    case 'opendir': {
      const opens = { ...LISTED, kind: 'directory' } as const;
      const simple = {
        operation: 'ls',
        names: one(request.path, true),
        expected: PACKET.handle,
        opens,
      } as const;
      return planned(simple, ([path = EMPTY]) => ({ kind: 'opendir', path }));
    }
    case 'stat':
    case 'lstat': {
      const { kind } = request;
      const names = one(request.path, kind === 'stat');
      const simple = { operation: 'stat', names, expected: PACKET.attributes } as const;
      return planned(simple, ([path = EMPTY]) => ({ kind, path }));
    }
    case 'readlink':
    case 'realpath': {
      const { kind } = request;
      const names = one(request.path, kind === 'realpath');
      return planned({ operation: kind, names, expected: PACKET.name }, ([path = EMPTY]) => ({ kind, path }));
    }
    case 'setstat':
    case 'mkdir': {
      const { kind, attributes } = request;
      const names = one(request.path, kind === 'setstat');
      const simple = {
        operation: kind,
        names,
        details: attributeWords(attributes),
        expected: PACKET.status,
      } as const;
      return planned(simple, ([path = EMPTY]) => ({ kind, path, attributes }));
    }
    case 'remove':
    case 'rmdir': {
      const { kind } = request;
      const operation = kind === 'remove' ? 'rm' : 'rmdir';
      const simple = { operation, names: one(request.path, false), expected: PACKET.status } as const;
      return planned(simple, ([path = EMPTY]) => ({ kind, path }));
    }
    case 'rename':
      return planned(pair('rename', request), ([from = EMPTY, to = EMPTY]) => ({ kind: 'rename', from, to }));
    case 'symlink': {
      const { target } = request;
      const names: readonly OperationName[] = [
        { bytes: target, follow: true, isTarget: true },
        { bytes: request.path, follow: false },
      ];
      // The link says what the client wrote, which leads where it was judged to lead.
      const simple = { operation: 'symlink', names, expected: PACKET.status } as const;
      return planned(simple, ([, path = EMPTY]) => ({ kind: 'symlink', target, path }));
    }
    case 'extended':
      return request.extension === null ? null : extensionRequest(request.extension, home);
    default:
      return null;
  }
}

const LISTED: OpensFile = {
  kind: 'file',
  reads: true,
  writes: false,
  appends: false,
  truncates: false,
  mode: null,
};

function openRequest(request: Extract<Request, { kind: 'open' }>): PathRequest {
  const { flags, attributes } = request;
  const { reads, writes } = openAccess(flags);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const details: string[] = [];
  if (has(OPEN.append)) details.push('append');
  // What it is created with counts where it is created.
  if (has(OPEN.create)) details.push(...attributeWords({ ...attributes, size: null, times: null }));
  const mode = attributes.permissions === null ? null : attributes.permissions & 0o7777;
  const opens: OpensFile = {
    kind: 'file',
    reads,
    writes,
    appends: has(OPEN.append),
    truncates: has(OPEN.truncate),
    mode: has(OPEN.create) ? mode : null,
  };
  const operation = writes ? (reads ? 'edit' : 'put') : 'get';
  // Exclusive: a link in its place is not followed, but is in the way.
  const names = one(request.path, !has(OPEN.exclusive));
  return planned({ operation, details, names, expected: PACKET.handle, opens }, ([path = EMPTY]) => {
    return { kind: 'open', path, flags, attributes };
  });
}

function extensionRequest(extension: Extension, home: string): PathRequest | null {
  switch (extension.name) {
    case 'posix-rename@openssh.com':
    case 'hardlink@openssh.com': {
      const { name } = extension;
      const operation = name === 'hardlink@openssh.com' ? 'link' : 'rename';
      return planned(pair(operation, extension), ([from = EMPTY, to = EMPTY]) => {
        return { kind: 'extended', extension: { name, from, to } };
      });
    }
    case 'lsetstat@openssh.com': {
      const { name, attributes } = extension;
      const details = attributeWords(attributes);
      const names = one(extension.path, false);
      const simple = { operation: 'setstat', names, details, expected: PACKET.status } as const;
      return planned(simple, ([path = EMPTY]) => ({
        kind: 'extended',
        extension: { name, path, attributes },
      }));
    }
    case 'statvfs@openssh.com': {
      const { name } = extension;
      const names = one(extension.path, true);
      const simple = { operation: 'df', names, expected: PACKET.extendedReply } as const;
      return planned(simple, ([path = EMPTY]) => ({ kind: 'extended', extension: { name, path } }));
    }
    case 'expand-path@openssh.com':
      return realpathOf(expandHome(extension.path.toString('latin1'), Buffer.from(home).toString('latin1')));
    case 'home-directory':
      return realpathOf(extension.account.length === 0 ? Buffer.from(home).toString('latin1') : null);
    default:
      return null;
  }
}

/** What asks for a home directory asks where a path leads. @param path in latin1; null: the home of somebody else */
function realpathOf(path: string | null): PathRequest | null {
  if (path === null) return null;
  const names = one(Buffer.from(path, 'latin1'), true);
  return planned({ operation: 'realpath', names, expected: PACKET.name }, ([resolved = EMPTY]) => {
    return { kind: 'realpath', path: resolved };
  });
}
