import { formatDuration } from '../core/duration.ts';
import { plainTextOf } from '../recording/escape-sequences.ts';
import type { SessionAnswer, TimelineAnswer } from '../web/schemas/sessions.ts';
import { printable, printableLine } from './printable.ts';
import { renderTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { indented, timeOf } from './wording.ts';

type Entry = TimelineAnswer['entries'][number];

const INDENT = '    ';
const ROWS_SHOWN = 5;
const LINES_SHOWN = 10;

/** A session's statements or commands for the terminal: verdict, text, outcome and the first rows or lines of each. */
export function renderTimeline(
  terminal: Terminal,
  shown: { session: SessionAnswer; timeline: TimelineAnswer },
): string {
  const { session, timeline } = shown;
  const ofHost = session.resourceKind === 'ssh';
  const title = `${session.id}: ${session.holder.name} on ${session.resource} as ${session.role}`;
  const parts = [
    terminal.style('bold', printableLine(title)),
    ...timeline.entries.map((entry) => renderEntry(terminal, entry, { ofHost })),
  ];
  if (timeline.files.length > 0) {
    const files = timeline.files.map((file) => printableLine(`#${file.statement} ${fileInWords(file)}`));
    parts.push([terminal.style('bold', 'Files'), ...files].join('\n'));
  }
  if (timeline.omitted > 0) {
    parts.push(
      `${timeline.omitted} more ${ofHost ? 'commands' : 'statements'}: sallyport export ${session.id} --format text has them all.`,
    );
  }
  if (!timeline.complete) {
    parts.push(session.live ? 'The session goes on.' : 'The recording is damaged, or its end is missing.');
  }
  return parts.join('\n\n');
}

function renderEntry(terminal: Terminal, entry: Entry, { ofHost }: { readonly ofHost: boolean }): string {
  const lines = [renderAsked(terminal, entry)];
  if (entry.hold !== null) lines.push(INDENT + printableLine(holdInWords(entry.hold)));
  lines.push(renderAnswer(terminal, entry, { ofHost }));
  return lines.join('\n');
}

/** What was asked, and the verdict on it. */
export function renderAsked(terminal: Terminal, entry: Entry): string {
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
  return lines.join('\n');
}

/** What came of it. */
export function renderAnswer(
  terminal: Terminal,
  entry: Entry,
  { ofHost }: { readonly ofHost: boolean },
): string {
  const lines: string[] = [];
  if (entry.action === 'deny') lines.push(INDENT + terminal.style('red', printableLine(entry.reason)));
  else lines.push(INDENT + terminal.style('dim', printableLine(outcomeOf(entry, { ofHost }))));
  if (entry.error !== null) {
    lines.push(
      INDENT + terminal.style('red', printableLine(`ERROR ${entry.error.sqlState}: ${entry.error.message}`)),
    );
  }
  if (entry.firstRows.length > 0) lines.push(indented(renderRows(terminal, entry)));
  if (entry.firstOutput !== '') lines.push(indented(printable(firstLines(entry.firstOutput))));
  return lines.join('\n');
}

const VERDICTS: Readonly<Record<Entry['action'], { words: string; style: Style }>> = {
  allow: { words: 'allowed', style: 'green' },
  deny: { words: 'DENIED', style: 'red' },
  review: { words: 'held', style: 'yellow' },
};

/** What became of one that was held. */
export function holdInWords({ id, state, scope, by, note, waitedMs }: NonNullable<Entry['hold']>): string {
  const people = by.length === 0 ? '' : ` by ${by.map(({ name }) => name).join(', ')}`;
  const range = scope === 'session' ? ' for this session' : '';
  const waited = waitedMs === null ? '' : ` after ${formatDuration(waitedMs)}`;
  return `${id} ${state}${range}${people}${waited}${note === null ? '' : `: ${note}`}`;
}

function outcomeOf(entry: Entry, { ofHost }: { readonly ofHost: boolean }): string {
  if (entry.durationMs === null) return 'no answer recorded';
  const masked =
    entry.maskedCells === 0 ? '' : `${entry.maskedCells} masked ${ofHost ? 'values' : 'cells'}, `;
  const tags = entry.tags.length === 0 ? '' : `${entry.tags.join(', ')}, `;
  const rows = ofHost ? '' : `${entry.rows} rows, `;
  return `${tags}${rows}${masked}${formatDuration(entry.durationMs)}`;
}

/** Of what a command printed; the export has more. */
function firstLines(output: string): string {
  const lines = plainTextOf(output).replaceAll('\r', '').trimEnd().split('\n');
  return lines.length <= LINES_SHOWN ? lines.join('\n') : `${lines.slice(0, LINES_SHOWN).join('\n')}\n…`;
}

function fileInWords(file: TimelineAnswer['files'][number]): string {
  const { direction, path, bytes, sha256, complete } = file;
  const whole = complete ? '' : ', not to its end';
  return `${direction} ${path}: ${bytes} bytes${whole}, SHA-256 ${sha256 ?? 'not known'}`;
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
