/** How sinks read on the terminal. */
import { formatDuration } from '../core/duration.ts';
import type { SinkAnswer, SinkInFullAnswer } from '../web/schemas/sinks.ts';
import { type Column, renderFields, renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { timeOf } from './wording.ts';

export const SINK_COLUMNS: readonly Column<SinkAnswer>[] = [
  { title: 'NAME', value: (sink) => sink.name },
  { title: 'KIND', value: (sink) => sink.kind },
  { title: 'STATE', value: (sink) => sink.state },
  { title: 'BEHIND', value: (sink) => String(sink.lagEvents), align: 'right' },
  { title: 'FOR', value: lagOf, align: 'right' },
  { title: 'REFUSED', value: (sink) => String(sink.deadLetters), align: 'right' },
  { title: 'LAST SENT', value: (sink) => (sink.lastSentAt === null ? 'never' : timeOf(sink.lastSentAt)) },
  { title: 'LAST ERROR', value: (sink) => sink.lastError ?? '' },
];

const LETTER_COLUMNS: readonly Column<SinkInFullAnswer['letters'][number]>[] = [
  { title: 'EVENT', value: (letter) => String(letter.sequence), align: 'right' },
  { title: 'TYPE', value: (letter) => letter.type },
  { title: 'ABOUT', value: (letter) => letter.subject },
  { title: 'TRIED', value: (letter) => String(letter.attempts), align: 'right' },
  { title: 'REFUSED', value: (letter) => timeOf(letter.failedAt) },
  { title: 'REASON', value: (letter) => letter.reason },
];

export function describeSink(terminal: Pick<Terminal, 'style' | 'columns'>, sink: SinkInFullAnswer): string {
  const fields = renderFields(terminal, [
    { name: 'Sink', value: `${sink.name}: ${sink.kind}` },
    { name: 'State', value: sink.state },
    { name: 'Paused', value: pausedOf(sink) },
    { name: 'Behind', value: `${sink.lagEvents} events, for ${lagOf(sink)}` },
    { name: 'Sent', value: `${sink.sent} events, to event ${sink.cursor} of the log` },
    { name: 'Last sent', value: sink.lastSentAt === null ? 'never' : timeOf(sink.lastSentAt) },
    { name: 'Last error', value: errorOf(sink) },
    { name: 'Refused', value: `${sink.deadLetters} events wait for somebody` },
  ]);
  return sink.letters.length === 0
    ? fields
    : `${fields}\n\n${renderTable(terminal, sink.letters, LETTER_COLUMNS)}`;
}

function lagOf({ lagSeconds }: SinkAnswer): string {
  return formatDuration(Math.round(lagSeconds) * 1_000);
}

function pausedOf({ paused }: SinkAnswer): string | null {
  if (paused === null) return null;
  const by = paused.by === null ? '' : ` by ${paused.by.name}`;
  return `${timeOf(paused.at)}${by}: ${paused.because}`;
}

function errorOf({ lastError, lastErrorAt, failures }: SinkAnswer): string | null {
  if (lastError === null) return null;
  const at = lastErrorAt === null ? '' : `${timeOf(lastErrorAt)}, `;
  return `${at}${failures} in a row: ${lastError}`;
}
