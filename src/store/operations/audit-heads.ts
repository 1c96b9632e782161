import { AuditHeadRow } from '../entities/audit-head.ts';
import type { Database } from '../open-store.ts';

/** The newest one, or null before the first. */
export async function findLastAuditHead(db: Database): Promise<AuditHeadRow | null> {
  return db.findOne(
    AuditHeadRow,
    { id: { $ne: null } },
    { orderBy: { id: 'desc' }, disableIdentityMap: true },
  );
}

/** The newest one that is a day's, or null. `day` is `2026-11-22`. */
export async function findLastDailyHead(db: Database): Promise<(AuditHeadRow & { day: string }) | null> {
  const row = await db.findOne(
    AuditHeadRow,
    { day: { $ne: null } },
    { orderBy: { day: 'desc' }, disableIdentityMap: true },
  );
  return row?.day == null ? null : Object.assign(row, { day: row.day });
}

export async function insertAuditHead(
  db: Database,
  head: {
    readonly sequence: number;
    readonly sha256: string;
    readonly at: Date;
    readonly day: string | null;
    readonly signingKeySha256: string;
    readonly signature: string;
  },
): Promise<void> {
  await db.insert(AuditHeadRow, { ...head, postedAt: null });
}

/** Those of events within these bounds, in the order in which they were signed. */
export async function listAuditHeads(
  db: Database,
  options: { readonly from: number; readonly to: number },
): Promise<readonly AuditHeadRow[]> {
  return db.find(
    AuditHeadRow,
    { sequence: { $gte: options.from, $lte: options.to } },
    { orderBy: { sequence: 'asc', id: 'asc' }, disableIdentityMap: true },
  );
}

/** The sequence of the first head that covers this event, or null. */
export async function findSequenceSignedFrom(
  db: Database,
  options: { readonly sequence: number },
): Promise<number | null> {
  const row = await db.findOne(
    AuditHeadRow,
    { sequence: { $gte: options.sequence } },
    { orderBy: { sequence: 'asc' }, disableIdentityMap: true },
  );
  return row?.sequence ?? null;
}

/** @returns false when it was noted before */
export async function setAuditHeadPosted(db: Database, options: { id: number; at: Date }): Promise<boolean> {
  const changed = await db.nativeUpdate(
    AuditHeadRow,
    { id: options.id, postedAt: null },
    { postedAt: options.at },
  );
  return changed > 0;
}

/** The sequence of the last head that is not behind this event, or null. */
export async function findSequenceSignedUpTo(
  db: Database,
  options: { readonly sequence: number },
): Promise<number | null> {
  const row = await db.findOne(
    AuditHeadRow,
    { sequence: { $lte: options.sequence } },
    { orderBy: { sequence: 'desc' }, disableIdentityMap: true },
  );
  return row?.sequence ?? null;
}
