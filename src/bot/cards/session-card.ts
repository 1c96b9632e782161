/** The one message of a session: live while it runs, its summary once it ended. */
import type { RiskyStatement, SessionView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, CardList } from '../card.ts';
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
import { END_IN_WORDS, formatInstant, formatTimeOfDay, fullNameOf, nameOf, whoApproved } from './wording.ts';

/** @param options.publicUrl the address of the pages; opening the replay requires a login and the right to see it */
export function sessionCard(session: SessionView, options: { readonly publicUrl: string }): Card {
  const live = session.endedAt === null;
  const title = plainLine(
    `${live ? 'Live session' : 'Session'}: ${nameOf(session.holder)} on ${session.resource} as ${session.role}`,
    TITLE_CHARACTERS_MAX,
  );
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
  const client =
    session.application === null ? '' : ` with ${plainLine(session.application, NAME_CHARACTERS_MAX)}`;
  if (session.endedAt === null) {
    return `Live since ${formatInstant(session.startedAt)}, from ${session.clientAddress}${client}.`;
  }
  const why = session.endReason === null ? 'no reason was recorded' : END_IN_WORDS[session.endReason];
  return `Ended at ${formatInstant(session.endedAt)} after ${lengthOf(session.endedAt, session)}: ${why}.`;
}

function lengthOf(endedAt: Date, session: SessionView): string {
  return formatDuration(endedAt.getTime() - session.startedAt.getTime());
}

function fieldsOf(session: SessionView): readonly CardField[] {
  const { counts } = session;
  const fields: CardField[] = [
    { label: 'Who', value: fullNameOf(session.holder) },
    {
      label: 'Resource',
      value: plainLine(`${session.resource} (${session.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: 'Role', value: plainLine(session.role, NAME_CHARACTERS_MAX) },
    { label: 'Approved by', value: whoApproved(session) },
    {
      label: 'Reason',
      rank: 'quote',
      value: plainBlock(session.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (session.endedAt !== null) fields.push({ label: 'Duration', value: lengthOf(session.endedAt, session) });
  fields.push(
    { label: 'Commands', value: String(counts.commands) },
    { label: 'Denied', value: String(counts.denied) },
    { label: 'Held', value: String(counts.held) },
    { label: 'Rows', value: String(counts.rows) },
    { label: 'Masked cells', value: String(counts.maskedCells) },
    { label: 'Access', rank: 'small-print', value: session.grantId, code: true },
    { label: 'Session', rank: 'small-print', value: session.id, code: true },
  );
  if (session.recordingHead !== null) {
    fields.push({ label: 'SHA-256 of the recording', value: session.recordingHead, code: true });
  }
  return fields;
}

function riskiestList(statements: readonly RiskyStatement[]): CardList {
  return {
    title: 'Riskiest statements',
    items: statements.slice(0, LIST_ITEMS_MAX).map((statement) => ({
      text: plainLine(statement.text, STATEMENT_CHARACTERS_MAX),
      code: true,
      detail: `${formatTimeOfDay(statement.at)}, ${statement.operation}, ${verdictOf(statement)}`,
      tone: statement.action === 'deny' ? 'bad' : 'neutral',
    })),
  };
}

const VERDICT_IN_WORDS: Readonly<Record<RiskyStatement['action'], string>> = {
  allow: 'allowed',
  deny: 'denied',
  review: 'held',
};

function verdictOf(statement: RiskyStatement): string {
  const outcome = VERDICT_IN_WORDS[statement.action];
  return statement.rule === null
    ? outcome
    : `${outcome} by ${plainLine(statement.rule, NAME_CHARACTERS_MAX)}`;
}

function actionsOf(session: SessionView, publicUrl: string): readonly CardAction[] {
  const replay: CardAction = {
    kind: 'link',
    label: 'Replay',
    url: replayUrl(session.id, publicUrl),
  };
  if (session.endedAt !== null) {
    const { id: subject } = session;
    return [
      replay,
      { kind: 'button', action: 'transcript', subject, label: 'Transcript', style: 'plain' },
      { kind: 'button', action: 'recording', subject, label: 'Recording', style: 'plain' },
    ];
  }
  return [
    replay,
    { kind: 'button', action: 'terminate', subject: session.id, label: 'Terminate', style: 'danger' },
  ];
}

/** Where a session is replayed. */
export function replayUrl(sessionId: string, publicUrl: string): string {
  return `${publicUrl}/sessions/${encodeURIComponent(sessionId)}`;
}
