/** The channels a person sees: open ones, incidents, and the private one with Sallyport. */
import type { JSX } from 'preact';
import type { ChatChannel } from '../../bot/web/wire.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { channelPath } from '../routing/routes.ts';

const KINDS: readonly {
  readonly kind: ChatChannel['kind'];
  readonly heading: string;
  readonly icon: IconName;
}[] = [
  { kind: 'incident', heading: 'Incidents', icon: 'flame' },
  { kind: 'channel', heading: 'Channels', icon: 'hash' },
  { kind: 'private', heading: 'Private', icon: 'lock' },
];

/** A private channel is named for who is on the other side. */
export function channelTitle(channel: ChatChannel): string {
  return channel.kind === 'private' ? 'Sallyport' : channel.name;
}

export function channelIcon(kind: ChatChannel['kind']): IconName {
  return KINDS.find((each) => each.kind === kind)?.icon ?? 'hash';
}

interface ChannelListProps {
  readonly channels: readonly ChatChannel[];
  readonly open: string | null;
  readonly unread: Readonly<Record<string, number>>;
}

export function ChannelList({ channels, open, unread }: ChannelListProps): JSX.Element {
  return (
    <nav class="channels" aria-label="Channels">
      {KINDS.map(({ kind, heading, icon }) => {
        const ofKind = channels.filter((channel) => channel.kind === kind);
        if (ofKind.length === 0) return null;
        return (
          <div class="channel-group" key={kind}>
            <h2 class="channel-heading">{heading}</h2>
            <ul>
              {ofKind.map((channel) => (
                <li key={channel.name}>
                  <ChannelLink
                    channel={channel}
                    icon={icon}
                    open={channel.name === open}
                    unread={unread[channel.name] ?? 0}
                  />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function ChannelLink(props: {
  channel: ChatChannel;
  icon: IconName;
  open: boolean;
  unread: number;
}): JSX.Element {
  const { channel, icon, open, unread } = props;
  return (
    <a
      class={`channel-link channel-link-${channel.kind}`}
      href={channelPath(channel.name)}
      aria-current={open ? 'page' : undefined}
    >
      <Icon name={icon} />
      <span class="channel-names">
        <span class="channel-name">{channelTitle(channel)}</span>
        <span class="channel-topic">{channel.topic}</span>
      </span>
      {unread > 0 && (
        <span class="channel-unread">
          {unread}
          <span class="spoken"> unread</span>
        </span>
      )}
    </a>
  );
}
