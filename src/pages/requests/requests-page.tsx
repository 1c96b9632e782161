/** Requests: what waits comes first, then the newest. */
import type { JSX } from 'preact';
import type { WireRequest } from '../../web/wire.ts';
import { HeldCommands } from '../holds/held-commands.tsx';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, REQUEST_WORDS } from '../parts/badge.tsx';
import { Segments } from '../parts/segments.tsx';
import { Empty, WhenLoaded } from '../parts/states.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { requestPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { durationText, pendingFirst, type Show, seatsText } from './request-words.ts';
import { RequestsTabs } from './requests-tabs.tsx';

const REFRESH_MS = 5_000;

const ALL = { value: 'all', label: 'All', query: '' } as const;
const SHOWS: readonly { readonly value: Show; readonly label: string; readonly query: string }[] = [
  ALL,
  { value: 'vote', label: 'For my vote', query: '?forMe=true' },
  { value: 'pending', label: 'Waiting', query: '?state=pending' },
  { value: 'mine', label: 'Mine', query: '?mine=true' },
];

export function RequestsPage(): JSX.Element {
  useTitle('Requests');
  const place = usePlace();
  const asked = new URLSearchParams(place.search).get('show');
  const { value: show, query } = SHOWS.find(({ value }) => value === asked) ?? ALL;
  const { loaded, reload } = useResource<{ readonly items: readonly WireRequest[] }>(
    `/api/v1/requests${query}`,
    {
      refreshMs: REFRESH_MS,
      keepValue: true,
    },
  );
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Requests</h1>
          <p class="muted">Who asked for what, who decided, and what came of it.</p>
        </div>
      </header>
      <RequestsTabs current="/requests" />
      <div class="records-tools">
        <Segments
          name="show"
          label="Which requests"
          value={show}
          options={SHOWS}
          onChange={(next) =>
            navigate(next === 'all' ? '/requests' : `/requests?show=${next}`, { replace: true })
          }
        />
      </div>
      <HeldCommands show={show} />
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) => (items.length > 0 ? <RequestList requests={items} /> : <NoRequests show={show} />)}
      </WhenLoaded>
    </div>
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
              <TimeAgo at={request.createdAt} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function NoRequests({ show }: { show: Show }): JSX.Element {
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
