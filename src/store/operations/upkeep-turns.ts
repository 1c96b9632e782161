import type { Database } from '../open-store.ts';

/**
 * Takes the turn of repeating work for this long, for whichever process asks first. By the database's clock; a
 * turn that lies further ahead than one can (the clock was set back) is as good as none.
 * @returns false when somebody has it
 */
export async function takeUpkeepTurn(
  db: Database,
  turn: { name: string; everyMs: number },
): Promise<boolean> {
  const rows = await db.execute<{ name: string }[]>(
    `insert into upkeep_turn as known (name, next_at) values (?, clock_timestamp() + make_interval(secs => ?))
     on conflict (name) do update set next_at = excluded.next_at
       where known.next_at <= clock_timestamp() or known.next_at > excluded.next_at
     returning name`,
    [turn.name, turn.everyMs / 1_000],
  );
  return rows.length > 0;
}
