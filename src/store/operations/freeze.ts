import { FreezeRow } from '../entities/freeze.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

/** Any number will do, as long as every replica uses the same one. */
const GRANTING_LOCK = 7_180_002;
/** A grant in flight takes milliseconds; one that takes longer belongs to a process that hangs. */
const PATIENCE_MS = 10_000;

export interface StoredFreeze {
  readonly frozenAt: Date;
  /** Id of a person, or `token`. */
  readonly frozenBy: string;
  readonly reason: string;
}

const readFreeze = rowReader(FreezeRow, { alias: 'f', with: [] });
/** Of transactions that hold the lock: until they end, the answer stays. */
const held = new WeakMap<Database, StoredFreeze | null>();

/** Null while things are granted. */
export async function findFreeze(db: Database): Promise<StoredFreeze | null> {
  const [row] = await readFreeze(db, { where: 'f."only"', values: [] });
  const { frozenAt, frozenBy, reason } = row ?? {};
  return frozenAt == null || frozenBy == null || reason == null ? null : { frozenAt, frozenBy, reason };
}

/**
 * As `findFreeze`, and until the transaction ends nobody can freeze. A freeze that waits goes before whoever asks
 * after it: the database's queue for advisory locks is a fair one, that for rows is not.
 */
export async function holdThawed(db: Database): Promise<StoredFreeze | null> {
  const known = held.get(db);
  if (known !== undefined) return known;
  await db.execute('select pg_advisory_xact_lock_shared(?)', [GRANTING_LOCK]);
  const freeze = await findFreeze(db);
  if (db.isInTransaction()) held.set(db, freeze);
  return freeze;
}

/**
 * Freezes, once every grant in flight has been written or given up.
 * @returns false when it was frozen before; nothing is changed then
 * @throws the driver's error, SQLSTATE 55P03, when a grant in flight does not come to an end
 */
export async function setFreeze(db: Database, freeze: StoredFreeze): Promise<boolean> {
  await waitForGrants(db);
  const { frozenAt, frozenBy, reason } = freeze;
  const moved = await db.nativeUpdate(FreezeRow, { frozenAt: null }, { frozenAt, frozenBy, reason });
  return moved === 1;
}

/**
 * Lifts the freeze that began then.
 * @param options.id what it is kept as, for its card
 * @returns false when it is lifted already
 */
export async function clearFreeze(
  db: Database,
  options: { frozenAt: Date; id: string; at: Date },
): Promise<boolean> {
  await waitForGrants(db);
  const moved = await db.nativeUpdate(
    FreezeRow,
    { frozenAt: options.frozenAt },
    { frozenAt: null, frozenBy: null, reason: null, liftedId: options.id, liftedAt: options.at },
  );
  return moved === 1;
}

async function waitForGrants(db: Database): Promise<void> {
  held.delete(db);
  await db.execute(`set local lock_timeout = ${PATIENCE_MS}`);
  await db.execute('select pg_advisory_xact_lock(?)', [GRANTING_LOCK]);
}
