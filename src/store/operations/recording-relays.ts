/** The bytes of recordings on their way from one process to another; see `src/access/watch/`. */
import type { Database } from '../open-store.ts';

export interface RelayRow {
  readonly id: string;
  readonly sessionId: string;
  /** The watching side has everything before this offset. */
  readonly received: number;
}

export async function openRelay(db: Database, relay: { id: string; sessionId: string }): Promise<void> {
  await db.execute('insert into recording_relay (id, session_id) values (?, ?)', [relay.id, relay.sessionId]);
}

/** Says what has arrived, and takes what has come since. @returns null when the relay was forgotten meanwhile */
export async function takePieces(
  db: Database,
  relay: { id: string; received: number },
): Promise<readonly { readonly start: number; readonly bytes: Buffer }[] | null> {
  const { id, received } = relay;
  const known = await db.execute<{ id: string }[]>(
    `with gone as (delete from recording_relay_piece where relay_id = ? and start < ?)
     update recording_relay set received = ?, seen_at = now() where id = ? returning id`,
    [id, received, received, id],
  );
  if (known.length === 0) return null;
  const pieces = await db.execute<{ start: string; bytes: Buffer }[]>(
    'select start, bytes from recording_relay_piece where relay_id = ? and start >= ? order by start',
    [id, received],
  );
  return pieces.map(({ start, bytes }) => ({ start: Number(start), bytes }));
}

/** @returns false when nobody waits for it any more */
export async function putPiece(
  db: Database,
  piece: { relayId: string; start: number; bytes: Buffer },
): Promise<boolean> {
  const put = await db.execute<{ start: string }[]>(
    `insert into recording_relay_piece (relay_id, start, bytes)
     select id, ?, ? from recording_relay where id = ? for key share
     on conflict do nothing returning start`,
    [piece.start, piece.bytes, piece.relayId],
  );
  return put.length === 1;
}

/** Those that somebody has read from within the last `withinMs`, the oldest first. */
export async function listRelays(
  db: Database,
  options: { withinMs: number; limit: number },
): Promise<readonly RelayRow[]> {
  const rows = await db.execute<{ id: string; sessionId: string; received: string }[]>(
    `select id, session_id as "sessionId", received from recording_relay
      where seen_at > now() - make_interval(secs => ?) order by id limit ?`,
    [options.withinMs / 1_000, options.limit],
  );
  return rows.map((row) => ({ ...row, received: Number(row.received) }));
}

export async function closeRelay(db: Database, options: { id: string }): Promise<void> {
  await db.execute('delete from recording_relay where id = ?', [options.id]);
}

/** Those that nobody has read from for so long, with what they hold. */
export async function dropStaleRelays(db: Database, options: { afterMs: number }): Promise<void> {
  await db.execute('delete from recording_relay where seen_at <= now() - make_interval(secs => ?)', [
    options.afterMs / 1_000,
  ]);
}
