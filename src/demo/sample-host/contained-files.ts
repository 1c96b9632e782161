/** SFTP for the contained host: the files below one directory, and nothing else. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const READ_BYTES_MAX = 262_144;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const MS_PER_S = 1_000;

interface OpenDirectory {
  readonly entries: readonly FileEntry[];
  told: boolean;
}

/** Serves one channel until it is closed. */
export function serveFiles(sftp: SFTPWrapper, root: string): void {
  const files = new Set<number>();
  const directories = new Map<number, OpenDirectory>();
  let nextDirectory = 1;
  const top = realpathSync(root);

  /** Where a name of the client's lies. @throws for what is not below the top */
  const placeOf = (name: string): string => {
    const path = resolve(top, name);
    const real = path === top ? top : join(realpathSync(dirname(path)), basename(path));
    if (real !== top && !real.startsWith(`${top}/`)) throw Object.assign(new Error(), { code: 'EACCES' });
    return real;
  };
  /** As `placeOf`, of what a link leads to. */
  const targetOf = (name: string): string => placeOf(realpathSync(placeOf(name)));
  const numberOf = (handle: Buffer): number => handle.readUInt32BE(1);
  const handleOf = (kind: 'f' | 'd', number: number): Buffer => {
    const handle = Buffer.alloc(5);
    handle.write(kind);
    handle.writeUInt32BE(number, 1);
    return handle;
  };
  const fileOf = (handle: Buffer): number => {
    const number = numberOf(handle);
    if (!files.has(number)) throw Object.assign(new Error(), { code: 'EBADF' });
    return number;
  };
  const answer = (request: number, act: () => void): void => {
    try {
      act();
    } catch (error) {
      sftp.status(request, statusOf(error));
    }
  };
  const done = (request: number, act: () => void): void =>
    answer(request, () => {
      act();
      sftp.status(request, STATUS_CODE.OK);
    });

  sftp.on('REALPATH', (request, name) =>
    answer(request, () => {
      const filename = placeOf(name);
      sftp.name(request, [{ filename, longname: filename, attrs: NO_ATTRIBUTES }]);
    }),
  );
  sftp.on('STAT', (request, name) =>
    answer(request, () => sftp.attrs(request, attributesOf(statSync(targetOf(name))))),
  );
  sftp.on('LSTAT', (request, name) =>
    answer(request, () => sftp.attrs(request, attributesOf(lstatSync(placeOf(name))))),
  );
  sftp.on('FSTAT', (request, handle) =>
    answer(request, () => sftp.attrs(request, attributesOf(fstatSync(fileOf(handle))))),
  );
  // Times and modes are not the demo's concern; a client that sets them is told that it did.
  sftp.on('SETSTAT', (request) => sftp.status(request, STATUS_CODE.OK));
  sftp.on('FSETSTAT', (request, handle, attributes) =>
    done(request, () => {
      // Left out where the client says nothing of it, whatever its type says.
      const size: number | undefined = attributes.size;
      if (size !== undefined) ftruncateSync(fileOf(handle), size);
    }),
  );
  sftp.on('OPEN', (request, name, flags) =>
    answer(request, () => {
      const file = openSync(placeOf(name), openFlags(flags), FILE_MODE);
      files.add(file);
      sftp.handle(request, handleOf('f', file));
    }),
  );
  sftp.on('READ', (request, handle, offset, length) =>
    answer(request, () => {
      const buffer = Buffer.alloc(Math.min(length, READ_BYTES_MAX));
      const bytes = readSync(fileOf(handle), buffer, 0, buffer.length, offset);
      if (bytes === 0) sftp.status(request, STATUS_CODE.EOF);
      else sftp.data(request, buffer.subarray(0, bytes));
    }),
  );
  sftp.on('WRITE', (request, handle, offset, data) =>
    done(request, () => {
      const file = fileOf(handle);
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at, offset + at);
    }),
  );
  sftp.on('CLOSE', (request, handle) =>
    done(request, () => {
      if (handle.toString('latin1', 0, 1) === 'd') {
        directories.delete(numberOf(handle));
        return;
      }
      const file = fileOf(handle);
      files.delete(file);
      closeSync(file);
    }),
  );
  sftp.on('OPENDIR', (request, name) =>
    answer(request, () => {
      const path = targetOf(name);
      const entries = ['.', '..', ...readdirSync(path)].map((entry) => entryOf(path, entry));
      directories.set(nextDirectory, { entries, told: false });
      sftp.handle(request, handleOf('d', nextDirectory));
      nextDirectory += 1;
    }),
  );
  sftp.on('READDIR', (request, handle) =>
    answer(request, () => {
      const directory = directories.get(numberOf(handle));
      if (directory === undefined || directory.told) {
        sftp.status(request, directory === undefined ? STATUS_CODE.FAILURE : STATUS_CODE.EOF);
        return;
      }
      directory.told = true;
      sftp.name(request, [...directory.entries]);
    }),
  );
  sftp.on('REMOVE', (request, name) => done(request, () => unlinkSync(placeOf(name))));
  sftp.on('RMDIR', (request, name) => done(request, () => rmdirSync(placeOf(name))));
  sftp.on('MKDIR', (request, name) => done(request, () => mkdirSync(placeOf(name), DIRECTORY_MODE)));
  sftp.on('RENAME', (request, from, to) => done(request, () => renameSync(placeOf(from), placeOf(to))));
  sftp.on('READLINK', (request) => sftp.status(request, STATUS_CODE.OP_UNSUPPORTED));
  sftp.on('SYMLINK', (request) => sftp.status(request, STATUS_CODE.OP_UNSUPPORTED));
  sftp.on('EXTENDED', (request) => sftp.status(request, STATUS_CODE.OP_UNSUPPORTED));
  sftp.on('end', () => sftp.end());
  sftp.on('close', () => {
    for (const file of files) closeSync(file);
    files.clear();
  });
}

const NO_ATTRIBUTES: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function attributesOf({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes {
  const seconds = (ms: number): number => Math.floor(ms / MS_PER_S);
  return { mode, uid, gid, size, atime: seconds(atimeMs), mtime: seconds(mtimeMs) };
}

function entryOf(directory: string, filename: string): FileEntry {
  const stats = lstatSync(join(directory, filename));
  const kind = stats.isDirectory() ? 'd' : '-';
  const longname = `${kind}rw-r--r-- 1 ${stats.uid} ${stats.gid} ${stats.size} ${stats.mtime.toISOString().slice(0, 10)} ${filename}`;
  return { filename, longname, attrs: attributesOf(stats) };
}

function openFlags(flags: number): number {
  const has = (mode: number): boolean => (flags & mode) !== 0;
  const access = has(OPEN_MODE.WRITE) ? (has(OPEN_MODE.READ) ? constants.O_RDWR : constants.O_WRONLY) : 0;
  const more: readonly (readonly [number, number])[] = [
    [OPEN_MODE.CREAT, constants.O_CREAT],
    [OPEN_MODE.TRUNC, constants.O_TRUNC],
    [OPEN_MODE.EXCL, constants.O_EXCL],
  ];
  // A link could lead out of the directory.
  return more.reduce((all, [asked, flag]) => (has(asked) ? all | flag : all), access | constants.O_NOFOLLOW);
}

function statusOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
