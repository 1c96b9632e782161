/** What recovery takes from a journal: the lines of sessions that their own files lack. */
import { AppError } from '../../core/errors.ts';
import type { RecordingKeys } from '../keys.ts';
import type { JournalEntry } from './format.ts';
import { readJournal } from './read.ts';

/** A session, and how many of its events that go through the journal its file holds. */
interface Lacking {
  readonly sessionId: string;
  readonly journalled: number;
}

export interface MissingLines {
  /** For each session that was asked for, its lines in order, or why they cannot be had. */
  readonly lines: ReadonlyMap<string, readonly string[] | AppError>;
  /** Every session that the journal names. */
  readonly named: ReadonlySet<string>;
}

/**
 * Reads the journal once, however many sessions are asked for.
 * @throws as `readJournal` does; nothing is known of any of them then
 */
export async function readMissingLines(input: {
  directory: string;
  keys: RecordingKeys;
  journalId: string;
  of: readonly Lacking[];
}): Promise<MissingLines> {
  const { journalId } = input;
  const named = new Set<string>();
  const found = new Map(input.of.map((session) => [session.sessionId, new LinesOfSession(session)]));
  for await (const entry of readJournal(input)) {
    named.add(entry.sessionId);
    found.get(entry.sessionId)?.take(entry);
  }
  const lines = input.of.map(({ sessionId }): [string, readonly string[] | AppError] => [
    sessionId,
    named.has(sessionId)
      ? (found.get(sessionId)?.lines(journalId) ?? [])
      : damaged(sessionId, `its journal ${journalId} is not there or does not know it`),
  ]);
  return { lines: new Map(lines), named };
}

class LinesOfSession {
  readonly #session: Lacking;
  readonly #lines: string[] = [];
  /** The first event that neither the file nor the journal has. */
  #gapAt: number | null = null;

  constructor(session: Lacking) {
    this.#session = session;
  }

  take({ ordinal, line }: JournalEntry): void {
    const next = this.#session.journalled + this.#lines.length + 1;
    if (this.#gapAt !== null || ordinal < next) return;
    if (ordinal > next) this.#gapAt = next;
    else this.#lines.push(line);
  }

  lines(journalId: string): readonly string[] | AppError {
    if (this.#gapAt === null) return this.#lines;
    const what = `event ${this.#gapAt} is neither in it nor in its journal ${journalId}`;
    return damaged(this.#session.sessionId, what);
  }
}

/** A recording that cannot be sealed as it is. What is said tells the operator how to give it up. */
export function damaged(sessionId: string, what: string): AppError {
  const message = `The recording is damaged and was left as it is: ${what}. Its journal is kept for it; to give it up, rename ${sessionId}.sprec to ${sessionId}.sprec.released.`;
  return new AppError('recording_failed', message, { context: { sessionId } });
}
