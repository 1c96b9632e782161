/**
 * Makes the report of an incident: reads what is stored about it, checks and reads each recording, and checks the part
 * of the audit log. Bounded in memory and time: what there was no room or time for is said in the report.
 */
import { AppError, isAppError, messageOf } from '../../../core/errors.ts';
import type { Identity } from '../../../core/identity.ts';
import type { Database } from '../../../store/open-store.ts';
import { listEventsAbout } from '../../../store/operations/incident-work.ts';
import { findIdentities } from '../../../store/operations/people.ts';
import { listRecordingHolds } from '../../../store/operations/recording-holds.ts';
import { findRecordings } from '../../../store/operations/recordings.ts';
import type { AccessContext } from '../../context.ts';
import { partyOf } from '../../read-views.ts';
import { recordEvent } from '../../record.ts';
import type { PartyView, SessionView } from '../../views.ts';
import { type IncidentMatter, readMatter } from '../matter.ts';
import { peopleIn } from '../people.ts';
import { timelineOf } from '../timeline.ts';
import { checkLogPart } from './check-log-part.ts';
import {
  absentFinding,
  checkedFinding,
  deletedFinding,
  type KnownRecording,
  unreadFinding,
} from './findings.ts';
import { sentencesOfLeftOut } from './left-out.ts';
import type { RecordingExaminer } from './ports.ts';
import type { IncidentReport, RecordingFinding, ReportedHold, ReportedSession } from './report.ts';
import { Tally } from './tally.ts';

/** So far of the recordings. */
export interface ReportProgress {
  readonly done: number;
  readonly of: number;
}

/** A report that is not done by then says what it did not come to. */
const REPORT_TIME_MS = 120_000;
const TIMELINE_MAX = 1_000;
const RECORDING_HOLDS_MAX = 1_000;
const EVENTS_OF_SESSION = 4;

type Making = {
  readonly name: string;
  /** Null where no recordings can be read. */
  readonly examiner: RecordingExaminer | null;
  /** For reading recordings and the log; two minutes. */
  readonly timeMaxMs?: number;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal;
} & (
  | { readonly audience: 'person'; readonly by: Identity }
  /** What everybody in the incident's channel may read. */
  | { readonly audience: 'channel'; readonly byId: string }
);

/** @throws AppError `not_found` when nothing carries this name */
export async function* makeReport(
  context: AccessContext,
  input: Making,
): AsyncGenerator<ReportProgress, IncidentReport> {
  const { audience, examiner, timeMaxMs = REPORT_TIME_MS } = input;
  const viewer = input.audience === 'person' ? input.by : null;
  const matter = await readMatter(context, { name: input.name, viewer });
  const timeline = await timelineOf(context, { matter, viewer });
  const known = await knownRecordings(context.store.read(), matter);
  const tally = new Tally(context, audience);
  const time = AbortSignal.timeout(timeMaxMs);
  const signal = input.signal === undefined ? time : AbortSignal.any([time, input.signal]);
  const sessions: ReportedSession[] = [];
  yield { done: 0, of: matter.sessions.length };
  for (const session of matter.sessions) {
    input.signal?.throwIfAborted();
    const recording = await examine(session, { known: known(session), examiner, signal, tally });
    sessions.push({ session, recording });
    yield { done: sessions.length, of: matter.sessions.length };
  }
  const log = await checkLogPart(context, {
    subjects: subjectsOf(matter),
    key: examiner?.publicKey ?? null,
    signal,
  });
  const at = context.clock.now();
  const by = await partyNamed(context.store.read(), input.audience === 'person' ? input.by.id : input.byId);
  const report = reportOf({
    context,
    matter,
    timeline,
    sessions,
    tally,
    log,
    examiner,
    made: { at, by, audience },
  });
  await noteReport(context, report);
  return report;
}

/** In the log before anybody reads it. */
async function noteReport(context: AccessContext, report: IncidentReport): Promise<void> {
  const { name, made, figures } = report;
  await context.store.transaction((db) =>
    recordEvent(db, {
      at: made.at,
      type: 'report.made',
      actorId: made.by.id,
      subject: name,
      data: {
        audience: made.audience,
        sessions: figures.sessions,
        verified: figures.verified,
        failed: figures.failedVerification,
      },
    }),
  );
}

async function partyNamed(db: Database, id: string): Promise<PartyView> {
  const [row] = await findIdentities(db, { ids: [id] });
  if (row === undefined)
    throw new AppError('not_found', 'Whoever asked for the report is not known any more.');
  return partyOf(row);
}

interface Examining {
  readonly known: KnownRecording;
  readonly examiner: RecordingExaminer | null;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

async function examine(session: SessionView, of: Examining): Promise<RecordingFinding> {
  const { known, examiner, signal, tally } = of;
  const isChannel = tally.audience === 'channel';
  if (isChannel) tally.addSummary(session);
  const found = await readOne(session, of);
  if ('evidence' in found) {
    tally.addEvidence(session, found.evidence);
    return checkedFinding(known, found);
  }
  if (!isChannel) tally.addSummary(session);
  if (examiner === null) return unreadFinding(known, 'recordings cannot be read from here');
  return signal.aborted && found.standing === 'unread'
    ? unreadFinding(known, 'there was no time left')
    : found;
}

async function readOne(session: SessionView, { known, examiner, signal }: Examining) {
  if (known.deleted !== null) return deletedFinding(known);
  if (examiner === null || signal.aborted) return unreadFinding(known, 'there was no time left');
  try {
    return (await examiner.examine(session.id, signal)) ?? absentFinding(known);
  } catch (error) {
    if (signal.aborted) return unreadFinding(known, 'there was no time left');
    if (isAppError(error)) return unreadFinding(known, messageOf(error));
    throw error;
  }
}

/** What the store and the log say of each recording. */
async function knownRecordings(
  db: Database,
  { name, sessions }: IncidentMatter,
): Promise<(session: SessionView) => KnownRecording> {
  const sessionIds = sessions.map(({ id }) => id);
  const rows = await findRecordings(db, { sessionIds });
  const stored = new Map(rows.map((row) => [row.session.id, row]));
  const holds = await listRecordingHolds(db, { inForce: true, limit: RECORDING_HOLDS_MAX });
  const isHeld = holds.some(({ incident }) => incident === name);
  const held = new Set(holds.flatMap(({ session }) => session?.id ?? []));
  const ends = await listEventsAbout(db, {
    subjects: sessionIds,
    types: ['session.ended', 'session.sealed'],
    limit: sessionIds.length * EVENTS_OF_SESSION,
  });
  const heads = new Map<string, string>();
  for (const { subject, data } of ends) {
    const head = data['recordingHead'];
    if (typeof head === 'string' && !heads.has(subject)) heads.set(subject, head);
  }
  return ({ id, endedAt, counts }) => {
    const row = stored.get(id);
    return {
      isLive: endedAt === null,
      mayBeRecorded: counts.commands > 0,
      loggedHead: heads.get(id) ?? null,
      deleted: row?.deletedAt == null ? null : { at: row.deletedAt, because: row.deletedBecause ?? '' },
      onHold: isHeld || held.has(id),
    };
  };
}

/** The ids by which the log names what belongs to an incident. */
function subjectsOf({ name, incidents, requests, sessions, holds, reviews }: IncidentMatter): string[] {
  const ids = [incidents, requests, sessions, holds, reviews].flatMap((those) => those.map(({ id }) => id));
  return [...new Set([name, ...ids, ...requests.flatMap(({ grant }) => grant?.id ?? [])])];
}

function reportOf(parts: {
  readonly context: AccessContext;
  readonly matter: IncidentMatter;
  readonly timeline: Awaited<ReturnType<typeof timelineOf>>;
  readonly sessions: readonly ReportedSession[];
  readonly tally: Tally;
  readonly log: IncidentReport['verification']['log'];
  readonly examiner: RecordingExaminer | null;
  readonly made: IncidentReport['made'];
}): IncidentReport {
  const { context, matter, timeline, sessions, tally, log, examiner, made } = parts;
  const { name, title, state, incidents, requests, holds, alerts, reviews } = matter;
  const [newest] = incidents;
  const tables = tally.tables();
  const { commands, denials } = tally.commands();
  const files = tally.files;
  const entries = timeline.entries.slice(0, TIMELINE_MAX);
  const sum = (of: (session: SessionView) => number): number =>
    matter.sessions.reduce((total, session) => total + of(session), 0);
  return {
    ...{ name, title, state, made, requests, sessions, commands, denials, tables, files, alerts },
    ids: incidents.map(({ id }) => id),
    openedBy: newest?.openedBy ?? null,
    closedBy: newest?.closedBy ?? null,
    from: timeline.from,
    to: timeline.to,
    publicUrl: context.settings.publicUrl,
    figures: {
      requests: requests.length,
      sessions: sessions.length,
      commands: sum(({ counts }) => counts.commands),
      denied: sum(({ counts }) => counts.denied),
      held: sum(({ counts }) => counts.held),
      rowsChanged: tables.reduce((total, { rows }) => total + (rows ?? 0), 0),
      filesChanged: tally.filesChanged,
      maskedCells: sum(({ counts }) => counts.maskedCells),
      verified: sessions.filter(({ recording }) => recording.standing === 'verified').length,
      failedVerification: sessions.filter(({ recording }) => isBad(recording)).length,
    },
    people: peopleIn(matter),
    holds: holds.map(holdOf),
    masked: tally.masks(),
    breakGlass: requests
      .filter(({ kind }) => kind === 'break-glass')
      .map((request) => ({
        request,
        review: reviews.find(({ requestId }) => requestId === request.id) ?? null,
      })),
    verification: { signingKeySha256: examiner?.publicKey.sha256 ?? null, log },
    timeline: entries,
    leftOut: sentencesOfLeftOut({
      matter,
      timeline,
      entriesCut: timeline.entries.length - entries.length,
      tally,
      audience: made.audience,
      sessions,
    }),
  };
}

function isBad({ standing }: RecordingFinding): boolean {
  return standing === 'failed' || standing === 'missing';
}

function holdOf(hold: IncidentMatter['holds'][number]): ReportedHold {
  const {
    id,
    sessionId,
    createdAt,
    holder,
    resource,
    text,
    textSha256,
    rule,
    state,
    votes,
    note,
    decidedAt,
  } = hold;
  return {
    ...{ id, sessionId, at: createdAt, who: holder, resource, text, textSha256, rule, state, note },
    by: votes.map(({ person }) => person),
    waitedMs: decidedAt === null ? null : decidedAt.getTime() - createdAt.getTime(),
  };
}
