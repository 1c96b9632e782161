import type { Database } from '../open-store.ts';

/**
 * Takes the turn of repeating work for this long, for whichever process asks first. By the database's clock; a
 * turn that lies further ahead than one can (the clock was set back) is as good as none.
 * @returns null when somebody has it; else how many milliseconds nobody had it, infinitely many the first time
 */
export async function takeUpkeepTurn(
  db: Database,
  turn: { name: string; everyMs: number },
): Promise<{ idleMs: number } | null> {
  const [taken] = await db.execute<{ idleMs: number | null }[]>(
    `with before as (select next_at from upkeep_turn where name = ?),
          taken as (
            insert into upkeep_turn as known (name, next_at) values (?, clock_timestamp() + make_interval(secs => ?))
            on conflict (name) do update set next_at = excluded.next_at
              where known.next_at <= clock_timestamp() or known.next_at > excluded.next_at
            returning name)
     select (extract(epoch from clock_timestamp() - before.next_at) * 1000)::float8 as "idleMs"
       from taken left join before on true`,
    [turn.name, turn.name, turn.everyMs / 1_000],
  );
  if (taken === undefined) return null;
  return { idleMs: taken.idleMs === null ? Number.POSITIVE_INFINITY : Math.max(0, taken.idleMs) };
}
