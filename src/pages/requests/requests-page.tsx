/** Requests: what waits comes first, then the newest. */
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import type { WireRequest } from '../../web/wire.ts';
import { HeldCommands } from '../holds/held-commands.tsx';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, REQUEST_WORDS } from '../parts/badge.tsx';
import { Empty, WhenLoaded } from '../parts/states.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { requestPath } from '../routing/routes.ts';
import { count } from '../sessions/session-words.ts';
import { useResultKeys } from '../sessions/use-result-keys.ts';
import { useTitle } from '../shell/use-title.ts';
import { RequestFilters } from './request-filters.tsx';
import {
  countRequestFilters,
  type RequestQuery,
  readRequestQuery,
  requestParameters,
  requestsPath,
  type Show,
} from './request-query.ts';
import { decidedAfter, durationText, pendingFirst, seatsText } from './request-words.ts';
import { RequestsTabs } from './requests-tabs.tsx';

const REFRESH_MS = 5_000;

const SHOWN = 50;
/** What the server gives at once. */
const SHOWN_MAX = 200;

export function RequestsPage(): JSX.Element {
  useTitle('Requests');
  const query = readRequestQuery(usePlace().search);
  const parameters = requestParameters(query).toString();
  const [more, setMore] = useState<string | null>(null);
  const limit = more === parameters ? SHOWN_MAX : SHOWN;
  const { loaded, reload } = useResource<{ readonly items: readonly WireRequest[] }>(
    `/api/v1/requests?${parameters}${parameters === '' ? '' : '&'}limit=${limit}`,
    { refreshMs: REFRESH_MS, keepValue: true },
  );
  const change = useCallback((next: Partial<RequestQuery>): void => {
    navigate(requestsPath({ ...readRequestQuery(location.search), ...next }), { replace: true });
  }, []);
  useResultKeys();
  const narrowed = countRequestFilters(query) > 0;
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Requests</h1>
          <p class="muted">Who asked for what, who decided, and what came of it.</p>
        </div>
      </header>
      <RequestsTabs current="/requests" />
      <RequestFilters query={query} onChange={change} />
      {query.show !== 'voted' && !narrowed && <HeldCommands show={query.show} />}
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length === 0 ? (
            <NoRequests show={query.show} narrowed={narrowed} />
          ) : (
            <>
              <p class="spoken" role="status">
                {count(items.length, 'request')}
              </p>
              <RequestList requests={items} />
              {items.length >= limit && <More limit={limit} onMore={() => setMore(parameters)} />}
            </>
          )
        }
      </WhenLoaded>
    </div>
  );
}

function More({ limit, onMore }: { limit: number; onMore: () => void }): JSX.Element {
  if (limit >= SHOWN_MAX)
    return (
      <p class="muted small found-next">The newest {SHOWN_MAX} are shown: narrow them to see older ones.</p>
    );
  return (
    <button type="button" class="button found-next" onClick={onMore}>
      Show older requests
    </button>
  );
}

function RequestList({ requests }: { requests: readonly WireRequest[] }): JSX.Element {
  return (
    <ul class="rows">
      {pendingFirst(requests).map((request) => (
        <li key={request.id} class="row">
          <Avatar person={request.requester} />
          <div class="row-main">
            <p>
              <a class="row-link" href={requestPath(request.id)}>
                {request.requester.name} · <span class="code">{request.resource}</span> as {request.role}
              </a>{' '}
              <span class="muted">{durationText(request)}</span>
              {request.kind === 'break-glass' && (
                <>
                  {' '}
                  <Badge tone="bad">Break-glass</Badge>
                </>
              )}
            </p>
            <p class="row-reason muted">{request.reason}</p>
          </div>
          <div class="row-side">
            <Badge tone={REQUEST_WORDS[request.state].tone}>{REQUEST_WORDS[request.state].words}</Badge>
            <span class="muted small">
              {request.state === 'pending' && `${seatsText(request)} · `}
              {decidedAfter(request) !== null && `${decidedAfter(request)} · `}
              <TimeAgo at={request.createdAt} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function NoRequests({ show, narrowed }: { show: Show; narrowed: boolean }): JSX.Element {
  if (narrowed) {
    return (
      <Empty icon="search" title="No request matches">
        <p>Resources and incidents are named in full; of a person a part of the name or address is enough.</p>
        <a class="button" href="/requests">
          Show all
        </a>
      </Empty>
    );
  }
  if (show === 'voted') {
    return (
      <Empty icon="check" title="You have not voted yet">
        <p>Requests that you approved or denied are listed here.</p>
      </Empty>
    );
  }
  if (show === 'pending' || show === 'vote') {
    return (
      <Empty icon="check" title="No request waits">
        <p>{show === 'vote' ? 'No pending request needs your vote.' : 'Every request has been decided.'}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="lock" title={show === 'mine' ? 'You have not asked for anything yet' : 'No requests yet'}>
      <p>Ask in the chat, with one line:</p>
      <div class="empty-example">
        <code class="code">/access request orders-db as write for 1h because …</code>
      </div>
      <a class="button button-primary" href="/chat">
        Open the chat
      </a>
    </Empty>
  );
}
