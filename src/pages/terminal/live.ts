/** The terminal of a session that runs, as it is: a source for the player that gets its screen from the live stream. */
import { create } from 'asciinema-player';
import type { WireLivePart } from '../../web/wire.ts';
import { type LiveLink, openLiveStream } from '../http/live-stream.ts';

/** What asciinema's player calls a source of its own kind gets, and has to give. */
interface Callbacks {
  readonly dispatch: (
    event: 'reset' | 'resize' | 'output' | 'play' | 'playing',
    data?: object | string,
  ) => void;
}
interface Size {
  readonly cols: number;
  readonly rows: number;
}
type ScreenItem = WireLivePart['screen'][number];

const SIZE_DEFAULT: Size = { cols: 80, rows: 24 };
const SIZE = /^(\d{1,4})x(\d{1,4})$/;

/** A screen to write to; what is written before the player is ready waits for it. */
class LiveScreen {
  #size = SIZE_DEFAULT;
  #early: ScreenItem[] = [];
  #dispatch: Callbacks['dispatch'] | null = null;

  /** A function is a source of its own; the declared types know only those with an address. */
  readonly source = Object.assign(
    ({ dispatch }: Callbacks) => ({
      play: (): boolean => {
        if (this.#dispatch !== null) return true;
        this.#dispatch = dispatch;
        dispatch('play');
        dispatch('reset', { size: this.#size });
        dispatch('playing');
        const early = this.#early;
        this.#early = [];
        this.show(early);
        return true;
      },
      getTiming: () => ({ time: 0, rate: 0 }),
    }),
    { url: '' },
  );

  show(items: readonly ScreenItem[]): void {
    for (const item of items) {
      const [code, data] = item;
      const size = code === 'r' ? sizeOf(data) : null;
      if (this.#dispatch === null) {
        if (size !== null && this.#early.length === 0) this.#size = size;
        else this.#early.push(item);
      } else if (code === 'o') this.#dispatch('output', data);
      else if (size !== null) this.#dispatch('resize', size);
    }
  }
}

export interface LivePlaying {
  /** Why it does not go on: the session ended, or cannot be watched like this. */
  readonly over: Promise<Extract<LiveLink, { readonly state: 'ended' | 'refused' }>>;
}

/**
 * @param options.place called once there is something to show
 * @param options.onLink how the connection stands
 */
export function playLive(
  sessionId: string,
  options: {
    readonly place: () => HTMLElement;
    readonly settings: Parameters<typeof create>[2];
    readonly onLink: (link: LiveLink) => void;
  },
): LivePlaying {
  const screen = new LiveScreen();
  let isPlaying = false;
  const over = Promise.withResolvers<Extract<LiveLink, { readonly state: 'ended' | 'refused' }>>();
  openLiveStream(sessionId, {
    onLink: (link) => {
      options.onLink(link);
      if (link.state === 'ended' || link.state === 'refused') over.resolve(link);
    },
    onRecorded: (json) => {
      const { screen: items }: WireLivePart = JSON.parse(json);
      if (items.length === 0) return;
      screen.show(items);
      if (isPlaying) return;
      isPlaying = true;
      create(screen.source, options.place(), { ...options.settings, autoPlay: true, controls: false });
    },
  });
  return { over: over.promise };
}

function sizeOf(text: string): Size | null {
  const [, cols, rows] = SIZE.exec(text) ?? [];
  return cols === undefined || rows === undefined ? null : { cols: Number(cols), rows: Number(rows) };
}
