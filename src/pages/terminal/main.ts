/**
 * The terminal of a session with a host, in a frame of the session's page: what was printed, played by asciinema's
 * player, with the marks of the recording as chapters. While the session lives it goes on as more is printed.
 */
import { create, type Player } from 'asciinema-player';
import 'asciinema-player/dist/bundle/asciinema-player.css';
import './terminal.css';
import { type Chapter, outlineOf, playingTime, timeText } from './cast.ts';
import { playLive } from './live.ts';
import { NOTHING_PRINTED } from './messages.ts';
import { CastUnavailable, readCast, readStanding, type Standing } from './read-cast.ts';

/** Between looks at a session that lives; all of it is read each time, so a long one is looked at less often. */
const FOLLOW_MS = 2_000;
const FOLLOW_SHARE = 5;
/** What was printed last, played again for whoever comes to a live session. */
const BEFORE_NOW_SECONDS = 2;

const LOOKS = {
  fit: 'both',
  // What programs colour is made for a dark ground.
  theme: 'asciinema',
  terminalFontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
} as const;

interface Playing {
  readonly player: Player;
  /** It has come to its end, and nobody has gone elsewhere in it. */
  readonly atEnd: () => boolean;
}

const root = document.getElementById('terminal');
const session = /^\/sessions\/([\w-]{1,64})\/terminal$/.exec(location.pathname)?.[1];
if (root !== null && session !== undefined) {
  show(root, session).catch((error: unknown) => {
    const known = error instanceof CastUnavailable;
    say(
      root,
      known ? error.message : 'The recording could not be played. Load the page again to try once more.',
    );
    if (!known) throw error;
  });
}

async function show(into: HTMLElement, id: string): Promise<void> {
  say(into, 'Reading the recording…');
  const isLink = new URLSearchParams(location.search).has('at');
  const watched = !isLink && (await readStanding(id)).live;
  if (watched) await showLive(into, id);
  let [{ live, startedAtMs }, cast] = await look(id);
  const asked = new URLSearchParams(location.search).get('at');
  const seekTo =
    asked === null || startedAtMs === null ? null : playingTime(cast, startedAtMs + Number(asked));
  // Whoever watched it stays at its end.
  const atEnd = (live || watched) && seekTo === null;
  const startAt = atEnd ? outlineOf(cast).lasts - BEFORE_NOW_SECONDS : 0;
  let playing = begin(into, { cast, startAt, seekTo, follows: live || watched });
  let now = cast;
  while (live || now.length !== cast.length) {
    const startedMs = performance.now();
    // A server that cannot be reached for a while takes nothing from the screen.
    if (live) [{ live }, now] = await look(id).catch(() => [{ live }, now] as const);
    if (now.length !== cast.length && (playing === null || playing.atEnd())) {
      const startAt = outlineOf(cast).lasts;
      playing?.player.dispose();
      playing = begin(into, { cast: now, startAt, seekTo: null, follows: true });
      cast = now;
    }
    await pause(Math.max(FOLLOW_MS, FOLLOW_SHARE * (performance.now() - startedMs)));
  }
}

/** As it happens, up to the end; also returns where the server does not stream it. */
async function showLive(into: HTMLElement, id: string): Promise<void> {
  const words = document.createElement('p');
  words.className = 'terminal-link';
  words.setAttribute('role', 'status');
  const { over } = playLive(id, {
    settings: LOOKS,
    place: () => {
      const element = document.createElement('div');
      element.className = 'terminal-player';
      into.replaceChildren(words, element);
      return element;
    },
    onLink: ({ state }) => {
      words.textContent = state === 'lost' ? 'The connection is lost. It goes on as soon as it is back.' : '';
      words.hidden = state !== 'lost';
      if (state === 'live' && !words.isConnected) say(into, 'Nothing has been printed yet.');
    },
  });
  await over;
}

/** Whether it lives is asked first: what is read afterwards has the end of one that does not. */
async function look(id: string): Promise<readonly [standing: Standing, cast: string]> {
  return [await readStanding(id), await readCast(id)];
}

interface Beginning {
  readonly cast: string;
  /** Seconds, with all of what was idle. */
  readonly startAt: number;
  /** Seconds of playing time: what was on the screen then is shown, and waits to be played on. */
  readonly seekTo: number | null;
  readonly follows: boolean;
}

/** @returns null where nothing was printed */
function begin(into: HTMLElement, { cast, startAt, seekTo, follows }: Beginning): Playing | null {
  const { chapters, shows } = outlineOf(cast);
  if (!shows) {
    say(into, follows ? 'Nothing has been printed yet.' : 'Nothing was printed in this session.');
    if (!follows) parent.postMessage(NOTHING_PRINTED, location.origin);
    return null;
  }
  const element = document.createElement('div');
  element.className = 'terminal-player';
  const wide = matchMedia('(min-width: 48rem)').matches;
  into.replaceChildren(element);
  let ended = false;
  const player = create({ data: cast }, element, {
    ...LOOKS,
    startAt: Math.max(0, startAt),
    preload: true,
    autoPlay: follows && seekTo === null,
    controls: true,
  });
  player.addEventListener('ended', () => (ended = true));
  player.addEventListener('play', () => (ended = false));
  if (seekTo !== null) void player.seek(seekTo);
  if (chapters.length > 0) into.append(chapterList(chapters, { player, open: wide }));
  return { player, atEnd: () => ended };
}

function chapterList(
  chapters: readonly Chapter[],
  { player, open }: { readonly player: Player; readonly open: boolean },
): HTMLElement {
  const details = document.createElement('details');
  details.className = 'terminal-chapters';
  details.open = open;
  const summary = document.createElement('summary');
  summary.textContent = `${chapters.length} ${chapters.length === 1 ? 'mark' : 'marks'}`;
  const list = document.createElement('ol');
  for (const [marker, { at, label }] of chapters.entries()) {
    const time = document.createElement('span');
    time.textContent = timeText(at);
    const button = document.createElement('button');
    button.type = 'button';
    button.append(time, ` ${label}`);
    button.addEventListener('click', () => void player.seek({ marker }));
    const item = document.createElement('li');
    item.append(button);
    list.append(item);
  }
  details.append(summary, list);
  return details;
}

function say(into: HTMLElement, text: string): void {
  const words = document.createElement('p');
  words.className = 'terminal-words';
  words.textContent = text;
  into.replaceChildren(words);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
