/** Checks recordings by themselves, and beside the audit log when there is one: files and a public key are enough. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogReport, WitnessedHead } from '../audit/log-walk.ts';
import { SessionLedger } from '../audit/session-ledger.ts';
import { verifyLogFile } from '../audit/verify-file.ts';
import { AppError, messageOf } from '../core/errors.ts';
import {
  type CheckedFile,
  type ComparedLog,
  compareFile,
  deletedInOrder,
  type LogMismatch,
  type MissingRecording,
  missingFrom,
  type Standing,
  sessionInName,
} from '../recording/compare-with-log.ts';
import type { RecordingProblem } from '../recording/problem.ts';
import type { TrustedKey } from '../recording/public-key.ts';
import { verifyRecording } from '../recording/verify.ts';

/** Also one that its operator gave up: another name makes nothing good. */
const RECORDING_NAME = /\.sprec(?:\.released)?$/;

export interface FileProblem {
  readonly code: RecordingProblem['code'] | LogMismatch['code'] | 'misnamed';
  readonly message: string;
  /** In bytes from the beginning of the file. */
  readonly offset: number;
}

/** `ok`: it is as it must be, also by the log. */
export interface FileResult extends Omit<CheckedFile, 'problems'> {
  /** Null without a log, and for a file that contradicts it. */
  readonly standing: Standing | null;
  readonly problems: readonly FileProblem[];
}

export interface RecordingsResult {
  readonly results: readonly FileResult[];
  /** Sessions of the log whose recording is not among the files; only looked for in whole directories. */
  readonly missing: readonly MissingRecording[];
  /** The check of the log itself; null without one. */
  readonly log: LogReport | null;
  readonly totals: {
    readonly files: number;
    readonly bytes: number;
    readonly ok: number;
    readonly failed: number;
    readonly live: number;
    readonly missing: number;
    /** Deleted, as the log tells, and gone. */
    readonly deleted: number;
  };
}

export interface RecordingsToCheck {
  /** Files, and directories for the recordings in them at any depth. */
  readonly paths: readonly string[];
  readonly key: TrustedKey;
  /** An exported audit log. */
  readonly log: string | null;
  /** What chat shows of the log. */
  readonly witnessed: WitnessedHead | null;
  readonly onLog: (bytes: number) => void;
  readonly onFile: (result: FileResult, progress: { readonly done: number; readonly of: number }) => void;
}

/** @throws AppError `not_found` when something cannot be read, or when there is nothing to check */
export async function checkRecordings(input: RecordingsToCheck): Promise<RecordingsResult> {
  const found = await findRecordings(input.paths, { emptyIsFine: input.log !== null });
  const log = input.log === null ? null : await readLog(input, input.log);
  const files: CheckedFile[] = [];
  const results: FileResult[] = [];
  for (const path of found.files) {
    const file = await checkFile(path, log?.key ?? input.key);
    const result = judge(file, log?.compared ?? null);
    files.push(file);
    results.push(result);
    input.onFile(result, { done: results.length, of: found.files.length });
  }
  const complete = log !== null && found.directories;
  const missing = complete ? missingFrom(files, log.compared) : [];
  const deleted = complete ? deletedInOrder(files, log.compared) : 0;
  return { results, missing, log: log?.report ?? null, totals: totalsOf(results, { missing, deleted }) };
}

async function readLog(
  { key, witnessed, onLog }: RecordingsToCheck,
  path: string,
): Promise<{ report: LogReport; compared: ComparedLog; key: TrustedKey }> {
  let trusted = key;
  const ledger = new SessionLedger();
  let endsAt: string | null = null;
  const report = await verifyLogFile({
    path,
    key,
    witnessed,
    onProgress: onLog,
    onKeys: (found) => {
      trusted = found;
    },
    judge: (event) => {
      endsAt = event.at;
      return ledger.judge(event);
    },
  });
  return { report, compared: { sessions: ledger.sessions, whole: report.first === 1, endsAt }, key: trusted };
}

async function checkFile(path: string, key: TrustedKey): Promise<CheckedFile> {
  const { size } = await stat(path);
  return { path, bytes: size, ...(await verifyRecording({ path, key })) };
}

function judge(file: CheckedFile, log: ComparedLog | null): FileResult {
  const named = sessionInName(file.path);
  const misnamed: FileProblem[] =
    named === null || file.sessionId === null || named === file.sessionId
      ? []
      : [{ code: 'misnamed', message: `it is the recording of session ${file.sessionId}`, offset: 0 }];
  const beside = log === null ? { standing: null, problems: [], excused: false } : compareFile(file, log);
  const problems = [...misnamed, ...beside.problems, ...(beside.excused ? [] : file.problems)];
  return { ...file, ok: problems.length === 0, standing: beside.standing, problems };
}

function totalsOf(
  results: readonly FileResult[],
  { missing, deleted }: { missing: readonly MissingRecording[]; deleted: number },
): RecordingsResult['totals'] {
  const ok = results.filter((result) => result.ok).length;
  return {
    files: results.length,
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    ok,
    failed: results.length - ok,
    live: results.filter((result) => result.ok && result.standing === 'live').length,
    missing: missing.length,
    deleted,
  };
}

/** A directory stands for the recordings in it. */
async function findRecordings(
  paths: readonly string[],
  { emptyIsFine }: { emptyIsFine: boolean },
): Promise<{ files: readonly string[]; directories: boolean }> {
  const files: string[] = [];
  let directories = false;
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      throw new AppError('not_found', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
    });
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    directories = true;
    const names = (await readdir(path, { recursive: true })).filter((name) => RECORDING_NAME.test(name));
    if (names.length === 0 && !emptyIsFine) {
      throw new AppError('not_found', `There are no recordings in ${path}.`);
    }
    files.push(...names.toSorted().map((name) => join(path, name)));
  }
  return { files: [...new Set(files)], directories };
}
