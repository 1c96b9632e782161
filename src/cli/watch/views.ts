/** What somebody who watches sees: the session's own terminal, its statements, or lines of JSON. */
import type { z } from 'zod';
import { SafeTerminal } from '../../recording/safe-terminal.ts';
import { type GAP, type RECORDED_PART, STANDING } from '../../web/schemas/live.ts';
import type { SessionAnswer, TimelineAnswer } from '../../web/schemas/sessions.ts';
import { printableLine } from '../printable.ts';
import type { Terminal } from '../terminal.ts';
import { holdInWords, renderAnswer, renderAsked } from '../timeline.ts';

type Part = z.output<typeof RECORDED_PART>;
type Gap = z.output<typeof GAP>;
type Entry = TimelineAnswer['entries'][number];

export interface WatchView {
  recorded(part: Part): Promise<void>;
  gap(gap: Gap): void;
  standing(session: SessionAnswer): void;
  say(text: string): void;
  end(message: string): void;
  close(): Promise<void>;
}

/** Colours, the cursor, the screen on which lines scroll, and its scrolling region as they were. */
const RESTORE = '\u001b[?1049l\u001b[?25h\u001b[r\u001b[0m\r\n';
/** Statements that are not answered yet: a pipeline can be long. */
const OPEN_MAX = 1_000;

export function openJsonLines(terminal: Terminal): WatchView {
  const print = (type: string, value: object): void =>
    terminal.print(printableLine(JSON.stringify({ type, ...value })));
  return {
    recorded: async (part) => print('recorded', part),
    gap: (gap) => print('gap', gap),
    standing: (session) => print('standing', STANDING.encode({ session })),
    say: (text) => terminal.say(printableLine(text)),
    end: (message) => print('end', { message }),
    close: async () => undefined,
  };
}

export function openStatements(terminal: Terminal, { session }: { session: SessionAnswer }): WatchView {
  const ofHost = session.resourceKind === 'ssh';
  const known = new Map<number, Entry>();
  const told = new StandingWords();
  const print = (statement: number, text: string): void =>
    terminal.print(`${terminal.style('dim', `#${statement}`)} ${text.trimStart()}`);

  const show = (entry: Entry): void => {
    const { statement, hold, durationMs } = entry;
    const before = known.get(statement);
    known.set(statement, entry);
    const [oldest] = known.keys();
    if (known.size > OPEN_MAX && oldest !== undefined) known.delete(oldest);
    if (before === undefined) terminal.print(renderAsked(terminal, entry));
    if (hold !== null && hold.state !== before?.hold?.state)
      print(statement, terminal.style('yellow', printableLine(holdInWords(hold))));
    const isAnswered = durationMs !== null || entry.action === 'deny';
    const wasAnswered = before !== undefined && (before.durationMs !== null || before.action === 'deny');
    if (isAnswered && !wasAnswered) print(statement, renderAnswer(terminal, entry, { ofHost }));
  };
  terminal.say(printableLine(`${titleOf(session)}, live. Ctrl-C leaves.`));
  return {
    recorded: async ({ entries, files }) => {
      for (const entry of entries) show(entry);
      for (const { statement, direction, path, bytes } of files)
        print(statement, printableLine(`${direction} ${path}: ${bytes} bytes`));
    },
    gap: ({ from, to }) => terminal.say(`Events ${from} to ${to} are not shown here.`),
    standing: (now) => told.changes(now, (text) => terminal.say(printableLine(text))),
    say: (text) => terminal.say(printableLine(text)),
    end: (message) => terminal.say(printableLine(message)),
    close: async () => undefined,
  };
}

/** @param options.leave called when the person has had enough */
export function openTerminalView(
  terminal: Terminal,
  { session, leave }: { readonly session: SessionAnswer; readonly leave: () => void },
): WatchView {
  const screen = new SafeTerminal();
  let left: string[] = [];
  terminal.say(printableLine(`${titleOf(session)}, live. q or Ctrl-C leaves.`));
  const keys = terminal.readKeys((key) => {
    if (key === 'q' || key === '\u0003') leave();
  });
  return {
    recorded: async ({ screen: items }) => {
      for (const [code, data] of items)
        if (code === 'o') await terminal.writeBytes(Buffer.from(screen.push(data), 'utf8'));
    },
    gap: () => undefined,
    standing: () => undefined,
    // The screen is somebody else's: what there is to say comes after it.
    say: () => undefined,
    end: (message) => {
      left = [message];
    },
    close: async () => {
      keys.close();
      await terminal.writeBytes(Buffer.from(RESTORE, 'latin1'));
      for (const text of left) terminal.say(printableLine(text));
    },
  };
}

/** What is worth a line when it changes. */
class StandingWords {
  #terminated = false;
  #watchers = '';

  changes({ terminated, watchers }: SessionAnswer, say: (text: string) => void): void {
    const names = watchers.map(({ name }) => name).join(', ');
    if (names !== this.#watchers && watchers.length > 1) say(`Watched by ${names}.`);
    this.#watchers = names;
    if (terminated === null || this.#terminated) return;
    this.#terminated = true;
    say(`${terminated.by.name} ends it${terminated.reason === null ? '' : `: ${terminated.reason}`}.`);
  }
}

function titleOf({ id, holder, resource, role }: SessionAnswer): string {
  return `${id}: ${holder.name} on ${resource} as ${role}`;
}
