/** How sessions read on the terminal in which something was found. */
import type { FoundSessionAnswer } from '../web/schemas/sessions.ts';
import { printableLine } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { timeOf } from './wording.ts';

type Hit = FoundSessionAnswer['hits'][number];

/** A session, then its statements. */
export function describeFound(terminal: Pick<Terminal, 'style'>, session: FoundSessionAnswer): string {
  const { id, holder, resource, role, startedAt, hits, hitCount, isHitCountAtLeast, live } = session;
  const state = live ? ', live' : '';
  const about = `${holder.name} on ${resource} as ${role}, ${timeOf(startedAt)}${state}`;
  const more = hitCount - hits.length;
  return [
    `${terminal.style('bold', id)}  ${printableLine(about)}`,
    ...hits.map((hit) => describeHit(terminal, hit)),
    ...(more > 0
      ? [terminal.style('dim', `    and ${isHitCountAtLeast ? 'at least ' : ''}${more} more`)]
      : []),
  ].join('\n');
}

function describeHit(terminal: Pick<Terminal, 'style'>, hit: Hit): string {
  const number = hit.statement === null ? 'guess' : `#${hit.statement}`;
  const became = [hit.denied ? 'denied' : null, hit.held ? 'held' : null, hit.masked ? 'masked' : null];
  const flags = became.filter((flag) => flag !== null).join(', ');
  const shown = flags === '' ? '' : `  ${terminal.style(hit.denied ? 'red' : 'yellow', flags)}`;
  return `    ${timeOf(hit.at)}  ${number}${shown}  ${highlighted(terminal, hit)}`;
}

function highlighted(terminal: Pick<Terminal, 'style'>, { text }: Hit): string {
  return text
    .map((piece) =>
      piece.found ? terminal.style('cyan', printableLine(piece.text)) : printableLine(piece.text),
    )
    .join('');
}
