import type { Database } from '../open-store.ts';

interface Egress {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Takes rows and bytes of a limit that counts over a grant, unless that would exceed it: one statement, so two
 * replicas never take the same.
 * @param options.max null where the limit does not count
 * @returns whether it was taken, and what has been taken in all
 */
export async function takeGrantEgress(
  db: Database,
  options: {
    grantId: string;
    rule: string;
    wanted: Egress;
    max: { readonly rows: number | null; readonly bytes: number | null };
  },
): Promise<{ granted: boolean; used: Egress }> {
  const { grantId, rule, wanted, max } = options;
  await db.execute(
    `insert into grant_egress (grant_id, rule, rows, bytes) values (?, ?, 0, 0) on conflict do nothing`,
    [grantId, rule],
  );
  const taken = await db.execute<Stored[]>(
    `update grant_egress set rows = rows + ?, bytes = bytes + ?
      where grant_id = ? and rule = ?
        and (?::bigint is null or rows + ? <= ?::bigint) and (?::bigint is null or bytes + ? <= ?::bigint)
      returning rows, bytes`,
    [
      ...[wanted.rows, wanted.bytes, grantId, rule],
      ...[max.rows, wanted.rows, max.rows, max.bytes, wanted.bytes, max.bytes],
    ],
  );
  const [row] = taken;
  if (row !== undefined) return { granted: true, used: egressOf(row) };
  const [refused] = await db.execute<Stored[]>(
    `select rows, bytes from grant_egress where grant_id = ? and rule = ?`,
    [grantId, rule],
  );
  return { granted: false, used: egressOf(refused ?? { rows: '0', bytes: '0' }) };
}

/** What was taken and not used. */
export async function giveBackGrantEgress(
  db: Database,
  options: { grantId: string; rule: string; unused: Egress },
): Promise<void> {
  const { grantId, rule, unused } = options;
  await db.execute(
    `update grant_egress set rows = greatest(rows - ?, 0), bytes = greatest(bytes - ?, 0)
      where grant_id = ? and rule = ?`,
    [unused.rows, unused.bytes, grantId, rule],
  );
}

/** Counts of eight bytes come as text or as numbers. */
interface Stored {
  readonly rows: string | number;
  readonly bytes: string | number;
}

function egressOf(row: Stored): Egress {
  return { rows: Number(row.rows), bytes: Number(row.bytes) };
}
