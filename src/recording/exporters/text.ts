/**
 * A recording as a transcript for people. What came from a client or a target is untrusted: control
 * and bidirectional characters are written out, so that a transcript shown in a terminal stays text.
 */
import {
  type HostEvent,
  isHostEvent,
  type RecordedColumn,
  type RecordingEvent,
  type SessionFacts,
} from '../events.ts';
import { type RecordingEvents, type RecordingTrailer, withTrailer } from '../reader.ts';
import { HostTranscript } from './host-text.ts';
import { oneLine, timeOf, visible } from './plain-text.ts';

const CELL_CHARACTERS_MAX = 200;

type EventOf<Type extends RecordingEvent['type']> = Extract<RecordingEvent, { readonly type: Type }>;

/** Yields the transcript in parts, each of whole lines, as it is read. Errors are those of the reader. */
export async function* exportText(events: RecordingEvents): AsyncGenerator<string> {
  let startedAtMs = 0;
  let ofHost = false;
  const host = new HostTranscript();
  for await (const item of withTrailer(events)) {
    if (item.type === 'start') {
      startedAtMs = Date.parse(item.facts.startedAt);
      ofHost = item.facts.resourceKind === 'ssh';
    }
    const lines = isHostEvent(item)
      ? host.linesOf(item, startedAtMs)
      : [...host.rest(), ...linesOf(item, { startedAtMs, ofHost })];
    if (lines.length > 0) yield lines.map((line) => `${line}\n`).join('');
  }
}

function linesOf(
  item: Exclude<RecordingEvent, HostEvent> | RecordingTrailer,
  { startedAtMs, ofHost }: { readonly startedAtMs: number; readonly ofHost: boolean },
): readonly string[] {
  switch (item.type) {
    case 'start':
      return startLines(item.facts);
    case 'statement':
      return statementLines(item, startedAtMs);
    case 'policy':
      return ['', `[${timeOf(item.atMs, startedAtMs)}] policy ${oneLine(item.version)} from here on`];
    case 'hold':
      return [holdLine(item, startedAtMs)];
    case 'rows':
      return rowLines(item);
    case 'outcome':
      return outcomeLines(item, { ofHost });
    case 'end':
      return endLines(item, { startedAtMs, ofHost });
    case 'recording':
      return trailerLines(item);
  }
}

function startLines(facts: SessionFacts): readonly string[] {
  const approvers = facts.approvers.map((approver) => approver.name).join(', ');
  const fields: readonly (readonly [string, string])[] = [
    ['Session', facts.sessionId],
    ['Who', `${facts.holder.name} <${facts.holder.email}>`],
    ['Resource', `${facts.resource} (${facts.resourceKind}) as ${facts.role}`],
    ['Reason', facts.reason],
    ['Approved by', approvers === '' ? 'policy' : approvers],
    ['Incident', facts.incident ?? '-'],
    ['From', `${facts.clientAddress}${facts.application === null ? '' : ` with ${facts.application}`}`],
    ['Request', `${facts.requestId}, grant ${facts.grantId}, policy ${facts.policyVersion}`],
    ['Started', facts.startedAt],
  ];
  return fields.map(([name, value]) => `${`${name}:`.padEnd(13)}${oneLine(value)}`);
}

function statementLines(event: EventOf<'statement'>, startedAtMs: number): readonly string[] {
  const { verdict } = event;
  const rule = verdict.rule === null ? '' : ` by rule ${oneLine(verdict.rule)}`;
  const parameters = event.parameters.map((value, index) => `    $${index + 1} = ${cell(value)}`);
  const reason = verdict.reason === '' ? [] : [`    reason: ${oneLine(verdict.reason)}`];
  return [
    '',
    `[${timeOf(event.atMs, startedAtMs)}] #${event.statement} ${verdict.action.toUpperCase()}${rule} (${event.protocol})`,
    ...visible(event.text)
      .split('\n')
      .map((line) => `    ${line}`),
    ...parameters,
    ...reason,
  ];
}

function holdLine(event: EventOf<'hold'>, startedAtMs: number): string {
  const by = event.by.length === 0 ? '' : ` by ${event.by.map(({ name }) => oneLine(name)).join(', ')}`;
  const scope = event.scope === 'session' ? ', for this session' : '';
  const note = event.note === null ? '' : `: ${oneLine(event.note)}`;
  return `  #${event.statement} [${timeOf(event.atMs, startedAtMs)}] ${event.hold} ${event.state}${by}${scope}${note}`;
}

function rowLines(event: EventOf<'rows'>): readonly string[] {
  const rows = event.rows.map((row) => row.map(cell));
  const widths = event.columns.map((column, index) =>
    Math.max(heading(column).length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `    | ${cells.map((text, index) => text.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [`  #${event.statement} rows`, line(event.columns.map(heading)), ...rows.map(line)];
}

function outcomeLines(
  event: EventOf<'outcome'>,
  { ofHost }: { readonly ofHost: boolean },
): readonly string[] {
  const duration = `${Math.round(event.durationMs)} ms`;
  const tags = event.tags.map(oneLine).join('; ');
  const failed =
    event.error === null ? '' : `ERROR ${oneLine(event.error.sqlState)}: ${oneLine(event.error.message)}`;
  if (event.error !== null && event.rows === 0) return [`  #${event.statement} ${failed} (${duration})`];
  const masked =
    event.maskedCells === 0 ? '' : `, ${event.maskedCells} ${ofHost ? 'masked values' : 'masked cells'}`;
  const rows = ofHost ? '' : `, ${event.rows} rows`;
  const done = `${tags === '' ? 'ended' : tags}${rows}${masked}, ${duration}`;
  return [`  #${event.statement} ${failed === '' ? done : `${failed}; ${done}`}`];
}

function endLines(
  event: EventOf<'end'>,
  { startedAtMs, ofHost }: { readonly startedAtMs: number; readonly ofHost: boolean },
): readonly string[] {
  const { counts } = event;
  const results = ofHost
    ? `${counts.bytes} bytes, ${counts.maskedCells} masked values`
    : `${counts.rows} rows, ${counts.bytes} bytes, ${counts.maskedCells} masked cells`;
  return [
    '',
    `[${timeOf(event.atMs, startedAtMs)}] Session ended: ${event.reason}`,
    `${counts.commands} commands, ${counts.denied} denied, ${counts.held} held, ${results}`,
  ];
}

function trailerLines(trailer: RecordingTrailer): readonly string[] {
  if (trailer.problem !== null) {
    return [
      '',
      `DAMAGED: ${trailer.problem.message} (byte ${trailer.problem.offset}). Nothing behind it is shown.`,
    ];
  }
  if (trailer.sealedBy === 'recovered')
    return ['', 'The recorder stopped here; the recording was sealed afterwards.'];
  return trailer.complete ? [] : ['', 'The recording goes on, or its end is missing.'];
}

function heading(column: RecordedColumn): string {
  return `${oneLine(column.name)}${column.masked ? ' (masked)' : ''}`;
}

function cell(value: string | null): string {
  if (value === null) return 'NULL';
  const points = [...value];
  if (points.length <= CELL_CHARACTERS_MAX) return oneLine(value);
  return `${oneLine(points.slice(0, CELL_CHARACTERS_MAX).join(''))}… (${points.length} characters)`;
}
