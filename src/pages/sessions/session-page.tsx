/** One session: what it was, what ran in it, and the proof. Follows it while it lives. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Timeline as TimelineOf, WireSession } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Count, Fact, Facts } from '../parts/facts.tsx';
import { WhenLoaded } from '../parts/states.tsx';
import { Elapsed, Moment } from '../parts/time-text.tsx';
import { useAct } from '../parts/use-act.ts';
import { incidentPath, requestPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { Evidence } from './evidence.tsx';
import { SessionFiles } from './session-files.tsx';
import { END_WORDS } from './session-words.ts';
import { TerminalPlayer } from './terminal-player.tsx';
import { Timeline } from './timeline.tsx';

const LIVE_REFRESH_MS = 2_000;

export function SessionPage({ id }: { id: string }): JSX.Element {
  const path = `/api/v1/sessions/${encodeURIComponent(id)}`;
  const [live, setLive] = useState(true);
  const refreshMs = live ? LIVE_REFRESH_MS : null;
  const session = useResource<WireSession>(path, { refreshMs });
  const timeline = useResource<TimelineOf>(`${path}/timeline`, { refreshMs });
  const value = session.loaded.state === 'ready' ? session.loaded.value : null;
  const ended = value?.live === false && timeline.loaded.state === 'ready' && timeline.loaded.value.complete;
  if (live && ended) setLive(false);
  useTitle(value ? `${value.holder.name} on ${value.resource}` : 'Session');

  const reload = async (): Promise<void> => {
    await Promise.all([session.reload(), timeline.reload()]);
  };
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/sessions">Sessions</a>
      </nav>
      <WhenLoaded loaded={session.loaded} retry={() => void reload()}>
        {(loaded) => (
          <>
            <SessionHeader session={loaded} path={path} reload={reload} />
            <SessionFacts session={loaded} />
            {ofHost(loaded) && <TerminalPlayer id={loaded.id} />}
            <WhenLoaded loaded={timeline.loaded} retry={() => void timeline.reload()}>
              {(entries) => (
                <div class="session-record">
                  {ofHost(loaded) && <SessionFiles files={entries.files} />}
                  <Timeline timeline={entries} live={loaded.live} ofHost={ofHost(loaded)} />
                </div>
              )}
            </WhenLoaded>
            <Evidence session={loaded} path={path} />
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

function ofHost({ resourceKind }: WireSession): boolean {
  return resourceKind === 'ssh';
}

function SessionHeader(props: {
  session: WireSession;
  path: string;
  reload: () => Promise<void>;
}): JSX.Element {
  const { session, path, reload } = props;
  return (
    <header class="records-header">
      <Avatar person={session.holder} />
      <div class="records-title">
        <h1>
          {session.holder.name} on <span class="code">{session.resource}</span>
        </h1>
        <p class="records-states">
          {session.live ? (
            <Badge tone="good" live>
              Live
            </Badge>
          ) : (
            <Badge tone="neutral">Ended</Badge>
          )}
          <span class="muted">
            {session.live ? 'for ' : 'after '}
            <Elapsed from={session.startedAt} to={session.endedAt} />
            {session.endReason && ` · ${END_WORDS[session.endReason]}`}
          </span>
        </p>
      </div>
      {session.live && session.may.terminate && <Terminate session={session} path={path} reload={reload} />}
    </header>
  );
}

function Terminate(props: { session: WireSession; path: string; reload: () => Promise<void> }): JSX.Element {
  const { session, path, reload } = props;
  const [asking, setAsking] = useState(false);
  const { busy, failure, run, reset } = useAct();
  const terminate = async (): Promise<void> => {
    const worked = await run(async () => {
      await postJson(`${path}/terminate`, {});
      await reload();
    });
    if (worked) setAsking(false);
  };
  return (
    <>
      <button type="button" class="button button-danger" onClick={() => setAsking(true)}>
        Terminate
      </button>
      {asking && (
        <Dialog
          title="Terminate this session?"
          submitLabel="Terminate"
          danger
          busy={busy}
          failure={failure}
          onSubmit={() => void terminate()}
          onClose={() => {
            reset();
            setAsking(false);
          }}
        >
          <p>
            The connection of {session.holder.name} to {session.resource} ends within two seconds, and what
            runs on it is cancelled. The grant stays: to keep them from connecting again, revoke it on the{' '}
            <a href={requestPath(session.requestId)}>request’s page</a>.
          </p>
        </Dialog>
      )}
    </>
  );
}

function SessionFacts({ session }: { session: WireSession }): JSX.Element {
  const { counts } = session;
  return (
    <>
      <div class="counts">
        <Count value={counts.commands} label="commands" />
        <Count value={counts.denied} label="denied" tone="bad" />
        <Count value={counts.held} label="held" tone="waiting" />
        {!ofHost(session) && <Count value={counts.rows} label="rows" />}
        <Count
          value={counts.maskedCells}
          label={ofHost(session) ? 'masked values' : 'masked cells'}
          tone="waiting"
        />
      </div>
      <section class="panel">
        <Facts>
          <Fact label="Role">{session.role}</Fact>
          <Fact label="Started">
            <Moment at={session.startedAt} />
          </Fact>
          {session.endedAt && (
            <Fact label="Ended">
              <Moment at={session.endedAt} />
            </Fact>
          )}
          <Fact label="Client">
            <span class="code">{session.clientAddress}</span>
            {session.application && <span class="muted"> · {session.application}</span>}
          </Fact>
          <Fact label="Approved by">
            {session.approvers.map((approver) => approver.name).join(', ') || 'policy, automatically'}
          </Fact>
          <Fact label="Request">
            <a class="code" href={requestPath(session.requestId)}>
              {session.requestId}
            </a>
          </Fact>
          {session.incident && (
            <Fact label="Incident">
              <a href={incidentPath(session.incident)}>#{session.incident}</a>
            </Fact>
          )}
          <Fact label="Reason" wide>
            {session.reason}
          </Fact>
        </Facts>
      </section>
    </>
  );
}
