import type { Database } from '../open-store.ts';

export interface WatcherRow {
  readonly sessionId: string;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly kind: 'person' | 'workload';
}

/**
 * Somebody watches a session now.
 * @returns true when this begins a watch: they had not been seen there since `since`
 */
export async function noteWatcher(
  db: Database,
  watch: { sessionId: string; identityId: string; now: Date; since: Date },
): Promise<boolean> {
  const { sessionId, identityId, now, since } = watch;
  const [row] = await db.execute<{ began: boolean }[]>(
    `insert into session_watcher as w (session_id, identity_id, began_at, seen_at) values (?, ?, ?, ?)
     on conflict (session_id, identity_id) do update
        set seen_at = greatest(w.seen_at, excluded.seen_at),
            began_at = case when w.seen_at < ? then excluded.began_at else w.began_at end
     returning began_at = ? as began`,
    [sessionId, identityId, now, now, since, now],
  );
  return row?.began === true;
}

/** They watch no more: others need not wait until they are forgotten. The next time begins a watch after `since`. */
export async function forgetWatcher(
  db: Database,
  watch: { sessionId: string; identityId: string; seenAt: Date },
): Promise<void> {
  await db.execute('update session_watcher set seen_at = ? where session_id = ? and identity_id = ?', [
    watch.seenAt,
    watch.sessionId,
    watch.identityId,
  ]);
}

/**
 * Of these sessions, as far as they live, those who were seen lately; in the order in which they began. What is lately
 * follows from when the session's broker was heard of, which is lately, too.
 */
export async function listWatchers(
  db: Database,
  options: { sessionIds: readonly string[]; withinMs: number },
): Promise<readonly WatcherRow[]> {
  if (options.sessionIds.length === 0) return [];
  return db.execute<WatcherRow[]>(
    `select w.session_id as "sessionId", i.id, i.name, i.email, i.kind
       from session_watcher w join session s on s.id = w.session_id join identity i on i.id = w.identity_id
      where w.session_id in (select jsonb_array_elements_text(?::jsonb)) and s.ended_at is null
        and w.seen_at > s.last_seen_at - make_interval(secs => ?)
      order by w.began_at, i.id`,
    [JSON.stringify(options.sessionIds), options.withinMs / 1_000],
  );
}
