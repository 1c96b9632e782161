/**
 * What a transaction has to say besides its own rows, as one statement at its end: a use case tells of each thing
 * where it does it, and the way to the database is gone once. Nothing of it is seen before the commit anyway.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';

/** As the store gives it out, which imports this file. */
type Database = SqlEntityManager;

/** Writes all of them, in this order. */
type Writer<Item> = (db: Database, items: readonly Item[]) => Promise<void>;

const collected = new WeakMap<Database, Map<Writer<never>, unknown[]>>();

/**
 * Writes the items before the transaction commits, behind those that came before; at once outside of a transaction.
 * Who reads within the same transaction what was written this way does not find it.
 */
export async function writeAtCommit<Item>(
  db: Database,
  write: Writer<Item>,
  items: readonly Item[],
): Promise<void> {
  const writes = collected.get(db);
  if (writes === undefined) return write(db, items);
  const waiting = writes.get(write);
  if (waiting === undefined) writes.set(write, [...items]);
  else waiting.push(...items);
}

/** Runs a transaction's work, and writes what it left for the end. */
export async function workAndWrite<Result>(
  db: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const writes = new Map<Writer<never>, unknown[]>();
  collected.set(db, writes);
  try {
    const result = await work(db);
    // Each list holds what was handed in together with its writer.
    for (const [write, items] of writes) await write(db, items as never[]);
    return result;
  } finally {
    collected.delete(db);
  }
}
