/** Who tried what they may not do is worth knowing in an incident: every refusal of a privileged act is an event. */
import { isAppError } from '../core/errors.ts';
import type { AccessContext } from './context.ts';
import { type AuditEvent, type EventType, recordEvent } from './record.ts';

/** Subjects are named by whoever asks. */
const SUBJECT_CHARACTERS_MAX = 100;

/**
 * Does the act; a `forbidden` is written down, and thrown on.
 * @param attempt.data what was tried; the reason of the refusal is added
 */
export async function keepRefusal<Result>(
  context: Pick<AccessContext, 'store' | 'clock'>,
  attempt: { type: EventType; actorId: string; subject: string; data: NonNullable<AuditEvent['data']> },
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!isAppError(error, 'forbidden')) throw error;
    const { type, actorId, subject } = attempt;
    await context.store.transaction((db) =>
      recordEvent(db, {
        at: context.clock.now(),
        type,
        actorId,
        subject: subject.slice(0, SUBJECT_CHARACTERS_MAX),
        data: { ...attempt.data, refusal: error.message },
      }),
    );
    throw error;
  }
}
