/** One held command: every character of it, what gives it its meaning, who is asked and what they said. */
import type { JSX } from 'preact';
import { isHostContext } from '../../core/hold.ts';
import { parametersInLines, variablesInLines, visibleText } from '../../core/visible-text.ts';
import type { WireHold } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, HOLD_WORDS } from '../parts/badge.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { WhenLoaded } from '../parts/states.tsx';
import { Countdown, Moment, TimeAgo } from '../parts/time-text.tsx';
import { VotesPanel } from '../requests/votes-panel.tsx';
import { incidentPath, requestPath, sessionPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { HoldActions } from './hold-actions.tsx';

const REFRESH_MS = 2_000;

export function HoldPage({ id }: { id: string }): JSX.Element {
  const { loaded, reload } = useResource<WireHold>(`/api/v1/holds/${encodeURIComponent(id)}`, {
    refreshMs: REFRESH_MS,
  });
  const hold = loaded.state === 'ready' ? loaded.value : null;
  useTitle(hold ? `${hold.holder.name}: command on ${hold.resource}` : 'Held command');
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/requests">Requests</a>
      </nav>
      <WhenLoaded loaded={loaded} retry={() => void reload()} whole>
        {(value) => (
          <>
            <Header hold={value} />
            <Command hold={value} reload={reload} />
            <HoldFacts hold={value} />
            <VotesPanel
              seats={value.seats}
              automatic={false}
              open={value.state === 'held'}
              votes={value.votes.map((vote) => ({ ...vote, limit: limitOf(vote) }))}
            />
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

function limitOf({ verdict, scope }: WireHold['votes'][number]): string | null {
  if (verdict === 'deny') return null;
  return scope === 'session' ? 'for this session' : 'once';
}

function Header({ hold }: { hold: WireHold }): JSX.Element {
  const state = HOLD_WORDS[hold.state];
  return (
    <header class="records-header">
      <Avatar person={hold.holder} />
      <div class="records-title">
        <h1>
          {hold.holder.name} wants to run a command on <span class="code">{hold.resource}</span>
        </h1>
        <p class="records-states">
          <Badge tone={state.tone} live={hold.state === 'held'}>
            {state.words}
          </Badge>
          {hold.scope === 'session' && <span class="muted">for this session</span>}
          <span class="muted">
            {hold.state === 'held' ? (
              <Countdown to={hold.expiresAt} />
            ) : (
              <TimeAgo at={hold.decidedAt ?? hold.createdAt} />
            )}
          </span>
        </p>
      </div>
    </header>
  );
}

/** Never folded: whoever approves it has had all of it before their eyes. */
function Command({ hold, reload }: { hold: WireHold; reload: () => Promise<void> }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="command-title">
      <h2 id="command-title">Command</h2>
      <pre class="sql-text">
        <code>{visibleText(hold.text)}</code>
      </pre>
      {hold.parameters.length > 0 && (
        <>
          <h2>Parameters</h2>
          <pre class="sql-text">
            <code>{parametersInLines(hold.parameters)}</code>
          </pre>
        </>
      )}
      {isHostContext(hold.context) && hold.context.environment.length > 0 && (
        <>
          <h2>Variables</h2>
          <pre class="sql-text">
            <code>{variablesInLines(hold.context.environment)}</code>
          </pre>
        </>
      )}
      {hold.state === 'held' && <HoldActions hold={hold} reload={reload} />}
    </section>
  );
}

function HoldFacts({ hold }: { hold: WireHold }): JSX.Element {
  const { context } = hold;
  return (
    <section class="panel">
      <Facts>
        <Fact label="Rule" wide>
          <span class="person">{hold.rule}</span>: {hold.reason}
        </Fact>
        <Fact label="Who">
          {hold.holder.name} <span class="muted">{hold.holder.email}</span>
        </Fact>
        <Fact label="Resource">
          <span class="code">{hold.resource}</span> <span class="muted">as {hold.role}</span>
        </Fact>
        <ContextFacts context={context} />
        <Fact label="Effects">{hold.effects.join(', ')}</Fact>
        {hold.relations.length > 0 && (
          <Fact label="Touches">
            <span class="code">{hold.relations.join(', ')}</span>
          </Fact>
        )}
        <Fact label="Held">
          <Moment at={hold.createdAt} />
        </Fact>
        {hold.decidedAt && (
          <Fact label="Decided">
            <Moment at={hold.decidedAt} />
          </Fact>
        )}
        {hold.incident && (
          <Fact label="Incident">
            <a href={incidentPath(hold.incident)}>#{hold.incident}</a>
          </Fact>
        )}
        <Fact label="Access">
          <a href={requestPath(hold.requestId)}>the request</a>,{' '}
          <a href={sessionPath(hold.sessionId, hold.statement)}>the session</a>
        </Fact>
        <Fact label="SHA-256 of the command" wide>
          <span class="code">{hold.textSha256}</span>
        </Fact>
      </Facts>
    </section>
  );
}

function ContextFacts({ context }: { context: WireHold['context'] }): JSX.Element {
  if (isHostContext(context)) {
    return (
      <>
        <Fact label="Runs as">
          <span class="code">{context.account}</span> in{' '}
          <span class="code">{visibleText(context.directory)}</span>
        </Fact>
        <Fact label="Reads">nothing: its input is empty</Fact>
      </>
    );
  }
  return (
    <>
      <Fact label="Runs as">
        <span class="code">{context.account}</span> in <span class="code">{context.database}</span>
      </Fact>
      {context.searchPath !== null && (
        <Fact label="Search path">
          <span class="code">{context.searchPath}</span>
        </Fact>
      )}
    </>
  );
}
