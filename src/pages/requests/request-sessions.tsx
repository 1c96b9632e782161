/** What was done under a request's grant. */
import type { JSX } from 'preact';
import type { WireSession } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { WhenLoaded } from '../parts/states.tsx';
import { SessionTable } from '../sessions/session-table.tsx';

const REFRESH_MS = 3_000;

export function RequestSessions({ requestId }: { requestId: string }): JSX.Element {
  const { loaded, reload } = useResource<{ readonly items: readonly WireSession[] }>(
    `/api/v1/sessions?request=${encodeURIComponent(requestId)}`,
    { refreshMs: REFRESH_MS },
  );
  return (
    <section class="panel panel-flush" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length > 0 ? (
            <SessionTable sessions={items} />
          ) : (
            <p class="panel-empty muted">Nobody has connected yet, or you may not see it.</p>
          )
        }
      </WhenLoaded>
    </section>
  );
}
