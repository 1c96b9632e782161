/** A channel's messages by day. Stays at the end while one reads there; says when more arrives below. */
import { Fragment, type JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChatChannel } from '../../bot/web/wire.ts';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { ChannelWelcome } from './channel-welcome.tsx';
import { type ChannelLog, type Thread as ThreadOf, toThreads } from './conversation.ts';
import { Thread } from './message.tsx';
import { Note } from './note.tsx';
import type { KnownOffers } from './offers.ts';
import type { Acts } from './use-acts.ts';

/** Messages of one person within this time stand together. */
const TOGETHER_MS = 5 * 60_000;
/** This close to the end counts as reading there. */
const AT_END_PIXELS = 80;

interface MessageListProps {
  readonly channel: ChatChannel;
  readonly log: ChannelLog;
  readonly acts: Acts;
  readonly offers: KnownOffers;
  readonly loadEarlier: () => Promise<void>;
}

export function MessageList({ channel, log, acts, offers, loadEarlier }: MessageListProps): JSX.Element {
  const { list, missed, onScroll, toEnd } = useStayAtEnd(log, offers);
  const threads = toThreads(log.messages);
  // Notes to a button stand with its message; the others after the message that was last then.
  const notes = acts.notes.filter((note) => note.channel === channel.name && !hasMessage(log, note.anchor));
  const lost = notes.filter((note) => !threads.some(({ root }) => root.id === note.after));
  const newest = log.messages.at(-1);
  return (
    <div class="messages-frame">
      <div class="messages" ref={list} onScroll={onScroll} role="log" aria-label="Messages" aria-live="off">
        {log.more ? (
          <Earlier load={loadEarlier} />
        ) : (
          <ChannelWelcome channel={channel} empty={threads.length === 0} />
        )}
        {byDay(threads).map((day) => (
          <section key={day.date} aria-label={day.title}>
            <div class="day">
              <span>{day.title}</span>
            </div>
            <ul>
              {day.threads.map((thread, index) => (
                <Fragment key={thread.root.id}>
                  <Thread
                    thread={thread}
                    acts={acts}
                    offers={offers}
                    continues={continues(day.threads[index - 1], thread)}
                  />
                  {notes
                    .filter((note) => note.after === thread.root.id)
                    .map((note) => (
                      <li key={note.id}>
                        <Note note={note} acts={acts} />
                      </li>
                    ))}
                </Fragment>
              ))}
            </ul>
          </section>
        ))}
        {lost.map((note) => (
          <Note key={note.id} note={note} acts={acts} />
        ))}
      </div>
      {missed && (
        <button type="button" class="button button-small messages-missed" onClick={toEnd}>
          <Icon name="down" />
          New messages
        </button>
      )}
      <div class="spoken" aria-live="polite">
        {newest && `${newest.author?.name ?? 'Sallyport'}: ${newest.card?.fallback ?? newest.text}`}
      </div>
    </div>
  );
}

function Earlier({ load }: { load: () => Promise<void> }): JSX.Element {
  const { busy, failure, run } = useAct();
  return (
    <div class="earlier">
      {failure && <Notice tone="bad">{failure}</Notice>}
      <button type="button" class="button button-small" disabled={busy} onClick={() => void run(load)}>
        {busy && <span class="spinner" />}
        Show earlier messages
      </button>
    </div>
  );
}

/** Keeps the end in view when it was, and the reader's place when older messages appear above. */
function useStayAtEnd(log: ChannelLog, offers: KnownOffers) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ height: 0, oldest: '', newest: '' });
  const [missed, setMissed] = useState(false);

  const toEnd = (): void => {
    list.current?.scrollTo(0, list.current.scrollHeight);
    setMissed(false);
  };
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const oldest = log.messages[0]?.id ?? '';
    const newest = log.messages.at(-1)?.id ?? '';
    const grewAbove = before.current.newest === newest && before.current.oldest !== oldest;
    if (grewAbove) element.scrollTop += element.scrollHeight - before.current.height;
    else if (atEnd.current) toEnd();
    else if (before.current.newest !== newest) setMissed(true);
    before.current = { height: element.scrollHeight, oldest, newest };
  }, [log]);
  // Cards change their height when it is known what they offer.
  useLayoutEffect(() => {
    if (offers && atEnd.current) list.current?.scrollTo(0, list.current.scrollHeight);
  }, [offers]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTo(0, element.scrollHeight);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = (): void => {
    const element = list.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PIXELS;
    if (atEnd.current) setMissed(false);
  };
  return { list, missed, onScroll, toEnd };
}

function hasMessage(log: ChannelLog, id: string | null): boolean {
  return id !== null && log.messages.some((message) => message.id === id);
}

function byDay(threads: readonly ThreadOf[]): { date: string; title: string; threads: ThreadOf[] }[] {
  const groups = Map.groupBy(threads, ({ root }) => new Date(root.createdAt).toDateString());
  return [...groups].map(([date, ofDay]) => ({ date, title: dayTitle(date), threads: ofDay }));
}

function dayTitle(date: string): string {
  const today = new Date();
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  if (date === today.toDateString()) return 'Today';
  if (date === yesterday.toDateString()) return 'Yesterday';
  return new Date(date).toLocaleDateString(undefined, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
}

function continues(before: ThreadOf | undefined, { root }: ThreadOf): boolean {
  if (!before || before.replies.length > 0 || root.card || before.root.card) return false;
  if (before.root.author?.id !== root.author?.id) return false;
  return Date.parse(root.createdAt) - Date.parse(before.root.createdAt) < TOGETHER_MS;
}
