import type { z } from 'zod';
import type { INCIDENT_TIMELINE } from '../web/schemas/incidents.ts';
import { printable, printableLine } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wording.ts';

type Answer = z.output<typeof INCIDENT_TIMELINE>;

/** An incident's timeline for the terminal, a line for each thing that happened. */
export function renderIncidentTimeline(terminal: Pick<Terminal, 'style'>, timeline: Answer): string {
  const title = timeline.title === null ? '' : `: ${timeline.title}`;
  const lines = [terminal.style('bold', printableLine(`${timeline.name}${title} (${timeline.state})`))];
  for (const { at, who, text, subject, code } of timeline.entries) {
    const moment = terminal.style('dim', at.toISOString().slice(0, 19).replace('T', ' '));
    const name = who === null ? '' : `${who.name} `;
    lines.push(`${moment}  ${printableLine(subject)}  ${printableLine(`${name}${text}`)}`);
    if (code !== null) lines.push(indented(printable(code)));
  }
  if (timeline.hiddenSessions > 0) lines.push(`Sessions that you may not see: ${timeline.hiddenSessions}.`);
  if (timeline.cut) lines.push('There is more than is listed here.');
  return lines.join('\n');
}
