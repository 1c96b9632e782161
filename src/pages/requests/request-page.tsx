/** One request: the question, who may answer and did, and what came of it. */
import type { JSX } from 'preact';
import { formatDuration } from '../../core/duration.ts';
import type { WireRequest } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, REQUEST_WORDS, REVIEW_WORDS } from '../parts/badge.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment, TimeAgo } from '../parts/time-text.tsx';
import { incidentPath, requestPath, reviewPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { CommentsPanel } from './comments-panel.tsx';
import { ConsentNotice } from './consent-notice.tsx';
import { GrantPanel } from './grant-panel.tsx';
import { RequestActions } from './request-actions.tsx';
import { RequestSessions } from './request-sessions.tsx';
import { consentText, decidedAfter } from './request-words.ts';
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
      <WhenLoaded loaded={loaded} retry={() => void reload()} whole>
        {(value) => (
          <>
            <RequestHeader request={value} reload={reload} />
            <ConsentNotice request={value} reload={reload} />
            <ClosedNotice request={value} />
            <RequestFacts request={value} />
            <VotesPanel
              seats={value.seats}
              automatic={value.automatic}
              taken={value.kind === 'break-glass'}
              open={value.state === 'pending'}
              votes={value.votes.map((vote) => ({ ...vote, limit: limitOf(vote) }))}
            />
            <CommentsPanel request={value} reload={reload} />
            {value.grant && <GrantPanel grant={value.grant} reload={reload} />}
            {value.grant && <RequestSessions requestId={value.grant.requestId} />}
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

/** What was asked for, in a sentence. */
function RequestTitle({ request }: { request: WireRequest }): JSX.Element {
  const { kind, requester, beneficiary, role } = request;
  const resource = <span class="code">{request.resource}</span>;
  switch (kind) {
    case 'access':
      return (
        <>
          {requester.name} asks for {resource} as {role}
          {beneficiary.id !== requester.id && ` for ${beneficiary.name}`}
        </>
      );
    case 'extension':
      return (
        <>
          {requester.name} asks for {formatDuration(request.durationMs)} more of {resource} as {role}
        </>
      );
    case 'break-glass':
      return (
        <>
          {requester.name} broke the glass for {resource} as {role}
        </>
      );
  }
}

function limitOf({ durationMs }: WireRequest['votes'][number]): string | null {
  return durationMs === null ? null : `for ${formatDuration(durationMs)} only`;
}

/** What happened to it besides votes: it was closed, or more people have to agree than at first. */
function ClosedNotice({ request }: { request: WireRequest }): JSX.Element | null {
  const { closed, tightened, state } = request;
  if (closed) {
    return (
      <Notice tone="bad">
        Closed{closed.by ? ` by ${closed.by.name}` : ''}: {closed.because}
      </Notice>
    );
  }
  if (!tightened || state !== 'pending') return null;
  return (
    <Notice tone="warning">
      The policy {tightened.policy} asks for more than when this was asked. Both have to be satisfied.
    </Notice>
  );
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
          <RequestTitle request={request} />
        </h1>
        <p class="records-states">
          <Badge tone={state.tone}>{state.words}</Badge>
          {request.escalatedAt && <Badge tone="warning">Escalated</Badge>}
          {request.grant?.review && (
            <a href={reviewPath(request.grant.review.id)}>
              <Badge tone={REVIEW_WORDS[request.grant.review.state].tone}>
                {REVIEW_WORDS[request.grant.review.state].words}
              </Badge>
            </a>
          )}
          <span class="muted">
            {request.state === 'pending' ? 'lapses ' : ''}
            <TimeAgo
              at={request.state === 'pending' ? request.lapsesAt : (request.decidedAt ?? request.createdAt)}
            />
          </span>
        </p>
      </div>
      <RequestActions request={request} reload={reload} />
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
        {request.beneficiary.id !== request.requester.id && (
          <Fact label="For">
            {request.beneficiary.name} <span class="muted">{request.beneficiary.email}</span>
          </Fact>
        )}
        {request.consent && <Fact label="Consent">{consentText(request.consent)}</Fact>}
        <Fact label={request.kind === 'extension' ? 'More time' : 'Duration'}>
          {formatDuration(request.durationMs)}
          {request.kind === 'access' ? ', from approval on' : ''}
        </Fact>
        {request.ticket && <Fact label="Ticket">{request.ticket}</Fact>}
        {request.incident && (
          <Fact label="Incident">
            <a href={incidentPath(request.incident)}>#{request.incident}</a>
          </Fact>
        )}
        <Fact label="Asked">
          <Moment at={request.createdAt} />
        </Fact>
        {request.remindedAt && (
          <Fact label="Reminded">
            <Moment at={request.remindedAt} />
          </Fact>
        )}
        {request.escalation && (request.escalatedAt || request.state === 'pending') && (
          <Fact label="Escalation">
            {request.escalation.group} may decide, too, {request.escalatedAt ? 'since' : 'from'}{' '}
            <Moment at={request.escalatedAt ?? request.escalation.at} />
          </Fact>
        )}
        {request.againOf && (
          <Fact label="Asked before">
            <a class="code" href={requestPath(request.againOf)}>
              {request.againOf}
            </a>
          </Fact>
        )}
        {request.decidedAt && (
          <Fact label="Decided">
            <Moment at={request.decidedAt} />
            {decidedAfter(request) !== null && (
              <span class="muted small distance">{decidedAfter(request)}</span>
            )}
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
