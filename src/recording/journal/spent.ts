/**
 * Removes journals that nobody needs any more: of processes that died, when all their sessions are sealed. The
 * journal of a living process always names a session that is not.
 */
import { rm, stat } from 'node:fs/promises';
import type { RecordingKeys } from '../keys.ts';
import { journalPath, listJournalFiles } from '../layout.ts';
import { readJournal } from './read.ts';
import { areSealed } from './sealed.ts';

/** A file whose first write is not finished names nobody yet. */
const BEGINNING_MS = 60_000;

/**
 * Removes a journal when every session that it names is sealed.
 * @returns whether it is gone
 * @throws AppError `recording_failed` for a damaged journal, which stays
 */
export async function removeIfSpent(input: {
  directory: string;
  keys: RecordingKeys;
  journalId: string;
}): Promise<boolean> {
  const { directory, journalId } = input;
  const before = await filesOf(input);
  const sessionIds = new Set<string>();
  for await (const { sessionId } of readJournal(input)) sessionIds.add(sessionId);
  if (!areSealed({ ...input, sessionIds })) return false;
  const after = await filesOf(input);
  const changed =
    after.length !== before.length || after.some(({ bytes }, at) => bytes !== before[at]?.bytes);
  const isNew = sessionIds.size === 0 && after.some(({ ageMs }) => ageMs < BEGINNING_MS);
  if (changed || isNew) return false;
  for (const { segment } of after) await rm(journalPath(directory, { journalId, segment }), { force: true });
  return true;
}

/**
 * Removes the journals that a crash left behind although their sessions are sealed.
 * @returns for each journal that could not be read, why; it stays
 */
export async function removeSpentJournals(input: {
  directory: string;
  keys: RecordingKeys;
}): Promise<{ journalId: string; problem: unknown }[]> {
  const ids = new Set((await listJournalFiles(input.directory)).map(({ journalId }) => journalId));
  const problems: { journalId: string; problem: unknown }[] = [];
  for (const journalId of ids) {
    try {
      await removeIfSpent({ ...input, journalId });
    } catch (problem) {
      problems.push({ journalId, problem });
    }
  }
  return problems;
}

async function filesOf(input: { directory: string; journalId: string }) {
  const names = (await listJournalFiles(input.directory)).filter(
    ({ journalId }) => journalId === input.journalId,
  );
  return Promise.all(
    names.map(async (name) => {
      const found = await stat(journalPath(input.directory, name)).catch(() => null);
      return { segment: name.segment, bytes: found?.size ?? -1, ageMs: Date.now() - (found?.mtimeMs ?? 0) };
    }),
  );
}
