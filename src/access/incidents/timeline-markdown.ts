/**
 * A timeline as a Markdown document (CommonMark). What people typed is text in it: nothing of it is markup, a
 * mention or a link, and no character hides or reorders others.
 */
import { fencedLines, plainMarkdown } from './markdown-text.ts';
import type { IncidentTimeline } from './timeline.ts';
import type { TimelineEntry } from './timeline-entries.ts';

/** @param options.audience `channel` for what everybody in its channel may read */
export function timelineMarkdown(
  timeline: IncidentTimeline,
  { audience }: { readonly audience: 'person' | 'channel' } = { audience: 'channel' },
): string {
  const { name, title, state, from, to, entries } = timeline;
  const span = from === null ? '' : ` From ${moment(from)} to ${moment(to)}, all times in UTC.`;
  const lines = [
    `# Incident ${plainMarkdown(name)}`,
    '',
    ...(title === null ? [] : [plainMarkdown(title), '']),
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
  lines.push(...gap(lines), ...notes(timeline, audience));
  return `${lines.join('\n').trimEnd()}\n`;
}

function linesOf(entry: TimelineEntry): string[] {
  const who = entry.who === null ? '' : `**${plainMarkdown(entry.who.name)}** `;
  const head = `- ${entry.at.toISOString().slice(11, 19)} \`${entry.subject.replaceAll('`', '')}\` ${who}${plainMarkdown(entry.text)}`;
  if (entry.code === null) return [head];
  return [head, '', ...fencedLines(entry.code), ''];
}

/** One blank line, unless there is one. */
function gap(lines: readonly string[]): string[] {
  return lines.at(-1) === '' ? [] : [''];
}

function notes(
  { hiddenSessions, statementsLeftOut, cut: isCut, entries }: IncidentTimeline,
  audience: 'person' | 'channel',
): string[] {
  const found: string[] = [];
  if (entries.length === 0) found.push('Nothing was asked for yet.');
  if (hiddenSessions > 0) found.push(`Sessions that you may not see: ${hiddenSessions}.`);
  if (statementsLeftOut > 0) found.push(`Less risky statements that are left out: ${statementsLeftOut}.`);
  if (isCut) found.push('There is more than fits here: the rest is on the pages.');
  found.push(
    audience === 'channel'
      ? 'Literals in statements and commands are replaced by placeholders. The recordings hold what was done, masked.'
      : 'Statements and commands are in the masked view.',
  );
  return found;
}

function moment(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
