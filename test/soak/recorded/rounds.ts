/** One round: clients write as fast as they are answered, something happens, and what was done is held against what was recorded. */
import { expect } from 'vitest';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import type { SshClient, SshLogin } from '../../support/ssh/clients.ts';
import { markOf, startWriter, type Writer, type WriterKind } from '../crash-while-recording/writers.ts';
import { eventually, type RecordedDeployment } from './deployment.ts';
import { fileMarkOf, startHostWriter } from './host-writer.ts';

const DATABASE_WRITERS: readonly WriterKind[] = ['pg, simple protocol', 'pg, extended protocol', 'psql'];
const HOST_WRITERS = 2;
export const WRITERS = DATABASE_WRITERS.length + HOST_WRITERS;

export interface Writing {
  /** What their marks begin with. */
  readonly prefix: string;
  /** Resolves when all connections are gone, with the marks whose success a client has seen. */
  readonly ended: Promise<readonly string[]>;
}

/** Resolves when each of them has been answered once. */
export async function startWriters(
  deployment: RecordedDeployment,
  options: { readonly name: string; readonly clients: { make(login: SshLogin): Promise<SshClient> } },
): Promise<Writing> {
  const { name, clients } = options;
  const url = await deployment.postgresUrl();
  const login = await deployment.sshLogin();
  const writers: Writer[] = DATABASE_WRITERS.map((kind, place) =>
    startWriter({ kind, url, name: `${name}.d${place}` }),
  );
  for (let place = 0; place < HOST_WRITERS; place += 1) {
    const client = await clients.make(login);
    writers.push(startHostWriter({ client, name: `${name}.h${place}` }));
  }
  await Promise.all(writers.map(({ started }) => started));
  return {
    prefix: `${name}.`,
    ended: Promise.all(writers.map(({ ended }) => ended)).then((marks) => marks.flat()),
  };
}

export interface EndedSession {
  readonly id: string;
  readonly endReason: string;
  readonly recordingHead: string;
}

/**
 * Waits until every session is over and its recording sealed; one that could not begin to be recorded has none.
 * @param except those of earlier rounds, added to
 */
export async function sealedSessions(
  deployment: RecordedDeployment,
  except: string[],
): Promise<EndedSession[]> {
  const sessions = await eventually('The end of the sessions', async () => {
    const found = await deployment.query<EndedSession & { refused: boolean }>(SESSIONS, [except]);
    const over = found.every(
      ({ endReason, recordingHead, refused }) => endReason && (recordingHead || refused),
    );
    return over && found.length > 0 ? found : null;
  });
  except.push(...sessions.map(({ id }) => id));
  return sessions.filter(({ refused }) => !refused);
}

/** Nothing is asked in a session that cannot be recorded. */
const SESSIONS = `
  select id, end_reason as "endReason", recording_head as "recordingHead",
         coalesce(recording_head is null and end_reason = 'recording-failed'
                  and (counts ->> 'commands')::int = 0 and (counts ->> 'denied')::int = 0, false) as refused
    from session where not id = any($1)`;

export interface RoundFigures {
  executed: number;
  acknowledged: number;
  recorded: number;
  sessions: number;
}

export const NO_FIGURES: RoundFigures = { executed: 0, acknowledged: 0, recorded: 0, sessions: 0 };

/**
 * Everything that ran is recorded, so is everything that a client was answered for, and each recording is what the
 * log says.
 * @param round.bytesOf a recording, from where it is kept; the server's own directory when left out
 */
export async function judgeRound(
  deployment: RecordedDeployment,
  round: {
    readonly prefix: string;
    readonly acknowledged: readonly string[];
    readonly sessions: readonly EndedSession[];
    readonly bytesOf?: (sessionId: string) => Promise<Buffer>;
    readonly figures: RoundFigures;
  },
): Promise<void> {
  const { prefix, acknowledged, sessions, bytesOf, figures } = round;
  const { publicKeyPem, recordings } = deployment;
  const recorded = new Set<string>();
  for (const { id, recordingHead } of sessions) {
    const source =
      bytesOf === undefined ? { path: recordingPath(recordings, id) } : { bytes: await bytesOf(id) };
    expect(await verifyRecording({ ...source, publicKeyPem })).toMatchObject({
      ok: true,
      problems: [],
      sessionId: id,
      headHex: recordingHead,
    });
    for (const mark of await recordedMarks(deployment, id)) recorded.add(mark);
  }
  const executed = await deployment.executed(prefix);
  const notRecorded = (marks: readonly string[]): string[] => marks.filter((mark) => !recorded.has(mark));
  expect(notRecorded(executed), 'executed, but not recorded').toEqual([]);
  expect(notRecorded(acknowledged), 'answered for, but not recorded').toEqual([]);
  const done = new Set(executed);
  expect(
    acknowledged.filter((mark) => !done.has(mark)),
    'answered for, but not done',
  ).toEqual([]);
  figures.executed += executed.length;
  figures.acknowledged += acknowledged.length;
  figures.recorded += recorded.size;
  figures.sessions += sessions.length;
}

/** The marks of every allowed statement and command that the recording holds, as the server exports it. */
async function recordedMarks(deployment: RecordedDeployment, sessionId: string): Promise<string[]> {
  const text = await deployment.download(`sessions/${sessionId}/export?format=jsonl`);
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const event = JSON.parse(line) as RecordingEvent;
      if (event.type !== 'statement' || event.verdict.action !== 'allow') return [];
      return markOf(event) ?? fileMarkOf(event) ?? [];
    });
}
