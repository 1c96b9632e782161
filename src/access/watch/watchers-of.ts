import type { Database } from '../../store/open-store.ts';
import { listWatchers } from '../../store/operations/session-watchers.ts';
import type { PartyView } from '../views.ts';

/** Somebody who was not seen for so long watches no more. */
export const WATCHES_MS = 15_000;

/** Who watches each of these sessions now, as far as they live. */
export async function watchersOf(
  db: Database,
  input: { sessionIds: readonly string[] },
): Promise<ReadonlyMap<string, readonly PartyView[]>> {
  const rows = await listWatchers(db, { sessionIds: input.sessionIds, withinMs: WATCHES_MS });
  const watchers = new Map<string, PartyView[]>();
  for (const { sessionId, ...party } of rows)
    watchers.set(sessionId, [...(watchers.get(sessionId) ?? []), party]);
  return watchers;
}
