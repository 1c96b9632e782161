/** The chat page's state: who and where, the messages, the live stream, and acts with their answers. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ChatMessage, ChatMessages, ChatState } from '../../bot/web/wire.ts';
import { getJson } from '../http/client.ts';
import { type Loaded, useResource } from '../http/use-resource.ts';
import {
  type Conversations,
  NO_CONVERSATIONS,
  toThreads,
  withArrival,
  withEarlier,
  withLatest,
  withOnly,
  withRead,
} from './conversation.ts';
import type { KnownOffers } from './offers.ts';
import { type Link, openStream } from './stream.ts';
import { type Acts, useActs } from './use-acts.ts';
import { useOffers } from './use-offers.ts';

export interface Chat {
  readonly state: Loaded<ChatState>;
  readonly conversations: Conversations;
  readonly link: Link;
  readonly acts: Acts;
  /** Which buttons of the open channel are for whoever looks. */
  readonly offers: KnownOffers;
  readonly retry: () => void;
  /** Why the open channel could not be read, if so. */
  readonly failure: unknown;
  /** Reads a page of older messages of the open channel. */
  readonly loadEarlier: () => Promise<void>;
}

const NO_MESSAGES: readonly ChatMessage[] = [];

/** @param open the channel on screen, or null for the list alone */
export function useChat(open: string | null): Chat {
  const { loaded: state, reload } = useResource<ChatState>('/chat/api/state');
  const [conversations, setConversations] = useState(NO_CONVERSATIONS);
  const [link, setLink] = useState<Link>('connecting');
  const [failure, setFailure] = useState<unknown>(null);
  const openNow = useRef(open);
  openNow.current = open;

  const readLatest = useCallback(async (channel: string): Promise<void> => {
    try {
      const page = await getJson<ChatMessages>(messagesPath(channel));
      setConversations((before) => withLatest(before, channel, page));
      if (openNow.current === channel) setFailure(null);
    } catch (error) {
      if (openNow.current === channel) setFailure(error);
    }
  }, []);

  useEffect(() => {
    setFailure(null);
    if (open === null) return;
    setConversations((before) => withRead(before, open));
    void readLatest(open);
  }, [open, readLatest]);

  useEffect(
    () =>
      openStream({
        onMessage: (message) => setConversations((before) => withArrival(before, message, openNow.current)),
        // Asking for the state finds out why, and leaves for the login page when that is what is missing.
        onRefused: () => void reload(),
        onLink: (now, returned) => {
          setLink(now);
          if (returned) {
            void reload();
            setConversations((before) => withOnly(before, openNow.current));
          }
          // Also the first time: what came between reading the channel and the stream is in neither.
          if (now === 'live' && openNow.current !== null) void readLatest(openNow.current);
        },
      }),
    [readLatest, reload],
  );

  // A phone freezes pages it does not show, and their streams with them.
  useEffect(() => {
    const onReturn = (): void => {
      if (document.visibilityState === 'visible' && openNow.current !== null)
        void readLatest(openNow.current);
    };
    document.addEventListener('visibilitychange', onReturn);
    return () => document.removeEventListener('visibilitychange', onReturn);
  }, [readLatest]);

  const loadEarlier = async (): Promise<void> => {
    const oldest = open === null ? undefined : conversations.logs[open]?.messages[0];
    if (open === null || !oldest) return;
    const page = await getJson<ChatMessages>(messagesPath(open, oldest.id));
    setConversations((before) => withEarlier(before, open, page));
  };

  const log = open === null ? undefined : conversations.logs[open];
  const { known: offers, refresh } = useOffers(open, log?.messages ?? NO_MESSAGES);
  const known = useRef(conversations);
  known.current = conversations;
  const acts = useActs({
    channel: open,
    newestIn: (channel) => toThreads(known.current.logs[channel]?.messages ?? []).at(-1)?.root.id ?? null,
    afterAct: (channel, message) => {
      if (message) setConversations((before) => withArrival(before, message, openNow.current));
      else if (link !== 'live') void readLatest(channel);
      // A vote changes what is left to do, also where its card stays as it is.
      refresh();
    },
  });
  const retry = (): void => {
    void reload();
    if (open !== null) void readLatest(open);
  };
  return { state, conversations, link, acts, offers, retry, failure, loadEarlier };
}

function messagesPath(channel: string, before?: string): string {
  const query = before === undefined ? '' : `?before=${encodeURIComponent(before)}`;
  return `/chat/api/channels/${encodeURIComponent(channel)}/messages${query}`;
}
