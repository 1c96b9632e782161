/** One request: the question, who may answer and did, and what came of it. */
import type { JSX } from 'preact';
import { formatDuration } from '../../core/duration.ts';
import type { WireRequest, WireSession } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, REQUEST_WORDS } from '../parts/badge.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { WhenLoaded } from '../parts/states.tsx';
import { Moment, TimeAgo } from '../parts/time-text.tsx';
import { channelPath } from '../routing/routes.ts';
import { SessionTable } from '../sessions/session-table.tsx';
import { useTitle } from '../shell/use-title.ts';
import { GrantPanel } from './grant-panel.tsx';
import { RequestActions } from './request-actions.tsx';
import { VotesPanel } from './votes-panel.tsx';

const REFRESH_MS = 3_000;

export function RequestPage({ id }: { id: string }): JSX.Element {
  const { loaded, reload } = useResource<WireRequest>(`/api/v1/requests/${encodeURIComponent(id)}`, {
    refreshMs: REFRESH_MS,
  });
  const request = loaded.state === 'ready' ? loaded.value : null;
  useTitle(request ? `${request.requester.name}: ${request.resource}` : 'Request');
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/requests">Requests</a>
      </nav>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(value) => (
          <>
            <RequestHeader request={value} reload={reload} />
            <RequestFacts request={value} />
            <VotesPanel
              seats={value.seats}
              automatic={value.automatic}
              open={value.state === 'pending'}
              votes={value.votes.map((vote) => ({ ...vote, limit: limitOf(vote) }))}
            />
            {value.grant && <GrantPanel grant={value.grant} reload={reload} />}
            {value.grant && <Sessions requestId={value.id} />}
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

function limitOf({ durationMs }: WireRequest['votes'][number]): string | null {
  return durationMs === null ? null : `for ${formatDuration(durationMs)} only`;
}

function RequestHeader({
  request,
  reload,
}: {
  request: WireRequest;
  reload: () => Promise<void>;
}): JSX.Element {
  const state = REQUEST_WORDS[request.state];
  return (
    <header class="records-header">
      <Avatar person={request.requester} />
      <div class="records-title">
        <h1>
          {request.requester.name} asks for <span class="code">{request.resource}</span> as {request.role}
        </h1>
        <p class="records-states">
          <Badge tone={state.tone}>{state.words}</Badge>
          <span class="muted">
            {request.state === 'pending' ? 'lapses ' : ''}
            <TimeAgo
              at={request.state === 'pending' ? request.lapsesAt : (request.decidedAt ?? request.createdAt)}
            />
          </span>
        </p>
      </div>
      {request.state === 'pending' && <RequestActions request={request} reload={reload} />}
    </header>
  );
}

function RequestFacts({ request }: { request: WireRequest }): JSX.Element {
  return (
    <section class="panel">
      <Facts>
        <Fact label="Reason" wide>
          {request.reason}
        </Fact>
        <Fact label="Who">
          {request.requester.name} <span class="muted">{request.requester.email}</span>
        </Fact>
        <Fact label="Resource">
          <span class="code">{request.resource}</span> <span class="muted">{request.resourceKind}</span>
        </Fact>
        <Fact label="Role">{request.role}</Fact>
        <Fact label="For">{formatDuration(request.durationMs)}, from approval on</Fact>
        {request.ticket && <Fact label="Ticket">{request.ticket}</Fact>}
        {request.incident && (
          <Fact label="Incident">
            <a href={channelPath(request.incident)}>#{request.incident}</a>
          </Fact>
        )}
        <Fact label="Asked">
          <Moment at={request.createdAt} />
        </Fact>
        {request.decidedAt && (
          <Fact label="Decided">
            <Moment at={request.decidedAt} />
          </Fact>
        )}
        <Fact label="Policy" wide>
          {request.explanation}{' '}
          <span class="muted small">Version {request.policyVersion} of the policy.</span>
        </Fact>
      </Facts>
    </section>
  );
}

function Sessions({ requestId }: { requestId: string }): JSX.Element {
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
