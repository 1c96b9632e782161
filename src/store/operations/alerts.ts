/** Alerts: what happened again within its time is counted, not told again. */
import type { AlertKind } from '../../core/alert.ts';
import { AlertRow } from '../entities/alert.ts';
import { CardCopyRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';

export interface AlertGroup {
  readonly kind: AlertKind;
  readonly groupKey: string;
}

/** The message that counts what happens at `at`, locked until the transaction ends. */
export async function lockAlertGroup(
  db: Database,
  group: AlertGroup & { readonly at: Date },
): Promise<AlertRow | null> {
  const [found] = await db.execute<{ id: string }[]>(
    `select id from alert where kind = ? and group_key = ? and grouped_until > ?
      order by grouped_until desc limit 1 for update`,
    [group.kind, group.groupKey, group.at],
  );
  return found === undefined ? null : findAlert(db, found);
}

export async function insertAlert(
  db: Database,
  alert: AlertGroup & {
    readonly id: string;
    readonly facts: Readonly<Record<string, string>>;
    readonly count: number;
    readonly at: Date;
    readonly groupedUntil: Date;
  },
): Promise<void> {
  const { id, kind, groupKey, facts, count, at, groupedUntil } = alert;
  await db.execute(
    `insert into alert (id, kind, group_key, facts, count, first_at, last_at, grouped_until, refresh_at)
     values (?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?)`,
    [id, kind, groupKey, JSON.stringify(facts), count, at, at, groupedUntil, at],
  );
}

export async function countAlert(
  db: Database,
  alert: {
    readonly id: string;
    readonly facts: Readonly<Record<string, string>>;
    readonly count: number;
    readonly at: Date;
    readonly refreshAt: Date;
  },
): Promise<void> {
  const { id, facts, count, at, refreshAt } = alert;
  await db.execute(
    `update alert set count = count + ?, facts = ?::jsonb, last_at = greatest(last_at, ?), refresh_at = ? where id = ?`,
    [count, JSON.stringify(facts), at, refreshAt, id],
  );
}

/** Messages of a kind that still count at `at`. */
export async function countAlertGroups(
  db: Database,
  options: { readonly kind: AlertKind; readonly at: Date },
): Promise<number> {
  return db.count(AlertRow, { kind: options.kind, groupedUntil: { $gt: options.at } });
}

export async function findAlert(db: Database, { id }: { readonly id: string }): Promise<AlertRow | null> {
  return db.findOne(AlertRow, { id }, { disableIdentityMap: true });
}

/** Those that happened, or happened again, since a moment; the latest first. */
export async function listAlerts(
  db: Database,
  options: { readonly since: Date; readonly limit: number },
): Promise<readonly AlertRow[]> {
  return db.find(
    AlertRow,
    { lastAt: { $gte: options.since } },
    { orderBy: { lastAt: 'desc' }, limit: options.limit, disableIdentityMap: true },
  );
}

interface AlertMessage {
  readonly alertId: string;
  readonly platform: string;
  readonly channel: string;
  readonly currentAt: Date;
}

/** What chat platforms have taken of these alerts. */
export async function listAlertMessages(
  db: Database,
  { alertIds }: { readonly alertIds: readonly string[] },
): Promise<readonly AlertMessage[]> {
  const copies = await db.find(
    CardCopyRow,
    { subject: 'alert', subjectId: { $in: [...alertIds] } },
    { disableIdentityMap: true },
  );
  return copies.map(({ subjectId: alertId, platform, channel, currentAt }) => ({
    alertId,
    platform,
    channel,
    currentAt,
  }));
}

export async function deleteOldAlerts(db: Database, { before }: { readonly before: Date }): Promise<number> {
  return db.nativeDelete(AlertRow, { groupedUntil: { $lt: before } });
}
