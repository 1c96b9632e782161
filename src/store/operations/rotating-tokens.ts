import { RotatingTokenRow } from '../entities/rotating-token.ts';
import type { Database } from '../open-store.ts';

export async function findRotatingToken(
  db: Database,
  options: { name: string },
): Promise<RotatingTokenRow | null> {
  return db.findOne(RotatingTokenRow, { name: options.name }, { disableIdentityMap: true });
}

/** Until the transaction ends nobody else exchanges this token, whether it is there already or not. */
export async function lockRotatingToken(
  db: Database,
  options: { name: string },
): Promise<RotatingTokenRow | null> {
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `rotating-token:${options.name}`,
  ]);
  return findRotatingToken(db, options);
}

export async function saveRotatingToken(
  db: Database,
  token: { name: string; seedSha256: string; sealed: Buffer; refreshedAt: Date; expiresAt: Date },
): Promise<void> {
  await db.upsert(RotatingTokenRow, token, {
    onConflictFields: ['name'],
    onConflictAction: 'merge',
  });
}
