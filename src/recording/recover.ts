/**
 * Seals a recording whose recorder died: what its file lacks is added from the journal, then it is sealed.
 * Nothing that was written is destroyed: an incomplete last frame is kept in a file beside the recording, and
 * the signed `recovered` checkpoint names its size and hash. Run it only for a session whose recorder is gone, or
 * forwards nothing any more: a living one notices the seal before it writes again, and fails, and what it has in
 * its journal since then is not in the recording. docs/recording-format.md, "Recovery".
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { RandomBytes } from '../store/sealing.ts';
import { appendSeal, type Recovery, stillWritten } from './append-seal.ts';
import type { AuthenticEnd } from './authenticated-frames.ts';
import { damaged, type MissingLines, readMissingLines } from './journal/missing.ts';
import { areSealed } from './journal/sealed.ts';
import { removeIfSpent } from './journal/spent.ts';
import type { RecordingKeys } from './keys.ts';
import { recordingPath } from './layout.ts';
import type { RecordingProblem } from './problem.ts';
import { type Survey, surveyRecording } from './survey.ts';
import { hasSignatureFrom, isZeroFrom } from './tail.ts';

export type { Recovery } from './append-seal.ts';

export interface RecoveryInput {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly sessionId: string;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
}

/** As `recoverRecording` answered, or why it did not. */
type RecoveryOutcome = PromiseSettledResult<Recovery | null>;

/** In this process; two at a time would both append a seal. */
const running = new Map<string, Promise<RecoveryOutcome>>();

/**
 * Idempotent: of a sealed file it returns the head; who asks meanwhile gets the same answer. Removes the journal,
 * too, when this was its last session.
 * @returns null when there is no file, or only the beginning of a header
 * @throws AppError `recording_failed` when the file or its journal is damaged (they are left as they were found)
 *   or the file cannot be written; `conflict` when it grew meanwhile; `config_invalid` for other keys
 */
export async function recoverRecording(input: RecoveryInput): Promise<Recovery | null> {
  const outcomes = await recoverRecordings({ ...input, sessionIds: [input.sessionId] });
  const outcome = outcomes.get(input.sessionId);
  if (outcome?.status === 'rejected') throw outcome.reason;
  return outcome?.value ?? null;
}

/** Several of them: a journal that they share is read once. What keeps one from being sealed keeps no other. */
export async function recoverRecordings(
  input: Omit<RecoveryInput, 'sessionId'> & { readonly sessionIds: readonly string[] },
): Promise<Map<string, RecoveryOutcome>> {
  const asked = input.sessionIds.map((sessionId) => ({
    ...input,
    sessionId,
    path: recordingPath(input.directory, sessionId),
  }));
  const fresh = asked.filter(({ path }) => !running.has(path));
  const recovering = recoverAll(fresh);
  for (const { path } of fresh) {
    const mine = recovering.then((outcomes) => outcomes.get(path) ?? NOT_TRIED);
    running.set(path, mine);
    void mine.finally(() => running.delete(path));
  }
  return new Map(
    await Promise.all(
      asked.map(
        async ({ sessionId, path }): Promise<[string, RecoveryOutcome]> => [
          sessionId,
          (await running.get(path)) ?? NOT_TRIED,
        ],
      ),
    ),
  );
}

const NOT_TRIED: RecoveryOutcome = { status: 'fulfilled', value: null };

interface FileInput extends RecoveryInput {
  readonly path: string;
}

/** A file that lacks its seal, and how it ends. */
interface Unsealed extends FileInput {
  readonly survey: Survey;
  readonly fileBytes: number;
}

/** Never rejects. @returns by path */
async function recoverAll(files: readonly FileInput[]): Promise<Map<string, RecoveryOutcome>> {
  const outcomes = new Map<string, RecoveryOutcome>();
  const byJournal = new Map<string | null, Unsealed[]>();
  for (const file of files) {
    const found = await settled(() => examine(file));
    if (found.status === 'rejected') outcomes.set(file.path, found);
    else if (found.value === null || 'headHex' in found.value)
      outcomes.set(file.path, { status: 'fulfilled', value: found.value });
    else {
      const journalId = found.value.survey.end.header?.journal ?? null;
      byJournal.set(journalId, [...(byJournal.get(journalId) ?? []), found.value]);
    }
  }
  for (const [journalId, unsealed] of byJournal) {
    const known = await settled(() => missingOf(journalId, unsealed));
    for (const file of unsealed) {
      outcomes.set(
        file.path,
        known.status === 'rejected' ? known : await settled(() => finish(file, known.value)),
      );
    }
    const [{ directory, keys } = { directory: '', keys: null }] = unsealed;
    if (journalId === null || keys === null || known.status === 'rejected') continue;
    if (areSealed({ directory, keys, sessionIds: known.value.named })) {
      // It was read a moment ago; what stays is looked at again when a process begins to record.
      await removeIfSpent({ directory, keys, journalId }).catch(() => false);
    }
  }
  return outcomes;
}

async function settled<Value>(work: () => Promise<Value>): Promise<PromiseSettledResult<Value>> {
  try {
    return { status: 'fulfilled', value: await work() };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}

/** @returns null where there is nothing to seal, and the head of what is sealed already */
async function examine(file: FileInput): Promise<Unsealed | Recovery | null> {
  const { keys, sessionId, path } = file;
  const survey = await surveyRecording({ path, keys });
  if (survey === null) return null;
  const { end } = survey;
  const fileBytes = (await stat(path)).size;
  if (end.problem === null && fileBytes !== end.offset + end.tornBytes) {
    throw stillWritten(sessionId);
  }
  if (end.header === null && (end.problem === null || (await isZeroFrom(path, end.offset)))) return null;
  if (end.header !== null && end.header.sessionId !== sessionId)
    throw damaged(sessionId, `it belongs to session ${end.header.sessionId}`);
  if (end.problem !== null && (end.sealedBy !== null || end.header === null))
    throw damagedAt(sessionId, end.problem);
  if (end.sealedBy !== null) {
    return { headHex: end.chain.toString('hex'), bytes: fileBytes, setAsideBytes: end.setAsideBytes };
  }
  return { ...file, survey, fileBytes };
}

async function missingOf(journalId: string | null, unsealed: readonly Unsealed[]): Promise<MissingLines> {
  const [first] = unsealed;
  if (journalId === null || first === undefined) return { lines: new Map(), named: new Set() };
  const of = unsealed.map(({ sessionId, survey }) => ({ sessionId, journalled: survey.journalled }));
  return readMissingLines({ directory: first.directory, keys: first.keys, journalId, of });
}

async function finish(file: Unsealed, { lines }: MissingLines): Promise<Recovery> {
  const { sessionId, fileBytes, survey } = file;
  const { end } = survey;
  const { keys } = end;
  if (keys === null) throw damaged(sessionId, 'it has no header');
  const missing = lines.get(sessionId) ?? [];
  if (missing instanceof AppError) throw missing;
  if (end.problem !== null && !(await isUnfinished({ ...file, end, missing })))
    throw damagedAt(sessionId, end.problem);
  return appendSeal({ ...file, keys, end, missing, fileBytes });
}

/**
 * Whether what is behind the authentic part was never made durable, so that a power cut may have damaged it:
 * zeros hold nothing, and what nobody signed is in the journal.
 */
async function isUnfinished(
  input: RecoveryInput & { path: string; end: AuthenticEnd; missing: readonly string[] },
): Promise<boolean> {
  const { path, end, missing, keys, sessionId } = input;
  const { offset } = end;
  if (await isZeroFrom(path, offset)) return true;
  return missing.length > 0 && !(await hasSignatureFrom(path, { offset, keys, sessionId }));
}

function damagedAt(sessionId: string, { message, offset }: RecordingProblem): AppError {
  return damaged(sessionId, `${message} (byte ${offset})`);
}
