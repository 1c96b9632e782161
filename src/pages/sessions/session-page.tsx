/** One session: what it was, what ran in it, and the proof. Follows it while it lives. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Timeline as TimelineOf, WireSession } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Count, Fact, Facts } from '../parts/facts.tsx';
import { Notice, WhenLoaded } from '../parts/states.tsx';
import { Elapsed, Moment, TimeAgo } from '../parts/time-text.tsx';
import { usePlace } from '../routing/history.ts';
import { incidentPath, requestPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { Evidence } from './evidence.tsx';
import { LiveBar } from './live/live-bar.tsx';
import { TerminateButton } from './live/terminate-button.tsx';
import { useFollowing } from './live/use-following.ts';
import { type LiveSession, useLiveSession } from './live/use-live-session.ts';
import { SessionFiles } from './session-files.tsx';
import { readMoment } from './session-query.ts';
import { END_WORDS } from './session-words.ts';
import { TerminalPlayer } from './terminal-player.tsx';
import { Timeline } from './timeline.tsx';

const LIVE_REFRESH_MS = 2_000;

export function SessionPage({ id }: { id: string }): JSX.Element {
  const path = `/api/v1/sessions/${encodeURIComponent(id)}`;
  const [live, setLive] = useState(true);
  const [watches, setWatches] = useState(true);
  const first = useResource<WireSession>(path, { refreshMs: live && !watches ? LIVE_REFRESH_MS : null });
  const known = first.loaded.state === 'ready' ? first.loaded.value : null;
  const isDeleted = typeof known?.recording?.deletedAt === 'string';
  const isWatched = watches && known?.live === true;
  const watch = useLiveSession(isWatched ? known.id : null);
  const timeline = useResource<TimelineOf>(
    known === null || isWatched || isDeleted ? null : `${path}/timeline`,
    {
      refreshMs: live ? LIVE_REFRESH_MS : null,
    },
  );
  // Without a stream the page asks again and again; so it does until all that was recorded is there.
  if (isWatched && (watch.link.state === 'ended' || watch.link.state === 'refused')) setWatches(false);
  const isRead = timeline.loaded.state === 'ready' && timeline.loaded.value.complete;
  const ended = known?.live === false && (isRead || isDeleted);
  if (live && ended) setLive(false);
  useTitle(known ? `${known.holder.name} on ${known.resource}` : 'Session');

  const reload = async (): Promise<void> => {
    await Promise.all([first.reload(), timeline.reload()]);
  };
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/sessions">Sessions</a>
      </nav>
      <WhenLoaded loaded={first.loaded} retry={() => void reload()} whole>
        {(loaded) => {
          const session = isWatched ? newest(loaded, watch.session) : loaded;
          return (
            <>
              <SessionHeader session={session} reload={reload} />
              <SessionFacts session={session} />
              {ofHost(session) && !isDeleted && <TerminalPlayer id={session.id} />}
              {isWatched && <LiveRecord session={session} watch={watch} reload={reload} />}
              {!isWatched && !isDeleted && (
                <>
                  {session.live && watch.link.state === 'refused' && <NotLive message={watch.link.message} />}
                  <WhenLoaded loaded={timeline.loaded} retry={() => void timeline.reload()}>
                    {(entries) => <Recorded session={session} timeline={entries} />}
                  </WhenLoaded>
                </>
              )}
              <Evidence session={session} path={path} />
            </>
          );
        }}
      </WhenLoaded>
    </div>
  );
}

/** Somebody's act is answered before the stream tells of it. */
function newest(loaded: WireSession, streamed: WireSession | null): WireSession {
  if (streamed === null) return loaded;
  return { ...loaded, ...streamed, terminated: streamed.terminated ?? loaded.terminated };
}

function Recorded(props: { session: WireSession; timeline: TimelineOf; earlier?: number }): JSX.Element {
  const { session, timeline, earlier = 0 } = props;
  return (
    <div class="session-record">
      {ofHost(session) && <SessionFiles files={timeline.files} />}
      <Timeline timeline={timeline} live={session.live} ofHost={ofHost(session)} earlier={earlier} />
    </div>
  );
}

function LiveRecord(props: {
  session: WireSession;
  watch: LiveSession;
  reload: () => Promise<void>;
}): JSX.Element {
  const { session, watch, reload } = props;
  const { timeline, earlier, link } = watch;
  const place = usePlace();
  // Whoever came for a moment of it stays there; of a host it is the terminal that moves.
  const cameFor = place.hash !== '' || readMoment(place.search) !== null;
  const following = useFollowing(earlier + timeline.entries.length, {
    initially: !cameFor && !ofHost(session),
  });
  return (
    <>
      <LiveBar
        session={session}
        link={link}
        following={following}
        noun={ofHost(session) ? 'command' : 'statement'}
        reload={reload}
      />
      <Recorded session={session} timeline={timeline} earlier={earlier} />
      <div class="live-end" ref={following.end} />
    </>
  );
}

function NotLive({ message }: { message: string }): JSX.Element {
  return (
    <Notice tone="warning">
      {message} This page asks for news every {LIVE_REFRESH_MS / 1_000} seconds instead.
    </Notice>
  );
}

function ofHost({ resourceKind }: WireSession): boolean {
  return resourceKind === 'ssh';
}

function SessionHeader(props: { session: WireSession; reload: () => Promise<void> }): JSX.Element {
  const { session, reload } = props;
  return (
    <header class="records-header">
      <Avatar person={session.holder} />
      <div class="records-title">
        <h1>
          {session.holder.name} on <span class="code">{session.resource}</span>
        </h1>
        <p class="records-states">
          <StateBadge session={session} />
          <span class="muted">
            {session.live ? 'for ' : 'after '}
            <Elapsed from={session.startedAt} to={session.endedAt} />
            {session.endReason && ` · ${endWords(session)}`}
          </span>
        </p>
        {session.terminated && <Termination session={session} terminated={session.terminated} />}
      </div>
      {session.live && session.may.terminate && <TerminateButton session={session} reload={reload} />}
    </header>
  );
}

function StateBadge({ session }: { session: WireSession }): JSX.Element {
  if (!session.live) return <Badge tone="neutral">Ended</Badge>;
  if (session.terminated) return <Badge tone="warning">Being ended</Badge>;
  return (
    <Badge tone="good" live>
      Live
    </Badge>
  );
}

function endWords({ endReason, terminated }: WireSession): string {
  if (endReason === 'terminated' && terminated !== null) return `Terminated by ${terminated.by.name}`;
  return endReason === null ? '' : END_WORDS[endReason];
}

function Termination(props: {
  session: WireSession;
  terminated: NonNullable<WireSession['terminated']>;
}): JSX.Element | null {
  const { live, endReason } = props.session;
  const { by, at, reason } = props.terminated;
  // It ended otherwise just before.
  if (!live && endReason !== 'terminated') return null;
  return (
    <p class="termination" role="status">
      <span class="person">{by.name}</span> {live ? 'is ending it' : 'ended it'} <TimeAgo at={at} />
      {reason !== null && <>: {reason}</>}
    </p>
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
