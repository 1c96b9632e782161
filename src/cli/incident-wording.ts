import type { z } from 'zod';
import type { INCIDENT_PAGE, INCIDENT_TIMELINE } from '../web/schemas/incidents.ts';
import { printable, printableLine } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wording.ts';

type Answer = z.output<typeof INCIDENT_TIMELINE>;
type Page = z.output<typeof INCIDENT_PAGE>;

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
  if (timeline.statementsLeftOut > 0)
    lines.push(`Less risky statements that are left out: ${timeline.statementsLeftOut}.`);
  if (timeline.cut) lines.push('There is more than is listed here.');
  return lines.join('\n');
}

/** Incidents, a line each. */
export function renderIncidents(terminal: Pick<Terminal, 'style'>, { items, next }: Page): string {
  if (items.length === 0) return 'There are no incidents.';
  const lines = items.map(({ name, title, state, requests, sessions, live, pending, lastAt }) => {
    const words = terminal.style(state === 'open' ? 'yellow' : 'dim', (state ?? 'by name').padEnd(7));
    const now = [...(live > 0 ? [`${live} live`] : []), ...(pending > 0 ? [`${pending} pending`] : [])];
    const counts = [`${requests} requests`, `${sessions} sessions`, ...now].join(', ');
    const about = title === null ? '' : `  ${title}`;
    return `${words}  ${printableLine(`${name}${about}`)}  ${terminal.style('dim', `${counts}, last ${lastAt.toISOString().slice(0, 16).replace('T', ' ')}`)}`;
  });
  return [...lines, ...(next === null ? [] : ['There are more: use --search.'])].join('\n');
}
