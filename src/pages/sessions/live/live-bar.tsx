/** How the watch stands, on screen wherever one reads: live or lost, how far behind, who else watches, the way out. */
import type { JSX } from 'preact';
import type { WireSession } from '../../../web/wire.ts';
import type { LiveLink } from '../../http/live-stream.ts';
import { Badge } from '../../parts/badge.tsx';
import { Icon } from '../../parts/icons.tsx';
import { count } from '../session-words.ts';
import { TerminateButton } from './terminate-button.tsx';
import type { Following } from './use-following.ts';

interface LiveBarProps {
  readonly session: WireSession;
  readonly link: LiveLink;
  readonly following: Following;
  readonly noun: string;
  readonly reload: () => Promise<void>;
}

export function LiveBar({ session, link, following, noun, reload }: LiveBarProps): JSX.Element {
  return (
    <section class="live-bar" aria-label="Watching this session">
      <LinkBadge link={link} />
      <Watchers session={session} />
      <span class="live-bar-acts">
        <button
          type="button"
          class="button button-small"
          aria-pressed={following.on}
          title={following.on ? `Stops moving to each new ${noun}` : `Moves to each new ${noun}`}
          onClick={following.toggle}
        >
          {following.on ? 'Stop following' : followWords(following, noun)}
        </button>
        {session.may.terminate && <TerminateButton session={session} small reload={reload} />}
      </span>
    </section>
  );
}

function followWords({ missed }: Following, noun: string): string {
  return missed === 0 ? 'Follow' : `Follow: ${count(missed, `new ${noun}`)}`;
}

function LinkBadge({ link }: { link: LiveLink }): JSX.Element {
  switch (link.state) {
    case 'connecting':
      return (
        <span role="status">
          <Badge tone="waiting">Connecting…</Badge>
        </span>
      );
    case 'lost':
      return (
        <span role="status">
          <Badge tone="bad">Connection lost</Badge>{' '}
          <span class="muted small">what happens now is shown as soon as it is back</span>
        </span>
      );
    case 'live':
      return (
        <span role="status">
          <Badge tone="good" live>
            Live
          </Badge>{' '}
          <span class="muted small live-delay">{delayWords(link)}</span>
        </span>
      );
    default:
      return <Badge tone="neutral">Ended</Badge>;
  }
}

function delayWords({ caughtUp, delayMs }: Extract<LiveLink, { readonly state: 'live' }>): string {
  if (!caughtUp) return 'catching up';
  return delayMs === null ? '' : `${(delayMs / 1_000).toFixed(1)} s behind`;
}

function Watchers({ session: { watchers } }: { session: WireSession }): JSX.Element | null {
  if (watchers.length === 0) return null;
  return (
    <span class="muted small live-watchers">
      <Icon name="eye" /> Watched by {watchers.map(({ name }) => name).join(', ')}
    </span>
  );
}
