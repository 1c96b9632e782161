/** How PostgreSQL answers searches: their questions are not known when they are planned. */
import type { Database } from '../open-store.ts';

const QUERY_CANCELED = '57014';

/**
 * For the rest of the transaction. Compiling a search takes longer than it does, so that is off.
 * @param options.timeoutMs of each statement
 */
export async function planSearch(db: Database, options: { readonly timeoutMs: number }): Promise<void> {
  await db.execute(
    `select set_config('jit', 'off', true), set_config('work_mem', '32MB', true),
            set_config('statement_timeout', ?, true)`,
    [String(Math.max(1, Math.ceil(options.timeoutMs)))],
  );
}

/**
 * From now on in the transaction. How many entries have a word is not known before, and to compare each of them with
 * every session takes minutes.
 */
export async function planForMany(db: Database): Promise<void> {
  await db.execute(`select set_config('enable_nestloop', 'off', true)`);
}

/** True of what a statement fails with that took longer than it may. */
export function isTooLong(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === QUERY_CANCELED;
}
