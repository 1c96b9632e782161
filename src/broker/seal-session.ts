/** The end of a session, for every protocol: its recording is sealed, and the end is noted where everybody reads it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import { endSession, type StoppedBy } from '../access/run-session.ts';
import { messageOf } from '../core/errors.ts';
import type { EndReason } from '../core/session.ts';
import type { Recorder, SealedRecording } from '../recording/recorder.ts';
import type { EgressStop } from './egress.ts';
import type { LiveSession } from './session.ts';

const NOTE_END_ATTEMPTS = 5;
const NOTE_END_PAUSE_MS = 400;

/** What there is of a session that has ended, however far it came. */
export interface EndedSession {
  readonly live: LiveSession;
  readonly reason: EndReason;
  readonly recorder: Recorder | null;
  /** Writes the last event of the recording; null while nothing was judged. */
  readonly gate: { finish(): void } | null;
  readonly egress: { close(): Promise<void> } | null;
  /** The limit that was reached. */
  readonly stopped: EgressStop | null;
}

/** Never throws: what cannot be noted is found by the sweep, with the head of the same sealed recording. */
export async function sealSession(
  { access, logger }: { readonly access: AccessContext; readonly logger: Logger },
  ended: EndedSession,
): Promise<void> {
  const { live, reason } = ended;
  const [sealed] = await Promise.all([closeRecording(logger, ended), ended.egress?.close()]);
  const summary = {
    sessionId: live.id,
    reason,
    counts: live.counts,
    recordingHead: sealed?.headHex ?? null,
    recordingBytes: sealed?.bytes ?? null,
    riskiest: live.riskiest.list(),
    stoppedBy: stoppedBy(ended.stopped),
  };
  for (let attempt = 1; attempt <= NOTE_END_ATTEMPTS; attempt += 1) {
    try {
      await endSession(access, summary);
      return;
    } catch (error) {
      logger.error(
        { sessionId: live.id, attempt, problem: messageOf(error) },
        'noting the end of a session failed',
      );
      await sleep(NOTE_END_PAUSE_MS * attempt);
    }
  }
}

function stoppedBy(stop: EgressStop | null): StoppedBy | null {
  if (stop === null) return null;
  const { limit, rows, bytes } = stop;
  return { rule: limit.rule, per: limit.per, rows, bytes };
}

async function closeRecording(logger: Logger, ended: EndedSession): Promise<SealedRecording | null> {
  const { live, reason, recorder, gate } = ended;
  if (recorder === null) return null;
  try {
    if (gate !== null) gate.finish();
    else recorder.append({ type: 'end', atMs: live.ageMs, reason, counts: live.counts });
    return await recorder.close();
  } catch (error) {
    logger.error({ sessionId: live.id, problem: messageOf(error) }, 'sealing a recording failed');
    return null;
  }
}
