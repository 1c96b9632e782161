/** Requests that name files: resolved on the target, judged, and sent by the paths that were judged. */
import {
  type FilePath,
  fileStatement,
  takesWhatIsBelow,
} from '../../../policies/analyzers/files/file-statement.ts';
import { LEADS_ELSEWHERE, outcomeOf, UNREADABLE } from './answers.ts';
import { fileKind } from './codec/attributes.ts';
import { PACKET, STATUS } from './codec/packet-types.ts';
import { parseAttributesReply, parseHandle, parseOneName, parseStatus } from './codec/responses.ts';
import { violation } from './codec/violation.ts';
import { absolute, parentOf, readName } from './file-names.ts';
import { FILES_MAX, type OpenFiles } from './open-files.ts';
import type { PathRequest } from './operations.ts';
import type { Permissions } from './permission.ts';
import type { RelayParts, Statement } from './relay-parts.ts';
import { type PathQuestions, resolvePath } from './resolve-path.ts';

/** Where the names of a request lead. */
interface Resolved {
  readonly paths: readonly FilePath[];
  /** The first is known to be no directory, where that matters. */
  readonly isLeaf: boolean;
}

const ROOT: FilePath = { path: '/', certainty: 'exact' };

export class PathRequests {
  readonly #parts: RelayParts;
  readonly #permissions: Permissions;
  readonly #files: OpenFiles;
  readonly #ask: PathQuestions;
  /** Where names begin that do not begin with `/`. */
  #directory = '/';
  #opening = 0;

  constructor(parts: RelayParts, by: { readonly permissions: Permissions; readonly files: OpenFiles }) {
    this.#parts = parts;
    this.#permissions = by.permissions;
    this.#files = by.files;
    this.#ask = questionsTo(parts);
  }

  /** Asks the target, before anything else. @throws AppError `invalid_input` when it does not say */
  async start(): Promise<void> {
    const answer = await this.#parts.ask({ kind: 'realpath', path: Buffer.from('.') }, PACKET.name);
    const start = answer.type === PACKET.status ? null : readName(parseOneName(answer));
    if (start?.startsWith('/') !== true) throw violation('The target does not say where it starts');
    this.#directory = start;
  }

  async serve(id: number, request: PathRequest): Promise<void> {
    const { operation, details, opens } = request;
    const resolved = await this.#resolve(request);
    if (resolved === null) {
      this.#permissions.deny(`sftp ${operation}`, UNREADABLE);
      return this.#parts.refuse(id, { message: UNREADABLE.reason });
    }
    if (opens !== null && this.#files.count + this.#opening >= FILES_MAX)
      return this.#parts.status(id, STATUS.failure, `More than ${FILES_MAX} files are open at once.`);
    const { paths } = resolved;
    const statement = fileStatement({ operation, ...resolved, details });
    const permission = await this.#permissions.ask(statement);
    if (permission.kind === 'refused') return this.#parts.refuse(id, permission);
    const { judged, wasHeld } = permission;
    const startedAtMs = this.#parts.options.session.live.ageMs;
    if (wasHeld && !isSame(resolved, await this.#resolve(request))) {
      this.#parts.complete(judged, { startedAtMs, tag: 'changed' });
      return this.#parts.refuse(id, { message: LEADS_ELSEWHERE });
    }
    const answered = this.#forward(id, { request, paths, judged, startedAtMs });
    // What comes next is resolved when this has changed what it changes.
    if (statement.effects.includes('write-file')) await answered;
  }

  async #resolve({ operation, names }: PathRequest): Promise<Resolved | null> {
    const found: FilePath[] = [];
    // What a link says is read from the directory that the link is in, so links come first.
    for (const { bytes, follow, isTarget } of names.toReversed()) {
      const name = readName(bytes);
      if (name === null) return null;
      const base = isTarget ? parentOf((found[0] ?? ROOT).path) : this.#directory;
      found.unshift(await resolvePath(absolute(name, base), { follow, ask: this.#ask }));
    }
    const [first = ROOT] = found;
    const isLeaf = takesWhatIsBelow(operation) && (await this.#isLeaf(first, names[0]?.follow === true));
    return { paths: found, isLeaf };
  }

  /** @param isFollowed a link in its place would be a new one, and could lead to a directory */
  async #isLeaf({ path, certainty }: FilePath, isFollowed: boolean): Promise<boolean> {
    if (certainty !== 'exact') return false;
    const kind = await this.#ask.kindOf(path);
    return kind === 'other' || (kind === 'link' && !isFollowed);
  }

  /** Resolves when it is answered. */
  #forward(
    id: number,
    of: {
      readonly request: PathRequest;
      readonly paths: readonly FilePath[];
      readonly judged: Statement;
      readonly startedAtMs: number;
    },
  ): Promise<void> {
    const { request, paths, judged, startedAtMs } = of;
    const { opens } = request;
    const [first = ROOT] = paths;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (opens !== null) this.#opening += 1;
    this.#parts.release(request.forward(paths.map(({ path }) => Buffer.from(path))), {
      expected: request.expected,
      answered: (packet) => {
        resolve();
        if (opens !== null) this.#opening -= 1;
        if (opens !== null && packet.type === PACKET.handle)
          this.#files.add(parseHandle(packet), { ...opens, ...first, judged, startedAtMs });
        else this.#parts.complete(judged, { startedAtMs, tag: outcomeOf(packet) });
        return this.#parts.pass(id, packet, judged);
      },
    });
    return promise;
  }
}

function questionsTo(parts: RelayParts): PathQuestions {
  return {
    kindOf: async (path) => {
      const answer = await parts.ask({ kind: 'lstat', path: Buffer.from(path) }, PACKET.attributes);
      if (answer.type === PACKET.status)
        return parseStatus(answer) === STATUS.noSuchFile ? 'missing' : 'unknown';
      return fileKind(parseAttributesReply(answer)) ?? 'unknown';
    },
    readLink: async (path) => {
      const answer = await parts.ask({ kind: 'readlink', path: Buffer.from(path) }, PACKET.name);
      return answer.type === PACKET.status ? null : parseOneName(answer);
    },
  };
}

function isSame(one: Resolved, other: Resolved | null): boolean {
  if (other === null || one.isLeaf !== other.isLeaf) return false;
  return one.paths.every(({ path, certainty }, at) => {
    return other.paths[at]?.path === path && other.paths[at].certainty === certainty;
  });
}
