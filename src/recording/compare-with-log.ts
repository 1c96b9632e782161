/**
 * Holds recordings against what the audit log says of their sessions: whether each file is the one that was sealed,
 * and whether any is missing. docs/audit-log.md, "Recordings and the log".
 */
import { basename } from 'node:path';
import type { Verification } from './verify.ts';

/** A recording that was checked by itself. */
export interface CheckedFile extends Verification {
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
}

/** What the log says of a session's recording. */
export interface RecordingInLog {
  readonly sessionId: string;
  readonly ended: boolean;
  /** ISO 8601. */
  readonly startedAt: string | null;
  /** Hex; null while the log names none. */
  readonly head: string | null;
  readonly bytes: number | null;
  /** False when its end says that nothing was asked in it. */
  readonly mayBeRecorded: boolean;
  readonly deleted: { readonly head: string | null; readonly reason: string; readonly at: string } | null;
}

/** A log whose events were checked already. */
export interface ComparedLog {
  readonly sessions: ReadonlyMap<string, RecordingInLog>;
  /** False for a part of a log: sessions from before it are not in there. */
  readonly whole: boolean;
  /** ISO 8601, of its last event; null for one without events. */
  readonly endsAt: string | null;
}

/**
 * `confirmed`: it is the file that the log names. `live`: the log does not have the session's end, so its file may
 * end anywhere. `unconfirmed`: the log names no head. `outside`: its session is not in this part of the log.
 */
export type Standing = 'confirmed' | 'live' | 'deleted' | 'unconfirmed' | 'outside';

export interface LogMismatch {
  readonly code: 'head_mismatch' | 'shorter_than_log' | 'not_in_log';
  readonly message: string;
  /** In the file. */
  readonly offset: number;
}

/** What the log adds to the check of one file. */
export interface FileInLog {
  readonly standing: Standing | null;
  readonly problems: readonly LogMismatch[];
  /**
   * True when what the check of the file found is as it must be: a session that lives has no seal, and one that could
   * not begin to be recorded has left nothing.
   */
  readonly excused: boolean;
}

export interface MissingRecording {
  readonly sessionId: string;
  /** Hex; null where the log names none. */
  readonly head: string | null;
  readonly message: string;
}

/** A session that has begun may not have its file yet, and one that is younger than the log is not in there. */
const YOUNG_MS = 60_000;

/** The session that a file is of, as far as it can be known: by its header where that is signed, else by its name. */
function sessionOf({ path, sessionId, provenBytes }: CheckedFile): string | null {
  return provenBytes > 0 ? sessionId : (sessionInName(path) ?? sessionId);
}

/** The session that the name of a recording says it is of, or null for a name that says nothing. */
export function sessionInName(path: string): string | null {
  return /^(s-[A-Za-z0-9_-]{1,62})\.sprec(?:\.released)?$/.exec(basename(path))?.[1] ?? null;
}

export function compareFile(file: CheckedFile, log: ComparedLog): FileInLog {
  const sessionId = sessionOf(file);
  const known = sessionId === null ? undefined : log.sessions.get(sessionId);
  if (known === undefined) return strange(file, log);
  const problems = mismatchesOf(file, known);
  const standing = standingOf(file, known);
  const unfinished = file.problems.every(({ code }) => code === 'unsealed' || code === 'torn_frame');
  const excused = standing === 'live' ? unfinished : neverBegan(file, known);
  return { standing, problems, excused };
}

/** Sessions of the log whose recording is not among these files, in the order of the log. */
export function missingFrom(files: readonly CheckedFile[], log: ComparedLog): readonly MissingRecording[] {
  const present = new Set(files.map(sessionOf));
  const missing: MissingRecording[] = [];
  for (const session of log.sessions.values()) {
    if (present.has(session.sessionId)) continue;
    const message = whyMissing(session, log);
    if (message !== null) missing.push({ sessionId: session.sessionId, head: session.head, message });
  }
  return missing;
}

/** Sessions whose recording was deleted, which the log tells of, and is not there. */
export function deletedInOrder(files: readonly CheckedFile[], log: ComparedLog): number {
  const present = new Set(files.map(sessionOf));
  return [...log.sessions.values()].filter(
    ({ sessionId, deleted }) => deleted !== null && !present.has(sessionId),
  ).length;
}

function standingOf(file: CheckedFile, { deleted, head, ended }: RecordingInLog): Standing | null {
  if (head !== null && file.headHex === head) return deleted === null ? 'confirmed' : 'deleted';
  if (head !== null) return null;
  return ended ? 'unconfirmed' : 'live';
}

/** On a full disk, say: the client was refused. */
function neverBegan(file: CheckedFile, { ended, head, mayBeRecorded }: RecordingInLog): boolean {
  return file.bytes === 0 && ended && head === null && !mayBeRecorded;
}

function mismatchesOf(file: CheckedFile, { head, bytes }: RecordingInLog): readonly LogMismatch[] {
  if (head === null) return [];
  if (bytes !== null && file.bytes < bytes) {
    const message = `the log knows it with ${bytes} bytes, and here are ${file.bytes}: ${bytes - file.bytes} are missing at the end`;
    return [{ code: 'shorter_than_log', message, offset: file.bytes }];
  }
  // What is damaged has no head to compare, and is named for that.
  if (file.headHex === null || file.headHex === head) return [];
  const message = `it is whole, and not the recording that the log names: its head is ${file.headHex}, in the log it is ${head}`;
  return [{ code: 'head_mismatch', message, offset: 0 }];
}

function strange(file: CheckedFile, { whole, endsAt }: ComparedLog): FileInLog {
  const createdAt = file.createdAt === null ? null : Date.parse(file.createdAt);
  const younger = createdAt !== null && (endsAt === null || createdAt > Date.parse(endsAt) - YOUNG_MS);
  if (!whole || younger) return { standing: 'outside', problems: [], excused: false };
  const message = 'the log names no such session';
  return { standing: null, problems: [{ code: 'not_in_log', message, offset: 0 }], excused: false };
}

/** Null where no file is to be expected. */
function whyMissing(session: RecordingInLog, { endsAt }: ComparedLog): string | null {
  const { deleted, head, ended, mayBeRecorded, startedAt } = session;
  if (deleted !== null) return null;
  if (head !== null) return 'its recording is not here';
  if (ended) return mayBeRecorded ? 'it ended without a sealed recording, and no file of it is here' : null;
  const young =
    startedAt === null || endsAt === null || Date.parse(startedAt) > Date.parse(endsAt) - YOUNG_MS;
  return young ? null : 'it lives, by the log, and no file of it is here';
}
