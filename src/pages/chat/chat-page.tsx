/** The chat: channels on one side, the open one on the other; on a phone one at a time. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ChatChannel, ChatState } from '../../bot/web/wire.ts';
import { failureOf } from '../http/client.ts';
import { Empty, Failed, Skeleton } from '../parts/states.tsx';
import { navigate } from '../routing/history.ts';
import { channelPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { ChannelHeader } from './channel-header.tsx';
import { ChannelList, channelTitle } from './channel-list.tsx';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { OpenForm } from './open-form.tsx';
import { type Chat, useChat } from './use-chat.ts';

/** The list and a channel fit side by side from here on; the style sheet uses the same width. */
const WIDE = '(min-width: 48.01rem)';

export function ChatPage({ channel }: { channel: string | null }): JSX.Element {
  const chat = useChat(channel);
  const state = chat.state.state === 'ready' ? chat.state.value : null;
  const current = state?.channels.find(({ name }) => name === channel) ?? null;
  const unread = Object.values(chat.conversations.unread).reduce((sum, count) => sum + count, 0);
  useTitle(current ? channelTitle(current) : 'Chat', unread);
  useFirstChannel(channel, state);

  if (chat.state.state === 'failed') return <Failed failure={chat.state.failure} retry={chat.retry} />;
  return (
    <div class={`chat ${channel === null ? 'chat-at-list' : 'chat-at-channel'}`}>
      {state ? (
        <ChannelList channels={state.channels} open={channel} unread={chat.conversations.unread} />
      ) : (
        <div class="channels">
          <Skeleton rows={4} />
        </div>
      )}
      <section class="channel" aria-label={current ? channelTitle(current) : 'Channel'}>
        {state && channel !== null && !current && <UnknownChannel name={channel} />}
        {current && <Channel key={current.name} channel={current} chat={chat} />}
        {!state && channel !== null && <Skeleton rows={6} />}
      </section>
    </div>
  );
}

function Channel({ channel, chat }: { channel: ChatChannel; chat: Chat }): JSX.Element {
  const { acts } = chat;
  const log = chat.conversations.logs[channel.name];
  const { offers } = chat;
  return (
    <>
      <ChannelHeader channel={channel} link={chat.link} />
      {!log && chat.failure !== null && <Failed failure={failureOf(chat.failure)} retry={chat.retry} />}
      {!log && chat.failure === null && <Skeleton rows={6} />}
      {log && (
        <MessageList channel={channel} log={log} acts={acts} offers={offers} loadEarlier={chat.loadEarlier} />
      )}
      <Composer channel={channel} send={acts.sendCommand} />
      <OpenForm acts={acts} />
    </>
  );
}

function UnknownChannel({ name }: { name: string }): JSX.Element {
  return (
    <Empty icon="hash" title={`No channel “${name}”`}>
      <p>It may be private to someone else, or closed. Choose one from the list.</p>
      <a class="button" href="/chat">
        All channels
      </a>
    </Empty>
  );
}

/** Where both fit, an open channel says more than an empty half. */
function useFirstChannel(channel: string | null, state: ChatState | null): void {
  useEffect(() => {
    if (channel !== null || !state || !matchMedia(WIDE).matches) return;
    const first = state.channels.find(({ kind }) => kind === 'channel') ?? state.channels[0];
    if (first) navigate(channelPath(first.name), { replace: true });
  }, [channel, state]);
}
