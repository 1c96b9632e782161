/** The beginning of a channel: what it is for, and in an empty one what to try. */
import type { JSX } from 'preact';
import type { ChatChannel } from '../../bot/web/wire.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icons.tsx';
import { channelIcon, channelTitle } from './channel-list.tsx';

const EXAMPLE = '/access request orders-db as write for 1h because …';

const PURPOSE: Readonly<Record<ChatChannel['kind'], string>> = {
  channel: 'Requests made here are shown here, to everyone who may vote on them.',
  incident:
    'What is requested here belongs to this incident: sessions post their summaries into the thread of the request.',
  private:
    'Nobody else reads this. When your request is approved, the button that reveals your connection arrives here.',
};

export function ChannelWelcome({ channel, empty }: { channel: ChatChannel; empty: boolean }): JSX.Element {
  return (
    <div class="welcome">
      <span class={`channel-mark channel-mark-${channel.kind}`}>
        <Icon name={channelIcon(channel.kind)} />
      </span>
      <h2>{channelTitle(channel)}</h2>
      <p>{PURPOSE[channel.kind]}</p>
      {empty && channel.kind !== 'private' && (
        <>
          <p>Ask for access with one line, or type a slash to see every command:</p>
          <div class="empty-example">
            <code class="code">{EXAMPLE}</code>
            <CopyButton text={EXAMPLE} what="the example" />
          </div>
        </>
      )}
      {empty && channel.kind === 'private' && (
        <p>
          Nothing yet. <code class="code">/access mine</code> lists your requests,{' '}
          <code class="code">/access help</code> every command.
        </p>
      )}
    </div>
  );
}
