/** Legal hold: recordings of a session, or of an incident, that nobody deletes until it is released. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { REASON_CHARACTERS_MAX } from '../../core/request.ts';
import type { RecordingHoldRow } from '../../store/entities/recording.ts';
import { isKnownIncident } from '../../store/operations/incident-names.ts';
import {
  insertRecordingHold,
  listRecordingHolds,
  lockRecordingHolds,
  releaseRecordingHold,
} from '../../store/operations/recording-holds.ts';
import { findRecordings } from '../../store/operations/recordings.ts';
import { type AccessContext, newId } from '../context.ts';
import { keepRefusal } from '../keep-refusal.ts';
import { readSession } from '../read-access.ts';
import { partyOf } from '../read-views.ts';
import { recordEvent } from '../record.ts';
import { refusalUnlessOverseer } from '../rights.ts';
import type { PartyView } from '../views.ts';

const LIST_MAX = 200;
const TEXT = 'Holds on recordings are for members of the groups in `oversight`.';

/** What is kept: the recording of one session, or of all sessions of an incident, those to come too. */
export type HoldSubject = { readonly sessionId: string } | { readonly incident: string };

export interface RecordingHoldView {
  /** `lh-…`. */
  readonly id: string;
  readonly sessionId: string | null;
  /** Its name, as requests carry it. */
  readonly incident: string | null;
  readonly because: string;
  readonly placedAt: Date;
  readonly placedBy: PartyView;
  readonly releasedAt: Date | null;
  readonly releasedBy: PartyView | null;
  readonly releasedBecause: string | null;
}

/**
 * Keeps them from now on. Several holds on one recording are each released by themselves.
 * @throws AppError `forbidden`, `invalid_input` without a reason, `not_found` for no such session or incident,
 *   `conflict` when the recording is deleted
 */
export async function holdRecordings(
  context: AccessContext,
  input: { on: HoldSubject; by: Identity; because: string },
): Promise<RecordingHoldView> {
  const { on, by } = input;
  const because = reasonOf(input.because);
  const sessionId = 'sessionId' in on ? on.sessionId : null;
  const incident = 'incident' in on ? on.incident : null;
  await requireOverseer(context, { by, subject: sessionId ?? incident ?? '', act: 'hold', because });
  if (sessionId !== null) await readSession(context, { id: sessionId, viewer: by });
  const id = newId(context, 'lh');
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    await lockRecordingHolds(db);
    if (incident !== null && !(await isKnownIncident(db, { name: incident })))
      throw new AppError('not_found', `There is no incident "${incident.slice(0, 60)}".`);
    if (sessionId !== null) {
      const [recording] = await findRecordings(db, { sessionIds: [sessionId] });
      if (recording?.deletedAt != null)
        throw new AppError('conflict', `The recording of session ${sessionId} is deleted.`);
    }
    await insertRecordingHold(db, { id, sessionId, incident, because, placedAt: at, placedById: by.id });
    return recordChange(db, 'recording.hold-placed', { id, at, by, sessionId, incident, because });
  });
}

/**
 * Recordings that nothing else keeps are deleted when they are due, which may be at once.
 * @throws AppError `forbidden`, `invalid_input` without a reason, `not_found`, `conflict` when it is released already
 */
export async function releaseRecordings(
  context: AccessContext,
  input: { id: string; by: Identity; because: string },
): Promise<RecordingHoldView> {
  const { id, by } = input;
  const because = reasonOf(input.because);
  await requireOverseer(context, { by, subject: id, act: 'release', because });
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    await lockRecordingHolds(db);
    const [hold] = await listRecordingHolds(db, { id, limit: 1 });
    if (hold === undefined) throw new AppError('not_found', `There is no hold ${id.slice(0, 40)}.`);
    if (!(await releaseRecordingHold(db, { id, at, byId: by.id, because })))
      throw new AppError('conflict', `The hold ${id} is released already.`);
    const sessionId = hold.session?.id ?? null;
    const incident = hold.incident ?? null;
    return recordChange(db, 'recording.hold-released', { id, at, by, sessionId, incident, because });
  });
}

/**
 * Newest first.
 * @param input.inForce true for those that are not released
 * @throws AppError `forbidden`
 */
export async function listHoldsOnRecordings(
  context: AccessContext,
  input: { viewer: Identity; inForce?: boolean; limit?: number },
): Promise<RecordingHoldView[]> {
  const { viewer, inForce = false, limit = LIST_MAX } = input;
  const refusal = refusalUnlessOverseer(context, { identity: viewer, text: TEXT });
  if (refusal !== null) throw refusal;
  const rows = await listRecordingHolds(context.store.read(), { inForce, limit: Math.min(limit, LIST_MAX) });
  return rows.map(toView);
}

/** @returns the hold as it is now */
async function recordChange(
  db: Parameters<typeof recordEvent>[0],
  type: 'recording.hold-placed' | 'recording.hold-released',
  of: {
    readonly id: string;
    readonly at: Date;
    readonly by: Identity;
    readonly sessionId: string | null;
    readonly incident: string | null;
    readonly because: string;
  },
): Promise<RecordingHoldView> {
  const { id, at, by, sessionId, incident, because } = of;
  const data = { hold: id, sessionId, incident, because };
  await recordEvent(db, { at, type, actorId: by.id, subject: sessionId ?? incident ?? '', data });
  return viewOf(db, id);
}

async function viewOf(db: Parameters<typeof listRecordingHolds>[0], id: string): Promise<RecordingHoldView> {
  const [row] = await listRecordingHolds(db, { id, limit: 1 });
  if (row === undefined) throw new AppError('internal', 'A hold was not kept.');
  return toView(row);
}

function toView(row: RecordingHoldRow): RecordingHoldView {
  return {
    id: row.id,
    sessionId: row.session?.id ?? null,
    incident: row.incident ?? null,
    because: row.because,
    placedAt: row.placedAt,
    placedBy: partyOf(row.placedBy),
    releasedAt: row.releasedAt ?? null,
    releasedBy: row.releasedBy == null ? null : partyOf(row.releasedBy),
    releasedBecause: row.releasedBecause ?? null,
  };
}

async function requireOverseer(
  context: AccessContext,
  { by, subject, act, because }: { by: Identity; subject: string; act: 'hold' | 'release'; because: string },
): Promise<void> {
  const attempt = {
    type: 'recording.hold-refused',
    actorId: by.id,
    subject,
    data: { act, because },
  } as const;
  await keepRefusal(context, attempt, async () => {
    const refusal = refusalUnlessOverseer(context, { identity: by, text: TEXT });
    if (refusal !== null) throw refusal;
  });
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason === '') throw new AppError('invalid_input', 'Say why: whoever finds the hold later reads it.');
  if (reason.length > REASON_CHARACTERS_MAX)
    throw new AppError('invalid_input', `The reason is longer than ${REASON_CHARACTERS_MAX} characters.`);
  return reason;
}
