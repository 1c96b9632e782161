/** Jobs that gave up: what an operator sees of them, and doing them again. For overseers only. */
import type { DeadLetterState } from '../core/dead-letter.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { DeadLetterRow } from '../store/entities/dead-letter.ts';
import type { Database } from '../store/open-store.ts';
import {
  decideDeadLetter,
  findDeadLetter,
  insertDeadLetter,
  listDeadLetters as listRows,
  lockDeadLetter,
  type NewDeadLetter,
  resolveDeadLetters as resolveRows,
} from '../store/operations/dead-letters.ts';
import { insertOutboxEntries } from '../store/operations/outbox.ts';
import type { AccessContext } from './context.ts';
import { keepRefusal } from './keep-refusal.ts';
import { partyOf } from './read-views.ts';
import { recordEvent } from './record.ts';
import { refusalUnlessOverseer } from './rights.ts';
import type { PartyView } from './views.ts';

export interface DeadLetterView {
  readonly id: string;
  /** Its kind, such as `issue-grant`. */
  readonly job: string;
  /** Ids of what it is about. */
  readonly payload: Readonly<Record<string, string>>;
  readonly state: DeadLetterState;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly reason: string;
  readonly askedAt: Date;
  readonly failedAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: PartyView | null;
}

const REASON_CHARACTERS_MAX = 2_000;
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/** Keeps jobs that gave up. Idempotent: one that is known stays as it is. @returns the new ones' ids */
export async function keepDeadLetters(
  context: AccessContext,
  input: { letters: readonly NewDeadLetter[] },
): Promise<string[]> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const kept: string[] = [];
    for (const letter of input.letters) {
      const reason = letter.reason.slice(0, REASON_CHARACTERS_MAX);
      if (!(await insertDeadLetter(db, { ...letter, reason }))) continue;
      const data = { job: letter.job, attempts: letter.attempts, ...letter.payload };
      await recordEvent(db, { at: now, type: 'job.gave-up', actorId: null, subject: letter.id, data });
      kept.push(letter.id);
    }
    return kept;
  });
}

/** The work of these jobs was done by somebody else: whoever gave up on it need not be looked at. */
export async function resolveDeadLetters(
  context: AccessContext,
  input: { job: string; payloads: readonly object[] },
): Promise<void> {
  if (input.payloads.length === 0) return;
  await resolveRows(context.store.read(), { ...input, at: context.clock.now() });
}

/**
 * Newest first; those that wait for somebody unless another state is asked for.
 * @throws AppError `forbidden` unless the viewer is an overseer
 */
export async function listDeadLetters(
  context: AccessContext,
  input: { viewer: Identity; state?: DeadLetterState | 'all'; job?: string; limit?: number },
): Promise<DeadLetterView[]> {
  requireOverseer(context, input.viewer);
  const { state = 'waiting', job, limit = LIMIT_DEFAULT } = input;
  const rows = await listRows(context.store.read(), {
    ...(state === 'all' ? {} : { state }),
    ...(job === undefined ? {} : { job }),
    limit: Math.min(Math.max(1, limit), LIMIT_MAX),
  });
  return rows.map(viewOf);
}

/** @throws AppError `forbidden` unless the viewer is an overseer, `not_found` */
export async function readDeadLetter(
  context: AccessContext,
  input: { id: string; viewer: Identity },
): Promise<DeadLetterView> {
  requireOverseer(context, input.viewer);
  return readBack(context.store.read(), input.id);
}

/**
 * Has the job done again. It reads the state again, so doing what was done meanwhile changes nothing.
 * @throws AppError `forbidden` unless the caller is an overseer, `not_found`, `conflict` when it is settled
 */
export async function retryDeadLetter(
  context: AccessContext,
  input: { id: string; by: Identity },
): Promise<DeadLetterView> {
  return settle(context, { ...input, to: 'retried' });
}

/**
 * Nobody needs to look at it any more. The sweep goes on as before.
 * @throws AppError `forbidden` unless the caller is an overseer, `not_found`, `conflict` when it is settled
 */
export async function discardDeadLetter(
  context: AccessContext,
  input: { id: string; by: Identity },
): Promise<DeadLetterView> {
  return settle(context, { ...input, to: 'discarded' });
}

async function settle(
  context: AccessContext,
  input: { id: string; by: Identity; to: 'retried' | 'discarded' },
): Promise<DeadLetterView> {
  const { id, by, to } = input;
  const attempt = { actorId: by.id, subject: id, data: { act: to } };
  await keepRefusal(context, { ...attempt, type: 'job.refused' }, async () => requireOverseer(context, by));
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const letter = await lockDeadLetter(db, { id });
    if (letter === null) throw unknown(id);
    if (letter.state !== 'waiting') {
      const who = letter.decidedBy == null ? '' : ` by ${letter.decidedBy.name}`;
      throw new AppError('conflict', `Job ${letter.id} was ${letter.state} already${who}.`);
    }
    await decideDeadLetter(db, { id, to, byId: by.id, at: now });
    const data = { job: letter.job, ...letter.payload };
    await recordEvent(db, { at: now, type: `job.${to}`, actorId: by.id, subject: id, data });
    if (to === 'retried') {
      await insertOutboxEntries(db, [{ job: letter.job, payload: letter.payload, runAt: now, now }]);
    }
    return readBack(db, id);
  });
}

function requireOverseer(context: AccessContext, identity: Identity): void {
  const text = 'Jobs are for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity, text });
  if (refusal !== null) throw refusal;
}

async function readBack(db: Database, id: string): Promise<DeadLetterView> {
  const row = await findDeadLetter(db, { id });
  if (row === null) throw unknown(id);
  return viewOf(row);
}

function unknown(id: string): AppError {
  return new AppError('not_found', `No job ${id.slice(0, 40)} gave up.`);
}

function viewOf(row: DeadLetterRow): DeadLetterView {
  return {
    id: row.id,
    job: row.job,
    payload: row.payload,
    state: row.state,
    attempts: row.attempts,
    reason: row.reason,
    askedAt: row.askedAt,
    failedAt: row.failedAt,
    decidedAt: row.decidedAt ?? null,
    decidedBy: row.decidedBy == null ? null : partyOf(row.decidedBy),
  };
}
