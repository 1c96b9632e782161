/** In a list: a session runs, and here one watches it. */
import type { JSX } from 'preact';
import type { WireSession } from '../../../web/wire.ts';
import { Badge } from '../../parts/badge.tsx';
import { sessionPath } from '../../routing/routes.ts';

export function LiveMark({ session }: { session: WireSession }): JSX.Element {
  const { id, holder, resource, watchers } = session;
  const names = watchers.map(({ name }) => name).join(', ');
  return (
    <span class="live-mark">
      <Badge tone="good" live {...(names === '' ? {} : { title: `Watched by ${names}` })}>
        Live
      </Badge>
      <a class="above" href={sessionPath(id)} aria-label={`Watch ${holder.name} on ${resource}`}>
        Watch
      </a>
    </span>
  );
}
