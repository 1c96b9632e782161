/** A session that is watched: its statements as they come, and how the connection stands. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Timeline, TimelineEntry, TimelineFile, WireLivePart, WireSession } from '../../../web/wire.ts';
import { type LiveLink, openLiveStream } from '../../http/live-stream.ts';
import { readJson } from '../../http/read-json.ts';

export interface LiveSession {
  readonly link: LiveLink;
  /** As the stream said last; null before that. */
  readonly session: WireSession | null;
  readonly timeline: Timeline;
  /** Statements that came before those of `timeline`. */
  readonly earlier: number;
}

/** What is shown at a time; the recording has all of it. */
const ENTRIES_MAX = 300;
const FILES_MAX = 300;
/** Statements may come by the thousand: the screen follows this often. */
const DRAW_MS = 200;

const NOTHING: LiveSession = {
  link: { state: 'connecting' },
  session: null,
  timeline: { entries: [], files: [], complete: false, omitted: 0 },
  earlier: 0,
};

/** @param sessionId null watches nothing */
export function useLiveSession(sessionId: string | null): LiveSession {
  const [live, setLive] = useState(NOTHING);
  const seen = useRef(new Seen());
  useEffect(() => {
    if (sessionId === null) return;
    seen.current = new Seen();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setLive((before) => ({ ...before, ...seen.current.shown() }));
      }, DRAW_MS);
    };
    const close = openLiveStream(sessionId, {
      onLink: (link) => setLive((before) => ({ ...before, link })),
      onStanding: (json) => {
        const { session }: { readonly session: WireSession } = readJson(json);
        setLive((before) => ({ ...before, session }));
      },
      onRecorded: (json) => {
        seen.current.take(readJson(json));
        draw();
      },
    });
    return () => {
      close();
      clearTimeout(timer);
    };
  }, [sessionId]);
  return live;
}

class Seen {
  readonly #entries = new Map<number, TimelineEntry>();
  #files: readonly TimelineFile[] = [];

  take({ entries, files }: WireLivePart): void {
    for (const entry of entries) {
      // What has left the screen changes unseen.
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined && entry.statement < oldest) continue;
      this.#entries.set(entry.statement, entry);
      if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
    }
    if (files.length > 0) this.#files = [...this.#files, ...files].slice(-FILES_MAX);
  }

  shown(): Pick<LiveSession, 'timeline' | 'earlier'> {
    const [oldest] = this.#entries.keys();
    return {
      timeline: { entries: [...this.#entries.values()], files: this.#files, complete: false, omitted: 0 },
      earlier: oldest === undefined ? 0 : oldest - 1,
    };
  }
}
