import type { Database } from '../open-store.ts';

/** Tells every replica; who is meant can tell from the message. */
export async function notifyCancel(db: Database, options: { message: string }): Promise<void> {
  await db.execute(`select pg_notify('sallyport_cancel', ?)`, [options.message]);
}
