import { LockMode } from '@mikro-orm/postgresql';
import type { DeadLetterState } from '../../core/dead-letter.ts';
import { DeadLetterRow } from '../entities/dead-letter.ts';
import type { Database } from '../open-store.ts';

export interface NewDeadLetter {
  readonly id: string;
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly reason: string;
  readonly askedAt: Date;
  readonly failedAt: Date;
}

/** @returns true unless it was kept before */
export async function insertDeadLetter(db: Database, letter: NewDeadLetter): Promise<boolean> {
  const rows = await db.execute<{ id: string }[]>(
    `insert into dead_letter (id, job, payload, attempts, reason, asked_at, failed_at)
     values (?, ?, ?::jsonb, ?, ?, ?, ?) on conflict (id) do nothing returning id`,
    [
      letter.id,
      letter.job,
      JSON.stringify(letter.payload),
      letter.attempts,
      letter.reason,
      letter.askedAt.toISOString(),
      letter.failedAt.toISOString(),
    ],
  );
  return rows.length > 0;
}

/** Newest first. */
export async function listDeadLetters(
  db: Database,
  options: { state?: DeadLetterState; job?: string; limit: number },
): Promise<readonly DeadLetterRow[]> {
  const { limit, ...where } = options;
  return db.find(DeadLetterRow, where, {
    populate: ['decidedBy'],
    orderBy: { failedAt: 'desc', id: 'desc' },
    limit,
    disableIdentityMap: true,
  });
}

export async function findDeadLetter(db: Database, options: { id: string }): Promise<DeadLetterRow | null> {
  return db.findOne(DeadLetterRow, { id: options.id }, { populate: ['decidedBy'], disableIdentityMap: true });
}

export async function lockDeadLetter(db: Database, options: { id: string }): Promise<DeadLetterRow | null> {
  const locked = await db.findOne(
    DeadLetterRow,
    { id: options.id },
    { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findDeadLetter(db, options);
}

export async function decideDeadLetter(
  db: Database,
  decision: { id: string; to: 'retried' | 'discarded'; byId: string; at: Date },
): Promise<void> {
  await db.nativeUpdate(
    DeadLetterRow,
    { id: decision.id, state: 'waiting' },
    { state: decision.to, decidedAt: decision.at, decidedBy: decision.byId },
  );
}

/** Those whose work was done after all. @returns how many there were */
export async function resolveDeadLetters(
  db: Database,
  done: { job: string; payloads: readonly object[]; at: Date },
): Promise<number> {
  const rows = await db.execute<{ id: string }[]>(
    `update dead_letter set state = 'resolved', decided_at = ?
      where state = 'waiting' and job = ? and payload in (select jsonb_array_elements(?::jsonb)) returning id`,
    [done.at.toISOString(), done.job, JSON.stringify(done.payloads)],
  );
  return rows.length;
}

/** Forgets those that were settled before `before`. */
export async function deleteSettledDeadLetters(db: Database, options: { before: Date }): Promise<void> {
  await db.nativeDelete(DeadLetterRow, { decidedAt: { $lt: options.before } });
}
