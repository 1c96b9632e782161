/** Events that a receiver of the audit log would not take. */
import type { SinkLetterState } from '../../core/sink.ts';
import { SinkLetterRow } from '../entities/sink.ts';
import type { Database } from '../open-store.ts';

/** One that was put aside before waits again, with one attempt more. */
export async function keepSinkLetters(
  db: Database,
  letters: {
    readonly sink: string;
    readonly refusals: readonly { readonly sequence: number; readonly reason: string }[];
    readonly now: Date;
  },
): Promise<void> {
  if (letters.refusals.length === 0) return;
  await db.execute(
    `insert into sink_letter as kept (sink, sequence, state, attempts, reason, failed_at)
     select ?, sequence, 'waiting', 1, reason, ? from jsonb_to_recordset(?::jsonb) as (sequence bigint, reason text)
         on conflict (sink, sequence) do update
        set state = 'waiting', attempts = kept.attempts + 1, reason = excluded.reason,
            failed_at = excluded.failed_at, settled_at = null, settled_by_id = null`,
    [letters.sink, letters.now, JSON.stringify(letters.refusals)],
  );
}

/** In the log's order. */
export async function listSinkLetters(
  db: Database,
  options: { readonly sink: string; readonly state?: SinkLetterState; readonly limit: number },
): Promise<readonly SinkLetterRow[]> {
  const { sink, state, limit } = options;
  return db.find(
    SinkLetterRow,
    { sink, ...(state === undefined ? {} : { state }) },
    { orderBy: { sequence: 'asc' }, limit, populate: ['settledBy'], disableIdentityMap: true },
  );
}

/** How many of each sink wait for somebody. */
export async function countSinkLetters(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ sink: string; count: string }[]>(
    `select sink, count(*)::text as count from sink_letter where state = 'waiting' group by sink`,
  );
  return new Map(rows.map(({ sink, count }) => [sink, Number(count)]));
}

/** @param letters.sequence all that wait when left out. @returns how many are sent again */
export async function askForSinkLetters(
  db: Database,
  letters: { readonly sink: string; readonly sequence: number | null },
): Promise<number> {
  return db.nativeUpdate(
    SinkLetterRow,
    { sink: letters.sink, state: 'waiting', ...sequenceOf(letters) },
    { state: 'again' },
  );
}

/** @returns how many nobody needs to look at any more */
export async function discardSinkLetters(
  db: Database,
  letters: {
    readonly sink: string;
    readonly sequence: number | null;
    readonly byId: string;
    readonly now: Date;
  },
): Promise<number> {
  return db.nativeUpdate(
    SinkLetterRow,
    { sink: letters.sink, state: 'waiting', ...sequenceOf(letters) },
    { state: 'discarded', settledAt: letters.now, settledBy: letters.byId },
  );
}

export async function settleSinkLetters(
  db: Database,
  letters: { readonly sink: string; readonly sequences: readonly number[]; readonly now: Date },
): Promise<void> {
  await db.nativeUpdate(
    SinkLetterRow,
    { sink: letters.sink, state: 'again', sequence: { $in: [...letters.sequences] } },
    { state: 'sent', settledAt: letters.now },
  );
}

export async function deleteSettledSinkLetters(
  db: Database,
  { before }: { readonly before: Date },
): Promise<number> {
  return db.nativeDelete(SinkLetterRow, { settledAt: { $lt: before } });
}

function sequenceOf({ sequence }: { readonly sequence: number | null }): { sequence?: number } {
  return sequence === null ? {} : { sequence };
}
