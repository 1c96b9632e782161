/**
 * Commands that a rule denied, as events of the log: one for all of a session's since the last, so that a loop of
 * denials does not fill it. Each command by itself stands in the recording.
 */
import type { Database } from '../../store/open-store.ts';
import { takeNewDenials } from '../../store/operations/session-denials.ts';
import { recordEvents } from '../record.ts';

export interface DeniedSoFar {
  readonly id: string;
  readonly denied: number;
  /** Of the rules that denied them, some names. */
  readonly rules: readonly string[];
}

/** Idempotent: what was told is not told again. */
export async function noteDenials(
  db: Database,
  options: { readonly sessions: readonly DeniedSoFar[]; readonly at: Date },
): Promise<void> {
  const { sessions, at } = options;
  const rules = new Map(sessions.map((session) => [session.id, session.rules]));
  const denied = await takeNewDenials(db, { sessions });
  await recordEvents(
    db,
    denied.map((session) => ({
      at,
      type: 'session.commands-denied' as const,
      actorId: null,
      subject: session.id,
      data: { denied: session.denied, rules: rules.get(session.id) ?? [] },
    })),
  );
}
