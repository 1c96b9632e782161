/** What is left of sessions whose broker was killed: their rows, recordings, audit events and summaries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import { recordingPath, SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { type Verification, verifyRecording } from '../../../src/recording/verify.ts';
import type { Deployment } from '../../e2e/server/deployment.ts';
import { markOf } from './writers.ts';

export interface LostSession {
  readonly id: string;
  readonly endReason: string | null;
  readonly recordingHead: string | null;
}

/** Waits until every session is over, sealed and summed up. @param options.except those of earlier rounds */
export async function endedSessions(
  deployment: Deployment,
  options: { except: readonly string[] },
): Promise<LostSession[]> {
  return waitFor('The end of the sessions', async () => {
    const sessions = await deployment.query<LostSession & { summed: boolean }>(SESSIONS, [options.except]);
    const over = sessions.every(
      ({ endReason, recordingHead, summed }) => endReason && recordingHead && summed,
    );
    return over && sessions.length > 0 ? sessions : null;
  });
}

/** A summary is the card of a session that says how long it took. */
const SESSIONS = `
  select s.id, s.end_reason as "endReason", s.recording_head as "recordingHead",
         exists (select from chat_message m
                  where m.card -> 'fields' @> jsonb_build_array(jsonb_build_object('label', 'Session', 'value', s.id))
                    and m.card -> 'fields' @> '[{"label": "Duration"}]') as summed
    from session s where not s.id = any($1)`;

/** Why each session is said to have ended, in the audit log: one entry for each time it was written. */
export async function auditedEnds(
  deployment: Deployment,
  sessionId: string,
): Promise<(string | undefined)[]> {
  const events = await deployment.query<{ reason?: string }>(
    `select data ->> 'reason' as reason from event where type = 'session.ended' and subject = $1`,
    [sessionId],
  );
  return events.map(({ reason }) => reason);
}

export async function verifyLost(
  { directory }: Pick<Deployment, 'directory'>,
  sessionId: string,
): Promise<Verification> {
  const recordings = join(directory.state, 'recordings');
  return verifyRecording({
    path: recordingPath(recordings, sessionId),
    publicKeyPem: readFileSync(join(recordings, SIGNING_KEY_FILE), 'utf8'),
  });
}

/** The marks of every allowed statement that the recording holds, as the server exports it. */
export async function recordedMarks(
  { tour }: Pick<Deployment, 'tour'>,
  sessionId: string,
): Promise<string[]> {
  const { browser } = tour.notebook.recall('players').carol;
  const path = `/api/v1/sessions/${sessionId}/export?format=jsonl`;
  const lines = (await browser.download(new URL(path, tour.publicUrl))).toString('utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const event = JSON.parse(line) as RecordingEvent;
    const mark = event.type === 'statement' && event.verdict.action === 'allow' ? markOf(event) : null;
    return mark === null ? [] : [mark];
  });
}
