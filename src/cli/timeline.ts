import { formatDuration } from '../core/duration.ts';
import type { SessionAnswer, TimelineAnswer } from '../web/schemas/sessions.ts';
import { printable, printableLine } from './printable.ts';
import { renderTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { indented, timeOf } from './wording.ts';

type Entry = TimelineAnswer['entries'][number];

const INDENT = '    ';
const ROWS_SHOWN = 5;

/** A session's statements for the terminal: verdict, text, outcome and the first rows of each. */
export function renderTimeline(
  terminal: Terminal,
  shown: { session: SessionAnswer; timeline: TimelineAnswer },
): string {
  const { session, timeline } = shown;
  const title = `${session.id}: ${session.holder.name} on ${session.resource} as ${session.role}`;
  const parts = [
    terminal.style('bold', printableLine(title)),
    ...timeline.entries.map((entry) => renderEntry(terminal, entry)),
  ];
  if (timeline.omitted > 0) {
    parts.push(
      `${timeline.omitted} more statements: sallyport export ${session.id} --format text has them all.`,
    );
  }
  if (!timeline.complete) {
    parts.push(session.live ? 'The session goes on.' : 'The recording is damaged, or its end is missing.');
  }
  return parts.join('\n\n');
}

function renderEntry(terminal: Terminal, entry: Entry): string {
  const denied = entry.action === 'deny';
  const verdict = terminal.style(VERDICTS[entry.action].style, VERDICTS[entry.action].words);
  const rule = entry.rule === null ? '' : ` by ${printableLine(entry.rule)}`;
  const at = terminal.style('dim', timeOf(new Date(entry.at)));
  const lines = [
    `${at}  #${entry.statement}  ${verdict}${rule}  ${entry.operation}`,
    indented(printable(entry.text)),
  ];
  if (entry.parameters.length > 0) {
    const values = entry.parameters.map((value, index) => `$${index + 1} = ${value ?? 'NULL'}`);
    lines.push(INDENT + terminal.style('dim', printableLine(values.join(', '))));
  }
  if (entry.hold !== null) lines.push(INDENT + printableLine(holdInWords(entry.hold)));
  if (denied) lines.push(INDENT + terminal.style('red', printableLine(entry.reason)));
  else lines.push(INDENT + terminal.style('dim', printableLine(outcomeOf(entry))));
  if (entry.error !== null) {
    lines.push(
      INDENT + terminal.style('red', printableLine(`ERROR ${entry.error.sqlState}: ${entry.error.message}`)),
    );
  }
  if (entry.firstRows.length > 0) lines.push(indented(renderRows(terminal, entry)));
  return lines.join('\n');
}

const VERDICTS: Readonly<Record<Entry['action'], { words: string; style: Style }>> = {
  allow: { words: 'allowed', style: 'green' },
  deny: { words: 'DENIED', style: 'red' },
  review: { words: 'held', style: 'yellow' },
};

function holdInWords({ id, state, scope, by, note, waitedMs }: NonNullable<Entry['hold']>): string {
  const people = by.length === 0 ? '' : ` by ${by.map(({ name }) => name).join(', ')}`;
  const range = scope === 'session' ? ' for this session' : '';
  const waited = waitedMs === null ? '' : ` after ${formatDuration(waitedMs)}`;
  return `${id} ${state}${range}${people}${waited}${note === null ? '' : `: ${note}`}`;
}

function outcomeOf(entry: Entry): string {
  if (entry.durationMs === null) return 'no answer recorded';
  const masked = entry.maskedCells === 0 ? '' : `, ${entry.maskedCells} masked cells`;
  const tags = entry.tags.length === 0 ? '' : `${entry.tags.join(', ')}, `;
  return `${tags}${entry.rows} rows${masked}, ${formatDuration(entry.durationMs)}`;
}

function renderRows(terminal: Terminal, entry: Entry): string {
  const shown = entry.firstRows.slice(0, ROWS_SHOWN);
  const columns = entry.columns.map((column, index) => ({
    title: printableLine(column.masked ? `${column.name} (masked)` : column.name),
    value: (row: readonly (string | null)[]) => row[index] ?? 'NULL',
  }));
  const more = entry.rows > shown.length ? `\n… ${entry.rows - shown.length} more` : '';
  return `${renderTable(terminal, shown, columns)}${more}`;
}
