/** Moments and durations that stay true while they are on screen. One timer serves them all. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { durationText, relativeTime } from './relative-time.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Text that depends on the time; renders again only when the text changes. */
function useTicking(read: (nowMs: number) => string): string {
  const [, setText] = useState('');
  useEffect(() => onTick(() => setText(read(Date.now()))));
  return read(Date.now());
}

/** `3 min ago`, with the exact moment on hover and for machines; a date when it is long past. */
export function TimeAgo({ at }: { at: string }): JSX.Element {
  const text = useTicking((nowMs) => relativeTime(Date.parse(at), nowMs) ?? dateText(at));
  return (
    <time dateTime={at} title={exactText(at)}>
      {text}
    </time>
  );
}

/** The time of day, with the date and the distance on hover. */
export function ClockTime({ at, seconds = false }: { at: string; seconds?: boolean }): JSX.Element {
  const distance = useTicking((nowMs) => relativeTime(Date.parse(at), nowMs) ?? '');
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (seconds) options.second = '2-digit';
  return (
    <time dateTime={at} title={distance ? `${exactText(at)} (${distance})` : exactText(at)}>
      {new Date(at).toLocaleTimeString(undefined, options)}
    </time>
  );
}

/** Date and time with the distance beside it: for facts that are quoted elsewhere. */
export function Moment({ at }: { at: string }): JSX.Element {
  const distance = useTicking((nowMs) => relativeTime(Date.parse(at), nowMs) ?? '');
  return (
    <>
      <time dateTime={at}>{exactText(at)}</time>
      {distance && <span class="muted small distance"> {distance}</span>}
    </>
  );
}

/** From a start to an end, or to now while it runs. */
export function Elapsed({ from, to }: { from: string; to: string | null }): JSX.Element {
  const text = useTicking((nowMs) => durationText((to === null ? nowMs : Date.parse(to)) - Date.parse(from)));
  return <span>{text}</span>;
}

/** The time that is left until a deadline. */
export function Countdown({ to }: { to: string }): JSX.Element {
  const text = useTicking((nowMs) => {
    const leftMs = Date.parse(to) - nowMs;
    return leftMs > 0 ? `${durationText(Math.ceil(leftMs / TICK_MS) * TICK_MS)} left` : 'time is up';
  });
  return (
    <time dateTime={to} title={exactText(to)}>
      {text}
    </time>
  );
}

export function exactText(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

function dateText(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
