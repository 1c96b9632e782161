/** The chained audit log as it is exported and checked, and its heads on their way to where people chat. */
import { checkNewestEvents } from '../audit/check-newest.ts';
import { type LogPage, readLogPage as readPage } from '../audit/log-pages.ts';
import type { Identity } from '../core/identity.ts';
import {
  findLastDailyHead,
  findSequenceSignedFrom,
  setAuditHeadPosted,
} from '../store/operations/audit-heads.ts';
import { findChainHead, findPlacesWithin, listEvents } from '../store/operations/events.ts';
import type { TrustedKey } from '../store/signing-chain.ts';
import type { AccessContext } from './context.ts';
import { recordEvent } from './record.ts';
import { refusalUnlessOverseer } from './rights.ts';

/**
 * @param input.from sequence of the first event; fewer than `limit` are there only at the end of the log
 * @throws AppError `forbidden` unless the viewer is an overseer
 */
export async function readLogPage(
  context: AccessContext,
  input: { viewer: Identity; from: number; limit: number },
): Promise<LogPage> {
  requireOverseer(context, input.viewer);
  return context.store.transaction(async (db) => {
    await db.execute('set transaction isolation level repeatable read');
    return readPage(db, input);
  });
}

/** Where the events of a time stand in the log. */
export interface LogExtent {
  /** Sequences, both included; null when there are none. The last one is covered by a signed head where there is one. */
  readonly first: number | null;
  readonly last: number | null;
}

/**
 * All events of a time, and those behind them up to the next signed head, which vouches for them.
 * @throws AppError `forbidden` unless the viewer is an overseer
 */
export async function readLogExtent(
  context: AccessContext,
  input: { viewer: Identity; since: Date | null; until: Date | null },
): Promise<LogExtent> {
  requireOverseer(context, input.viewer);
  const { since, until } = input;
  const db = context.store.read();
  if (since === null && until === null) {
    const end = await findChainHead(db);
    return end === null ? { first: null, last: null } : { first: 1, last: end.sequence };
  }
  const places = await findPlacesWithin(db, { since, until });
  if (places === null) return { first: null, last: null };
  const signed = await findSequenceSignedFrom(db, { sequence: places.last });
  return { first: places.first, last: signed ?? places.last };
}

const CHECKED_EVENTS = 20_000;
const REPEATED_AFTER_MS = 24 * 3_600_000;
const CHECK_SUBJECT = 'audit log';

/**
 * Checks the newest part of the log. What is wrong with it is an event of its own, which is told to whoever watches
 * for it; once a day while it stays so.
 * @returns false when it is not what was written
 */
export async function checkLog(context: AccessContext, input: { key: TrustedKey }): Promise<boolean> {
  const { store, clock } = context;
  const { ok, problems } = await checkNewestEvents(store, { key: input.key, events: CHECKED_EVENTS });
  if (ok) return true;
  const at = clock.now();
  const [told] = await listEvents(store.read(), { subject: CHECK_SUBJECT, limit: 1 });
  if (told !== undefined && at.getTime() - told.at.getTime() < REPEATED_AFTER_MS) return false;
  const [first] = problems;
  const data = { problem: first?.message ?? '', code: first?.code ?? '', problems: problems.length };
  await store.transaction((db) =>
    recordEvent(db, { at, type: 'verification.failed', actorId: null, subject: CHECK_SUBJECT, data }),
  );
  return false;
}

/** A day's head, which is posted. */
export interface DailyHead {
  readonly id: number;
  readonly sequence: number;
  readonly sha256: string;
  readonly at: Date;
}

/** The newest day's head, unless it is posted already: it vouches for what earlier ones do, too. */
export async function headToPost(context: AccessContext): Promise<DailyHead | null> {
  const row = await findLastDailyHead(context.store.read());
  if (row === null || row.postedAt != null) return null;
  const { id, sequence, sha256, at } = row;
  return { id, sequence, sha256, at };
}

/** Where it was posted is in the log itself. Once, however often it is noted. */
export async function noteHeadPosted(
  context: AccessContext,
  input: { head: DailyHead; platforms: readonly string[] },
): Promise<void> {
  const { head, platforms } = input;
  const at = context.clock.now();
  await context.store.transaction(async (db) => {
    if (!(await setAuditHeadPosted(db, { id: head.id, at }))) return;
    await recordEvent(db, {
      at,
      type: 'audit.head-posted',
      actorId: null,
      subject: `event-${head.sequence}`,
      data: { sequence: head.sequence, sha256: head.sha256, platforms },
    });
  });
}

function requireOverseer(context: AccessContext, identity: Identity): void {
  const text = 'The audit log is for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity, text });
  if (refusal !== null) throw refusal;
}
