/** The files that judged requests opened, and what clients do with them. What no judged request opened is refused. */
import type { FilePath } from '../../../policies/analyzers/files/file-statement.ts';
import { fileStatement } from '../../../policies/analyzers/files/file-statement.ts';
import type { ShellStatement } from '../../../policies/analyzers/shell/shell-statement.ts';
import { countsUploads } from '../../../policies/rules/egress.ts';
import type { FileTransfer } from '../host-session.ts';
import { NO_SUCH_HANDLE, NOT_FOR_READING, NOT_FOR_WRITING, outcomeOf } from './answers.ts';
import { attributeWords } from './codec/attributes.ts';
import type { Packet } from './codec/framer.ts';
import { PACKET, STATUS } from './codec/packet-types.ts';
import type { EncodedRequest, Request } from './codec/requests.ts';
import { parseAttributesReply, parseData, parseStatus } from './codec/responses.ts';
import { violation } from './codec/violation.ts';
import { OpenFile } from './open-file.ts';
import type { Permissions } from './permission.ts';
import type { RelayParts } from './relay-parts.ts';
import type { Turns } from './turns.ts';

/** Open at once, directories included. */
export const FILES_MAX = 256;

type OnHandle = Extract<Request, { handle: Buffer }>;
type Of<Kind extends OnHandle['kind']> = {
  readonly file: OpenFile;
  readonly packet: Packet;
  readonly request: Extract<OnHandle, { kind: Kind }>;
};
type CopyData = Extract<Extract<Request, { kind: 'extended' }>['extension'], { name: 'copy-data' }>;

export class OpenFiles {
  readonly #parts: RelayParts;
  readonly #permissions: Permissions;
  readonly #turns: Turns;
  readonly #files = new Map<string, OpenFile>();
  /** Those whose close the target has not answered. */
  readonly #closing = new Set<OpenFile>();
  /** Closed, and their bytes are still being hashed. */
  readonly #hashing = new Set<OpenFile>();

  constructor(parts: RelayParts, by: { readonly permissions: Permissions; readonly turns: Turns }) {
    this.#parts = parts;
    this.#permissions = by.permissions;
    this.#turns = by.turns;
  }

  get count(): number {
    return this.#files.size;
  }

  /** @throws AppError `invalid_input` when the handle is another file's */
  add(handle: Buffer, opening: OpenFile['opening']): void {
    const key = handle.toString('latin1');
    if (this.#files.has(key)) throw violation('The target gave out a handle twice');
    this.#files.set(key, new OpenFile(opening));
  }

  find(handle: Buffer): OpenFile | null {
    return this.#files.get(handle.toString('latin1')) ?? null;
  }

  /** Records what was open as far as it came. */
  end(): void {
    const open = [...this.#files.values(), ...this.#closing, ...this.#hashing];
    this.#files.clear();
    this.#closing.clear();
    this.#hashing.clear();
    for (const file of open) void this.#finish(file, { wasCut: true });
  }

  serve(id: number, packet: Packet, request: OnHandle): void | Promise<void> {
    const file = this.find(request.handle);
    if (file === null) return this.#parts.status(id, STATUS.failure, NO_SUCH_HANDLE);
    switch (request.kind) {
      case 'read':
        return this.#read(id, { file, packet, request });
      case 'write':
        return this.#write(id, { file, packet, request });
      case 'close':
        return this.#inTurn(file, () => this.#close(id, file, request.handle));
      case 'fstat':
        return this.passOn(id, packet, { file, expected: PACKET.attributes });
      case 'readdir':
        return file.opening.kind === 'directory'
          ? this.passOn(id, packet, { file, expected: PACKET.name })
          : this.#parts.status(id, STATUS.failure, NO_SUCH_HANDLE);
      case 'fsetstat':
        return this.#setAttributes(id, { file, packet, request });
    }
  }

  /**
   * The client's own packet about a file.
   * @param of.seen looks at the answer before it passes, and may ask for time before the next one
   */
  passOn(
    id: number,
    packet: Packet,
    of: {
      readonly file: OpenFile;
      readonly expected: number;
      readonly seen?: (answer: Packet) => Promise<void> | null;
    },
  ): void {
    const { file, expected, seen } = of;
    file.inFlight += 1;
    this.#parts.passOn(packet, {
      expected,
      answered: (answer) => {
        const room = seen?.(answer) ?? null;
        void this.#settled(file);
        const passed = this.#parts.pass(id, answer, file.opening.judged);
        return room === null ? passed : room.then(() => passed);
      },
    });
  }

  /** Copies within the target: both files were judged, and what goes from the one into the other is as well. */
  copy(id: number, request: EncodedRequest, extension: CopyData): void {
    const [from, to] = [this.find(extension.from), this.find(extension.to)];
    if (from === null || to === null) {
      this.#parts.status(id, STATUS.failure, NO_SUCH_HANDLE);
      return;
    }
    if (!from.opening.reads) {
      this.#parts.status(id, STATUS.permissionDenied, NOT_FOR_READING);
      return;
    }
    if (!to.opening.writes) {
      this.#parts.status(id, STATUS.permissionDenied, NOT_FOR_WRITING);
      return;
    }
    const statement = fileStatement({ operation: 'copy', paths: [exactly(from), exactly(to)] });
    to.changedOtherwise();
    this.judge(id, { files: [from, to], statement, request, expected: PACKET.status });
  }

  /** Judges, in its turn, what is done with open files, or with none. */
  judge(
    id: number,
    of: {
      readonly files: readonly OpenFile[];
      readonly statement: ShellStatement;
      readonly request: EncodedRequest;
      readonly expected: number;
    },
  ): void {
    const { files, statement, request, expected } = of;
    for (const file of files) file.waiting += 1;
    this.#turns.add(async () => {
      const permission = await this.#permissions.ask(statement);
      for (const file of files) file.waiting -= 1;
      if (permission.kind === 'refused') return this.#parts.refuse(id, permission);
      const { judged } = permission;
      const startedAtMs = this.#parts.options.session.live.ageMs;
      for (const file of files) file.inFlight += 1;
      this.#parts.release(request, {
        expected,
        answered: (packet) => {
          this.#parts.complete(judged, { startedAtMs, tag: outcomeOf(packet) });
          for (const file of files) void this.#settled(file);
          return this.#parts.pass(id, packet, judged);
        },
      });
    });
  }

  #inTurn(file: OpenFile, serve: () => void): void {
    if (file.waiting > 0) this.#turns.add(serve);
    else serve();
  }

  #read(id: number, { file, packet, request }: Of<'read'>): void {
    const { kind, reads } = file.opening;
    if (kind !== 'file' || !reads) {
      this.#parts.status(id, STATUS.permissionDenied, NOT_FOR_READING);
      return;
    }
    const { offset, length } = request;
    this.passOn(id, packet, {
      file,
      expected: PACKET.data,
      seen: (answer) => {
        if (answer.type === PACKET.status) {
          if (parseStatus(answer) === STATUS.endOfFile) file.endOfFile(offset);
          return null;
        }
        const data = parseData(answer);
        if (data.length > length) throw violation('The target sent more than was asked for');
        return file.downloaded(offset, dataOf(answer, data));
      },
    });
  }

  #write(id: number, { file, packet, request }: Of<'write'>): void | Promise<void> {
    const { kind, writes, judged } = file.opening;
    if (kind !== 'file' || !writes) return this.#parts.status(id, STATUS.permissionDenied, NOT_FOR_WRITING);
    const { session } = this.#parts.options;
    const forward = (may: boolean): void | Promise<void> => {
      if (!may || this.#parts.isOver) return;
      const room = file.uploaded(request.offset, dataOf(packet, request));
      this.passOn(id, packet, {
        file,
        expected: PACKET.status,
        seen: (answer) => {
          if (parseStatus(answer) !== STATUS.ok) file.changedOtherwise();
          return null;
        },
      });
      if (room !== null) return room;
    };
    const may = countsUploads(session.policy.applies.rules)
      ? session.countBytes(judged, request.length)
      : true;
    return may instanceof Promise ? may.then(forward) : forward(may);
  }

  /** Asks for the size on the way: it tells whether what passed is the whole file. */
  #close(id: number, file: OpenFile, handle: Buffer): void {
    if (file.isClosed) {
      this.#parts.status(id, STATUS.failure, NO_SUCH_HANDLE);
      return;
    }
    this.#files.delete(handle.toString('latin1'));
    file.isClosed = true;
    this.#closing.add(file);
    if (file.opening.kind === 'file') {
      const answered = (answer: Packet): void => {
        if (answer.type === PACKET.status) return;
        const { size } = parseAttributesReply(answer);
        if (size !== null) file.sizeAtClose = Number(size);
      };
      this.#parts.send({ kind: 'fstat', handle }, { expected: PACKET.attributes, answered });
    }
    file.inFlight += 1;
    this.#parts.send(
      { kind: 'close', handle },
      {
        expected: PACKET.status,
        answered: (packet) => {
          if (parseStatus(packet) !== STATUS.ok) file.changedOtherwise();
          const hashed = this.#settled(file);
          const sendBack = (): void => this.#parts.sendBack(id, packet);
          return hashed instanceof Promise ? hashed.then(sendBack) : sendBack();
        },
      },
    );
  }

  /** A request about a file was answered. @returns when it was the last, and what passed is in the recording */
  #settled(file: OpenFile): void | Promise<void> {
    file.inFlight -= 1;
    const isLast = file.isClosed && file.inFlight === 0 && this.#closing.delete(file);
    return isLast ? this.#finish(file, { wasCut: false }) : undefined;
  }

  #finish(file: OpenFile, { wasCut }: { readonly wasCut: boolean }): void | Promise<void> {
    const { judged, startedAtMs } = file.opening;
    const record = (transfers: readonly FileTransfer[]): void => {
      for (const transfer of transfers) this.#parts.options.record.file(transfer);
      this.#parts.complete(judged, { startedAtMs, tag: wasCut ? 'cut' : 'ok' });
    };
    const transfers = file.transfers({ wasCut });
    if (!(transfers instanceof Promise)) return record(transfers);
    this.#hashing.add(file);
    return transfers.then((hashed) => {
      if (this.#hashing.delete(file)) record(hashed);
    });
  }

  /** Times, and the mode that it was opened with, go with writing a file; anything else is judged. */
  #setAttributes(id: number, { file, packet, request }: Of<'fsetstat'>): void {
    const { attributes } = request;
    const { writes, mode } = file.opening;
    const { permissions, owner, size, extended } = attributes;
    const isSameMode = permissions === null || (permissions & 0o7777) === mode;
    if (size !== null) file.changedOtherwise();
    if (writes && isSameMode && owner === null && extended.length === 0) {
      this.passOn(id, packet, { file, expected: PACKET.status });
      return;
    }
    const details = attributeWords(attributes);
    const statement = fileStatement({ operation: 'setstat', paths: [exactly(file)], details });
    this.judge(id, { files: [file], statement, request, expected: PACKET.status });
  }
}

function exactly({ opening }: OpenFile): FilePath {
  return { path: opening.path, certainty: opening.certainty };
}

function dataOf(packet: Packet, at: { readonly dataAt: number; readonly length: number }): Buffer[] {
  const pieces = [...packet.from(at.dataAt)];
  const last = pieces.at(-1);
  const beyond = pieces.reduce((sum, piece) => sum + piece.length, 0) - at.length;
  // A server's mark of the end of a file may follow its data.
  if (beyond > 0 && last !== undefined) pieces[pieces.length - 1] = last.subarray(0, last.length - beyond);
  return pieces;
}
