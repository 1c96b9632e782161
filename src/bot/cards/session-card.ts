/** The one message of a session: live while it runs, its summary once it ended. */
import type { RiskyStatement, SessionView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, CardList } from '../card.ts';
import { texts } from '../texts/texts.ts';
import {
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  REASON_LINES_MAX,
  STATEMENT_CHARACTERS_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import {
  formatInstant,
  formatTimeOfDay,
  fullNameOf,
  nameOf,
  resourceAsRole,
  whoApproved,
} from './wording.ts';

/** @param options.publicUrl the address of the pages; opening the replay requires a login and the right to see it */
export function sessionCard(session: SessionView, options: { readonly publicUrl: string }): Card {
  const words = texts().sessions;
  const live = session.endedAt === null;
  const about = { who: nameOf(session.holder), what: resourceAsRole(session) };
  const title = plainLine(live ? words.titleLive(about) : words.title(about), TITLE_CHARACTERS_MAX);
  const status = plainLine(statusOf(session), STATUS_CHARACTERS_MAX);
  return {
    tone: live ? 'waiting' : session.counts.denied > 0 ? 'warning' : 'neutral',
    title,
    status,
    fields: fieldsOf(session),
    lists: session.riskiest.length === 0 ? [] : [riskiestList(session.riskiest)],
    actions: actionsOf(session, options.publicUrl),
    fallback: `${title}. ${status}`,
  };
}

function statusOf(session: SessionView): string {
  const words = texts().sessions;
  const { application, clientAddress: address, startedAt, endedAt, endReason } = session;
  if (endedAt === null) {
    const client = application === null ? null : plainLine(application, NAME_CHARACTERS_MAX);
    return words.live({ since: formatInstant(startedAt), address, client });
  }
  const why = endReason === null ? words.noReason : (terminationOf(session) ?? words.ends[endReason]);
  return words.ended({ instant: formatInstant(endedAt), length: lengthOf(endedAt, session), why });
}

/** Null for one that ended otherwise: somebody may have asked for its end just when it came. */
function terminationOf({ endReason, terminated }: SessionView): string | null {
  if (endReason !== 'terminated' || terminated === null) return null;
  const { by, reason } = terminated;
  return texts().sessions.terminatedBy({
    who: nameOf(by),
    reason: reason === null ? null : plainLine(reason, NAME_CHARACTERS_MAX),
  });
}

function lengthOf(endedAt: Date, session: SessionView): string {
  return formatDuration(endedAt.getTime() - session.startedAt.getTime());
}

function fieldsOf(session: SessionView): readonly CardField[] {
  const { counts } = session;
  const fields: CardField[] = [
    { label: texts().labels.who, value: fullNameOf(session.holder) },
    {
      label: texts().labels.resource,
      value: plainLine(`${session.resource} (${session.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: texts().labels.role, value: plainLine(session.role, NAME_CHARACTERS_MAX) },
    { label: texts().labels.approvedBy, value: whoApproved(session) },
    {
      label: texts().labels.reason,
      rank: 'quote',
      value: plainBlock(session.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (session.watchers.length > 0) {
    const names = session.watchers.slice(0, LIST_ITEMS_MAX).map(nameOf).join(', ');
    fields.push({ label: texts().labels.watchedBy, value: plainLine(names, VALUE_CHARACTERS_MAX) });
  }
  if (session.endedAt !== null)
    fields.push({ label: texts().labels.duration, value: lengthOf(session.endedAt, session) });
  fields.push(
    { label: texts().labels.commands, value: String(counts.commands) },
    { label: texts().labels.denied, value: String(counts.denied) },
    { label: texts().labels.held, value: String(counts.held) },
    ...(session.resourceKind === 'ssh'
      ? [{ label: texts().labels.masked, value: String(counts.maskedCells) }]
      : [
          { label: texts().labels.rows, value: String(counts.rows) },
          { label: texts().labels.maskedCells, value: String(counts.maskedCells) },
        ]),
    { label: texts().labels.access, rank: 'small-print', value: session.grantId, code: true },
    { label: texts().labels.session, rank: 'small-print', value: session.id, code: true },
  );
  if (session.recordingHead !== null) {
    fields.push({ label: texts().labels.sha256OfRecording, value: session.recordingHead, code: true });
  }
  return fields;
}

function riskiestList(statements: readonly RiskyStatement[]): CardList {
  return {
    title: texts().sessions.riskiest,
    items: statements.slice(0, LIST_ITEMS_MAX).map((statement) => ({
      text: plainLine(statement.text, STATEMENT_CHARACTERS_MAX),
      code: true,
      detail: texts().sessions.statement({
        time: formatTimeOfDay(statement.at),
        operation: statement.operation,
        verdict: verdictOf(statement),
      }),
      tone: statement.action === 'deny' ? 'bad' : 'neutral',
    })),
  };
}

function verdictOf(statement: RiskyStatement): string {
  const { verdicts, verdictBy } = texts().sessions;
  const verdict = verdicts[statement.action];
  if (statement.rule === null) return verdict;
  return verdictBy({ verdict, rule: plainLine(statement.rule, NAME_CHARACTERS_MAX) });
}

function actionsOf(session: SessionView, publicUrl: string): readonly CardAction[] {
  const live = session.endedAt === null;
  const replay: CardAction = {
    kind: 'link',
    label: live ? texts().buttons.watch : texts().buttons.replay,
    url: replayUrl(session.id, publicUrl),
  };
  if (!live) {
    const { id: subject } = session;
    return [
      replay,
      { kind: 'button', action: 'transcript', subject, label: texts().buttons.transcript, style: 'plain' },
      { kind: 'button', action: 'recording', subject, label: texts().buttons.recording, style: 'plain' },
    ];
  }
  return [
    replay,
    {
      kind: 'button',
      action: 'terminate',
      subject: session.id,
      label: texts().buttons.terminate,
      style: 'danger',
    },
  ];
}

/** Where a session is replayed. */
export function replayUrl(sessionId: string, publicUrl: string): string {
  return `${publicUrl}/sessions/${encodeURIComponent(sessionId)}`;
}
