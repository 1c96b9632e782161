/**
 * A timeline as a Markdown document (CommonMark). What people typed is text in it: nothing of it is markup, a
 * mention or a link, and no character hides or reorders others.
 */
import { visibleText } from '../../core/visible-text.ts';
import type { IncidentTimeline } from './timeline.ts';
import type { TimelineEntry } from './timeline-entries.ts';

const LINE_CHARACTERS_MAX = 1_000;
const CODE_CHARACTERS_MAX = 4_000;
/** Everything that CommonMark or a chat client gives a meaning (CommonMark 0.31, section 2.4). */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const FENCE_MIN = 3;

export function timelineMarkdown(timeline: IncidentTimeline): string {
  const { name, title, state, from, to, entries } = timeline;
  const span = from === null ? '' : ` From ${moment(from)} to ${moment(to)}, all times in UTC.`;
  const lines = [
    `# Incident ${plain(name)}`,
    '',
    ...(title === null ? [] : [plain(title), '']),
    `${state === 'open' ? 'Open.' : 'Closed.'}${span}`,
    '',
  ];
  let day = '';
  for (const entry of entries) {
    const its = entry.at.toISOString().slice(0, 10);
    if (its !== day) lines.push(...gap(lines), `## ${its}`, '');
    day = its;
    lines.push(...linesOf(entry));
  }
  lines.push(...gap(lines), ...notes(timeline));
  return `${lines.join('\n').trimEnd()}\n`;
}

function linesOf(entry: TimelineEntry): string[] {
  const who = entry.who === null ? '' : `**${plain(entry.who.name)}** `;
  const head = `- ${entry.at.toISOString().slice(11, 19)} \`${entry.subject.replaceAll('`', '')}\` ${who}${plain(entry.text)}`;
  if (entry.code === null) return [head];
  const code = visibleText(cut(entry.code, CODE_CHARACTERS_MAX));
  const fence = fenceFor(code);
  return [head, '', `  ${fence}`, ...code.split('\n').map((line) => `  ${line}`), `  ${fence}`, ''];
}

/** One blank line, unless there is one. */
function gap(lines: readonly string[]): string[] {
  return lines.at(-1) === '' ? [] : [''];
}

function notes({ hiddenSessions, cut: isCut, entries }: IncidentTimeline): string[] {
  const found: string[] = [];
  if (entries.length === 0) found.push('Nothing was asked for yet.');
  if (hiddenSessions > 0) found.push(`Sessions that you may not see: ${hiddenSessions}.`);
  if (isCut) found.push('There is more than fits here: the rest is on the pages.');
  found.push(
    'Literals in statements and commands are replaced by placeholders. The recordings hold what was done, masked.',
  );
  return found;
}

/** One line in which no character means anything but itself. */
function plain(text: string): string {
  const line = visibleText(cut(text.replaceAll(/\s+/g, ' ').trim(), LINE_CHARACTERS_MAX));
  return line.replaceAll(PUNCTUATION, (character) =>
    HARMLESS.has(character) ? character : `\\${character}`,
  );
}

/** Punctuation that means nothing inside of a line. */
const HARMLESS: ReadonlySet<string> = new Set([',', '.', ';', "'", '%', '?', '/', '=', '$', '"']);

/** Longer than any run of backticks in the text. */
function fenceFor(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(FENCE_MIN, longest + 1));
}

/** Between code points, and says that it did. */
function cut(text: string, charactersMax: number): string {
  const points = [...text];
  return points.length <= charactersMax ? text : `${points.slice(0, charactersMax).join('')}…`;
}

function moment(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
