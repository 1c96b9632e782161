/** What a guided shell says before it reads a line. Pure. */

import type { GrantView } from '../../../access/views.ts';
import { formatDuration } from '../../../core/duration.ts';
import { visibleText } from '../../../core/visible-text.ts';
import type { TargetFacts } from '../host-session.ts';

const DIRECTORY_CHARACTERS_MAX = 40;

function shortened(directory: string, home: string): string {
  const isAtHome = home !== '/' && (directory === home || directory.startsWith(`${home}/`));
  const short = isAtHome ? `~${directory.slice(home.length)}` : directory;
  if (short.length <= DIRECTORY_CHARACTERS_MAX) return short;
  return `…${[...short].slice(1 - DIRECTORY_CHARACTERS_MAX).join('')}`;
}

/** `deploy@web-1:~/app$ `, with `#` for root. */
export function promptOf(
  facts: Pick<TargetFacts, 'account' | 'home' | 'hostname'>,
  directory: string,
): string {
  const [host = ''] = facts.hostname.split('.');
  const end = facts.account === 'root' ? '#' : '$';
  // A line feed would begin a row of its own.
  return `${visibleText(`${facts.account}@${host}:${shortened(directory, facts.home)}`).replaceAll(/[\n\t]/g, '?')}${end} `;
}

/** `17:23 UTC`, with the day where it is another one. */
export function timeOf(at: Date, now: Date): string {
  const [day, time = ''] = at.toISOString().split('T');
  const clock = `${time.slice(0, 5)} UTC`;
  return now.toISOString().startsWith(day ?? '') ? clock : `${day} ${clock}`;
}

/** Who is where, as what, until when, and that it is recorded. */
export function titleLines(options: {
  readonly grant: GrantView;
  readonly facts: Pick<TargetFacts, 'account' | 'hostname'>;
  readonly now: Date;
}): readonly string[] {
  const { grant, facts, now } = options;
  const left = formatDuration(
    Math.max(0, Math.floor((grant.expiresAt.getTime() - now.getTime()) / 60_000)) * 60_000,
  );
  return [
    `${grant.holder.name} on ${grant.resource} (${facts.account}@${facts.hostname}) as ${grant.role}, until ${timeOf(grant.expiresAt, now)} (${left} left). Everything is recorded.`,
    'Each line is judged and runs by itself: it reads nothing and has no terminal. Type help for more.',
  ];
}
