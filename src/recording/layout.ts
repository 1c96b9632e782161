/**
 * Where recordings live on disk: one directory, one file for each session, the public key beside them, and the
 * journals of the processes that record.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { keysOf, type PublicKey, parsePublicKey, publicKeyOf, type TrustedKey } from './public-key.ts';

/** Session ids are file names and are signed: letters, digits, `-` and `_`, at most 64. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** What `sallyport verify` needs besides the recordings: the deployment's Ed25519 public keys, PEM. */
export const SIGNING_KEY_FILE = 'signing-key.pub';

const TEMPORARY_BYTES = 4;

/**
 * The file of a session's recording.
 * @throws AppError `invalid_input` when the id could not have been issued (a path, for example)
 */
export function recordingPath(directory: string, sessionId: string): string {
  return join(directory, `${checkedSessionId(sessionId)}.sprec`);
}

/** The number is padded for people who list the directory. */
const JOURNAL_FILE = /^(j-[0-9a-f]{16})\.(\d{6,15})\.sjournal$/;

export interface JournalFileName {
  readonly journalId: string;
  readonly segment: number;
}

/** A segment of a journal. */
export function journalPath(directory: string, { journalId, segment }: JournalFileName): string {
  return join(directory, `${journalId}.${String(segment).padStart(6, '0')}.sjournal`);
}

/** The segments of all journals in the directory, those of one journal in order. Empty when it is not there. */
export async function listJournalFiles(directory: string): Promise<JournalFileName[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const [, journalId, segment] = JOURNAL_FILE.exec(name) ?? [];
      return journalId === undefined ? [] : [{ journalId, segment: Number(segment) }];
    })
    .toSorted((one, other) => one.segment - other.segment);
}

/** Where recovery sets aside the bytes that a crash left behind the last whole frame. */
export function setAsidePath(recording: string): string {
  return `${recording}.torn`;
}

/** What the sending to object storage has come to; see `storage/upload-log.ts`. */
export function uploadLogPath(recording: string): string {
  return `${recording}.upload`;
}

/** Recordings that are in object storage too, or were fetched from there. */
export function cacheDirectory(directory: string): string {
  return join(directory, 'cache');
}

const RECORDING_FILE = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.sprec$/;

/** The session whose recording a file of this name is; null for any other file. */
export function sessionOfFile(name: string): string | null {
  return RECORDING_FILE.exec(name)?.[1] ?? null;
}

/** What an operator calls a recording that cannot be sealed, to give it up: its journal need not be kept for it. */
export function releasedPath(recording: string): string {
  return `${recording}.released`;
}

/** @throws AppError `invalid_input` unless it is 1 to 64 letters, digits, `-` and `_` */
export function checkedSessionId(sessionId: string): string {
  if (!SESSION_ID.test(sessionId)) {
    throw new AppError('invalid_input', `"${sessionId.slice(0, 80)}" is not a session id.`);
  }
  return sessionId;
}

/**
 * Makes the directory (mode 0700) and puts the public key beside the recordings, once.
 * @param input.publicKeyPem the first key and those that followed
 * @throws AppError `config_invalid` when the directory already belongs to another signing key: its
 *   recordings could not be told from ours. System errors pass through.
 */
export function prepareRecordingDirectory(input: { directory: string; publicKeyPem: string }): void {
  mkdirSync(input.directory, { recursive: true, mode: 0o700 });
  const path = join(input.directory, SIGNING_KEY_FILE);
  const existing = readIfThere(path);
  if (existing === null) {
    writeFirst(path, input.publicKeyPem);
  } else if (existing.trim() !== input.publicKeyPem.trim()) {
    keepWhatFollows(path, { existing, publicKeyPem: input.publicKeyPem });
  }
}

/** A key that followed is added. Another server may know of more than we do: it stays. */
function keepWhatFollows(path: string, texts: { existing: string; publicKeyPem: string }): void {
  const ours = parsePublicKey(texts.publicKeyPem);
  const theirs = readableKeys(texts.existing);
  if (theirs?.first !== ours.sha256) {
    throw new AppError(
      'config_invalid',
      `${path} holds another signing key. Use the database and the master key that this directory belongs to, or an empty directory.`,
    );
  }
  if (theirs.bundle !== null && agree(keysOf(ours), keysOf(theirs.bundle))) return;
  const fresh = `${path}.${randomBytes(TEMPORARY_BYTES).toString('hex')}`;
  writeFileSync(fresh, texts.publicKeyPem, { flag: 'wx', mode: 0o644 });
  renameSync(fresh, path);
}

/** Whose keys a file holds, by its first one; without a bundle when what is behind that is no good. */
function readableKeys(text: string): { first: string; bundle: TrustedKey | null } | null {
  try {
    const bundle = parsePublicKey(text);
    return { first: bundle.sha256, bundle };
  } catch {
    // What somebody has put behind the first key is written over.
  }
  try {
    return { first: publicKeyOf(text).sha256, bundle: null };
  } catch {
    return null;
  }
}

function agree(ours: readonly PublicKey[], theirs: readonly PublicKey[]): boolean {
  return ours.every(({ sha256 }, index) => theirs[index]?.sha256 === sha256);
}

/**
 * What is wrong with the mode of a directory that somebody else has made: its files are readable for their owner
 * alone, but who may write to it can remove them, and who may list it learns of every session.
 * @returns null when it is its owner's alone
 * @throws AppError `config_invalid` when everybody may write to it
 */
export function exposureOf(directory: string): string | null {
  const mode = statSync(directory).mode & 0o777;
  if ((mode & 0o077) === 0) return null;
  const inWords = `${directory} has mode ${mode.toString(8).padStart(4, '0')}`;
  if ((mode & 0o002) !== 0)
    throw new AppError(
      'config_invalid',
      `${inWords}: everybody on this machine could remove recordings. Run: chmod 700 ${directory}`,
    );
  return `${inWords}: others on this machine can look into it. Run: chmod 700 ${directory}`;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Two replicas may arrive here together: the first file stands, and both carry the same key. */
function writeFirst(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}

/** True for an error of the operating system with this code. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
