/** Asks the server which buttons of the open channel are for whoever looks: of what is new, and again at times. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ChatMessage, ChatOffers } from '../../bot/web/wire.ts';
import { getJson } from '../http/client.ts';
import { hasButtons, type KnownOffers, unasked, withAnswer } from './offers.ts';

/** A page of a channel: the server takes as many at once. */
const MESSAGES_MAX = 100;
/** Who is on call, who stands in for whom and how old a sign-in is change without a message. */
const AGAIN_MS = 60_000;

export interface ChannelOffers {
  readonly known: KnownOffers;
  /** Asks about everything on screen once more. */
  readonly refresh: () => void;
}

export function useOffers(channel: string | null, messages: readonly ChatMessage[]): ChannelOffers {
  const [known, setKnown] = useState<KnownOffers>({});
  const now = useRef({ channel, messages });
  now.current = { channel, messages };
  /** Asked and not answered yet, by message and version. */
  const underWay = useRef(new Set<string>());

  const ask = useCallback(async (about: readonly ChatMessage[]): Promise<void> => {
    const { channel: place } = now.current;
    const asked = about.slice(-MESSAGES_MAX);
    if (place === null || asked.length === 0) return;
    const keys = asked.map(keyOf);
    for (const key of keys) underWay.current.add(key);
    const path = `/chat/api/channels/${encodeURIComponent(place)}/offers?messages=${asked.map(({ id }) => id).join(',')}`;
    const items = await getJson<ChatOffers>(path)
      .then((answer) => answer.items)
      .catch(() => []);
    for (const key of keys) underWay.current.delete(key);
    setKnown((before) => withAnswer(before, asked, items));
  }, []);

  useEffect(() => {
    void ask(unasked(messages, known).filter((message) => !underWay.current.has(keyOf(message))));
  }, [messages, known, ask]);

  const refresh = useCallback(() => void ask(now.current.messages.filter(hasButtons)), [ask]);
  useEffect(() => {
    const again = (): void => {
      if (document.visibilityState === 'visible') refresh();
    };
    const timer = setInterval(again, AGAIN_MS);
    document.addEventListener('visibilitychange', again);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', again);
    };
  }, [refresh]);
  return { known, refresh };
}

function keyOf({ id, editedAt }: ChatMessage): string {
  return `${id} ${editedAt ?? ''}`;
}
