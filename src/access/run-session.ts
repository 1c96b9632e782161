/** A session's life as its broker reports it, and the orders to end it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { after } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { EndReason, SessionCounts } from '../core/session.ts';
import type { Subscription } from '../store/open-store.ts';
import {
  askLostToEnd,
  askTermination,
  endSessionRow,
  findSession,
  listLostSessions,
  listSessionChanges,
  listUnsealedSessions,
  noteSessionsProgress,
  type SessionStanding,
  setRecordingHead,
} from '../store/operations/sessions.ts';
import { noteDenials } from './alerts/note-denials.ts';
import type { AccessContext } from './context.ts';
import { keepRefusal } from './keep-refusal.ts';
import type { RecordingRecovery, SealedRecording } from './ports.ts';
import { readSession } from './read-access.ts';
import { askForJob, recordEvent } from './record.ts';
import { recoverRecordings } from './recover-recordings.ts';
import { mayOversee } from './rights.ts';
import { withdrawHoldsOfSession } from './settle-hold.ts';
import type { RiskyStatement, SessionView } from './views.ts';

/** A broker reports every two seconds; one that is silent for this long is taken for dead. */
const LOST_AFTER_MS = 10_000;
const LOST_LIMIT = 200;
/** A broker forwards nothing two seconds after it was last told that a session may go on (promise 5). */
const LAST_CONFIRMED_MS = 3_000;
/** For so long after a session's end its recording is worth another attempt. */
const SEAL_WITHIN_MS = 24 * 3_600_000;

/** Counts so far of the sessions that a broker runs; also the sign that it lives. */
export async function noteProgress(
  context: AccessContext,
  input: {
    sessions: readonly {
      readonly id: string;
      readonly counts: SessionCounts;
      /** Some of the rules that denied commands. */
      readonly deniedBy?: readonly string[];
    }[];
  },
): Promise<void> {
  const now = context.clock.now();
  const counted = input.sessions.map(({ id, counts }) => ({ id, counts }));
  await noteSessionsProgress(context.store.read(), { sessions: counted, now });
  const denied = input.sessions.filter(({ counts }) => counts.denied > 0);
  if (denied.length === 0) return;
  const sessions = denied.map(({ id, counts, deniedBy = [] }) => ({
    id,
    denied: counts.denied,
    rules: deniedBy,
  }));
  await context.store.transaction((db) => noteDenials(db, { sessions, at: now }));
}

/** What became of a live session that its broker does not know yet. */
export type SessionChange =
  | { readonly id: string; readonly kind: 'end'; readonly reason: EndReason }
  /** It goes on until another moment: its grant was extended. */
  | { readonly id: string; readonly kind: 'deadline'; readonly expiresAt: Date; readonly leftMs: number };

/** Of these live sessions, those that must end now, and those that end at another moment than is known of them. */
export async function readSessionChanges(
  context: AccessContext,
  input: { sessions: readonly { readonly id: string; readonly expiresAt: Date }[] },
): Promise<SessionChange[]> {
  const now = context.clock.now();
  const changed = await listSessionChanges(context.store.read(), { sessions: input.sessions, now });
  return changed.map((session): SessionChange => {
    const { id, expiresAt } = session;
    const reason = reasonToEnd(session);
    if (reason !== null) return { id, kind: 'end', reason };
    return { id, kind: 'deadline', expiresAt, leftMs: expiresAt.getTime() - now.getTime() };
  });
}

/** Null when the session goes on. */
function reasonToEnd(session: SessionStanding): EndReason | null {
  if (session.terminateAsked) return 'terminated';
  switch (session.grantState) {
    case 'revoked':
      return 'grant-revoked';
    case 'done':
      return 'grant-done';
    case 'expired':
      return 'grant-expired';
    default:
      if (session.pastDeadline) return 'grant-expired';
      return session.ended ? 'broker-lost' : null;
  }
}

/** Hints that `readSessionChanges` is worth calling now. Polling stays necessary: a hint can be lost. */
export async function watchGrantChanges(context: AccessContext, onHint: () => void): Promise<Subscription> {
  return context.store.listen('sallyport_grant', () => onHint());
}

/** The limit that a session was stopped by, and what had passed by then. */
export interface StoppedBy {
  readonly rule: string;
  readonly per: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface SessionEnd {
  readonly sessionId: string;
  readonly reason: EndReason;
  /** Null keeps what was last reported. */
  readonly counts: SessionCounts | null;
  readonly recordingHead: string | null;
  /** The length of the sealed recording; null when there is none. */
  readonly recordingBytes?: number | null;
  readonly riskiest: readonly RiskyStatement[] | null;
  /** Set when a rule ended it: that is an event of its own, for whoever watches for it. */
  readonly stoppedBy?: StoppedBy | null;
}

/** Ends the session's row, withdraws what it holds and asks for its summary. Idempotent: the first end counts. */
export async function endSession(context: AccessContext, input: SessionEnd): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    const ended = await endSessionRow(db, {
      id: input.sessionId,
      reason: input.reason,
      at: now,
      counts: input.counts,
      recordingHead: input.recordingHead,
      riskiest:
        input.riskiest?.map((statement) => ({ ...statement, at: statement.at.toISOString() })) ?? null,
    });
    if (!ended) return;
    await withdrawHoldsOfSession(db, { sessionId: input.sessionId, because: 'session-ended', at: now });
    const rules = (input.riskiest ?? []).flatMap(({ action, rule }) =>
      action === 'deny' ? (rule ?? []) : [],
    );
    const sessions = [{ id: input.sessionId, denied: input.counts?.denied ?? 0, rules: [...new Set(rules)] }];
    await noteDenials(db, { sessions, at: now });
    if (input.stoppedBy != null) {
      const data = { ...input.stoppedBy };
      const subject = input.sessionId;
      await recordEvent(db, { at: now, type: 'session.stopped', actorId: null, subject, data });
    }
    await recordEvent(db, {
      at: now,
      type: 'session.ended',
      actorId: null,
      subject: input.sessionId,
      data: {
        reason: input.reason,
        recordingHead: input.recordingHead,
        recordingBytes: input.recordingBytes ?? null,
        ...input.counts,
      },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: input.sessionId } }, { now });
  });
}

/** True when this identity may end the session: its holder, its approvers, overseers. */
export async function mayTerminate(
  context: AccessContext,
  input: { session: SessionView; by: Identity },
): Promise<boolean> {
  if (input.session.holder.id === input.by.id) return true;
  return mayOversee(context, context.store.read(), {
    requestId: input.session.requestId,
    identity: input.by,
  });
}

/** Null for whoever may end this session now. */
export async function refusalToTerminate(
  context: AccessContext,
  input: { session: SessionView; by: Identity },
): Promise<AppError | null> {
  if (!(await mayTerminate(context, input))) {
    return new AppError('forbidden', 'Ending this session is for its holder, its approvers and overseers.');
  }
  return input.session.endedAt === null ? null : endedAlready(input.session);
}

function endedAlready({ id }: Pick<SessionView, 'id'>): AppError {
  return new AppError('conflict', `Session ${id} has ended already.`);
}

/**
 * Asks the session's broker, whichever it is, to end it now.
 * @throws AppError `not_found` when the caller may not see it, `forbidden`, `conflict` when it has ended
 */
export async function terminateSession(
  context: AccessContext,
  input: { sessionId: string; by: Identity; reason?: string | undefined },
): Promise<SessionView> {
  const session = await readSession(context, { id: input.sessionId, viewer: input.by });
  const reason = input.reason?.trim() || null;
  const data = reason === null ? {} : { reason };
  const attempt = { actorId: input.by.id, subject: session.id, data };
  await keepRefusal(context, { ...attempt, type: 'session.terminate-refused' }, async () => {
    const refusal = await refusalToTerminate(context, { session, by: input.by });
    if (refusal !== null) throw refusal;
  });
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    if (!(await askTermination(db, { id: session.id, byId: input.by.id, at: now, reason }))) {
      const row = await findSession(db, { id: session.id });
      if (row?.endedAt != null) throw endedAlready(session);
      return;
    }
    await recordEvent(db, {
      at: now,
      type: 'session.terminate-asked',
      actorId: input.by.id,
      subject: session.id,
      data,
    });
  });
  return readSession(context, { id: session.id, viewer: input.by });
}

/**
 * Ends sessions whose broker died: the recording's readable prefix is sealed and its head kept, so
 * that a later cut shows. A recording that cannot be sealed does not keep its session open.
 * A broker that is only slow is told first, and ends its session by itself; one that cannot ask forwards nothing
 * any more when the recording is sealed. So nothing runs on a target behind the seal.
 * @returns how many were ended
 */
export async function endLostSessions(
  context: AccessContext,
  input: { recovery: RecordingRecovery },
): Promise<number> {
  const silentSince = after(context.clock.now(), -LOST_AFTER_MS);
  const ids = await listLostSessions(context.store.read(), { silentSince, limit: LOST_LIMIT });
  if (ids.length === 0) return 0;
  await askLostToEnd(context.store.read(), { sessionIds: ids, at: context.clock.now() });
  await sleep(LAST_CONFIRMED_MS);
  const outcomes = await recoverRecordings(context, { sessionIds: ids, recovery: input.recovery });
  for (const [sessionId, outcome] of outcomes) {
    const sealed = outcome.status === 'fulfilled' ? outcome.value : null;
    await endSession(context, {
      sessionId,
      reason: 'broker-lost',
      counts: null,
      recordingHead: sealed?.headHex ?? null,
      recordingBytes: sealed?.bytes ?? null,
      riskiest: null,
    });
  }
  return outcomes.size;
}

/**
 * Seals recordings that could not be closed when their session ended (a full disk, say), as soon as
 * that is possible.
 * @returns the sessions whose recording still cannot be sealed, each with the reason
 */
export async function sealLeftRecordings(
  context: AccessContext,
  input: { recovery: RecordingRecovery },
): Promise<{ sessionId: string; reason: string }[]> {
  const now = context.clock.now();
  const left = await listUnsealedSessions(context.store.read(), {
    from: after(now, -SEAL_WITHIN_MS),
    to: after(now, -LOST_AFTER_MS),
    limit: LOST_LIMIT,
  });
  return sealRecordingsOf(context, { sessionIds: left, recovery: input.recovery });
}

/**
 * Seals the recordings of these sessions, which have ended, where they are on this server.
 * @returns those that cannot be sealed, each with the reason
 */
export async function sealRecordingsOf(
  context: AccessContext,
  input: { sessionIds: readonly string[]; recovery: RecordingRecovery },
): Promise<{ sessionId: string; reason: string }[]> {
  if (input.sessionIds.length === 0) return [];
  const outcomes = await recoverRecordings(context, input);
  const failures: { sessionId: string; reason: string }[] = [];
  for (const [sessionId, outcome] of outcomes) {
    if (outcome.status === 'rejected') failures.push({ sessionId, reason: messageOf(outcome.reason) });
    else if (outcome.value !== null) await noteSealed(context, { sessionId, sealed: outcome.value });
  }
  return failures;
}

async function noteSealed(
  context: AccessContext,
  input: { sessionId: string; sealed: SealedRecording },
): Promise<void> {
  const { sessionId } = input;
  const { headHex: recordingHead, bytes: recordingBytes } = input.sealed;
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    if (!(await setRecordingHead(db, { id: sessionId, recordingHead }))) return;
    const data = { recordingHead, recordingBytes };
    await recordEvent(db, { at: now, type: 'session.sealed', actorId: null, subject: sessionId, data });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: sessionId } }, { now });
  });
}
