/** The open channel's name, kind and topic, and whether what is shown is live. */
import type { JSX } from 'preact';
import type { ChatChannel } from '../../bot/web/wire.ts';
import { Badge } from '../parts/badge.tsx';
import { Icon } from '../parts/icons.tsx';
import { channelIcon, channelTitle } from './channel-list.tsx';
import type { Link } from './stream.ts';

export function ChannelHeader({ channel, link }: { channel: ChatChannel; link: Link }): JSX.Element {
  return (
    <header class="channel-header">
      <a class="button button-quiet button-icon channel-back" href="/chat" aria-label="All channels">
        <Icon name="back" />
      </a>
      <span class={`channel-mark channel-mark-${channel.kind}`}>
        <Icon name={channelIcon(channel.kind)} />
      </span>
      <div class="channel-facts">
        <h1>{channelTitle(channel)}</h1>
        {channel.topic && <p class="channel-topic">{channel.topic}</p>}
      </div>
      {channel.kind === 'incident' && <Badge tone="warning">Incident</Badge>}
      {channel.kind === 'private' && <Badge tone="neutral">Only you</Badge>}
      <span class="channel-live" role="status">
        {link === 'reconnecting' && <Badge tone="warning">Reconnecting…</Badge>}
      </span>
    </header>
  );
}
