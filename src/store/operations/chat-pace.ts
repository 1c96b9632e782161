import type { Database } from '../open-store.ts';

export interface Lane {
  readonly platform: string;
  readonly lane: string;
}

/** Nobody is told to wait longer than this: a row beyond it was written by a clock that went wrong. */
const WAIT_SECONDS_MAX = 3_600;
/** Beyond this many all come back together: some of those before them will not have come. */
const PROMISED_SECONDS_MAX = 300;

/**
 * Takes the next place of a lane, when it comes up soon enough; places are `everyMs` apart, for all replicas.
 * @returns when the place is; when it was not taken, when to come back: each who is refused is told another time, so
 *   that those who wait do not all come at once
 */
export async function takeChatPlace(
  db: Database,
  turn: Lane & { readonly now: Date; readonly everyMs: number; readonly waitMsMax: number },
): Promise<{ readonly taken: boolean; readonly at: Date }> {
  const { platform, lane } = turn;
  const now = turn.now.toISOString();
  const everySeconds = turn.everyMs / 1_000;
  const [taken] = await db.execute<{ at: Date }[]>(
    `insert into chat_pace as known (platform, lane, next_at)
     values (?, ?, ?::timestamptz + make_interval(secs => ?))
     on conflict (platform, lane) do update
       set next_at = case when known.next_at > ?::timestamptz + make_interval(secs => ?) then excluded.next_at
                          else greatest(known.next_at, ?::timestamptz) + make_interval(secs => ?) end
       where known.next_at <= ?::timestamptz + make_interval(secs => ?)
          or known.next_at > ?::timestamptz + make_interval(secs => ?)
     returning next_at - make_interval(secs => ?) as at`,
    [
      platform,
      lane,
      ...[now, everySeconds],
      ...[now, WAIT_SECONDS_MAX],
      ...[now, everySeconds],
      ...[now, turn.waitMsMax / 1_000],
      ...[now, WAIT_SECONDS_MAX],
      everySeconds,
    ],
  );
  if (taken !== undefined) return { taken: true, at: new Date(taken.at) };
  const [promised] = await db.execute<{ at: Date }[]>(
    `update chat_pace
        set promised_at = least(greatest(promised_at, next_at) + make_interval(secs => ?),
                                ?::timestamptz + make_interval(secs => ?))
      where platform = ? and lane = ? returning promised_at as at`,
    [everySeconds, now, PROMISED_SECONDS_MAX, platform, lane],
  );
  return { taken: false, at: promised === undefined ? turn.now : new Date(promised.at) };
}

/** Nothing goes down the lane before then. */
export async function holdChatLane(db: Database, hold: Lane & { readonly until: Date }): Promise<void> {
  await db.execute(
    `insert into chat_pace as known (platform, lane, next_at) values (?, ?, ?)
     on conflict (platform, lane) do update set next_at = greatest(known.next_at, excluded.next_at)`,
    [hold.platform, hold.lane, hold.until.toISOString()],
  );
}
