/** A terminal as a person has one: a real PTY, what is typed into it, and the screen that shows it. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream } from 'node:tty';
import { type IPty, spawn } from '@lydell/node-pty';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import { SERVER_ALIAS, type SshClient } from './clients.ts';

// The package has no names for an import.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as {
  readonly Terminal: typeof HeadlessTerminal;
};

const PATIENCE_MS = 15_000;
const SETTLED_MS = 30;
/** A busy machine may not read for so long what a program has written before its end. */
const LAST_OUTPUT_MS = 1_000;
const POLL_MS = 10;
const SCROLLBACK_LINES = 5_000;

/** Keys that have no letter. */
export const KEY = {
  enter: '\r',
  tab: '\t',
  backspace: '\x7f',
  escape: '\x1b',
  ctrlA: '\x01',
  ctrlC: '\x03',
  ctrlD: '\x04',
  ctrlE: '\x05',
  ctrlJ: '\n',
  ctrlL: '\x0c',
  ctrlO: '\x0f',
  ctrlR: '\x12',
  ctrlU: '\x15',
  ctrlW: '\x17',
  ctrlY: '\x19',
  ctrlZ: '\x1a',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pasteStart: '\x1b[200~',
  pasteEnd: '\x1b[201~',
} as const;

export interface TestTerminal {
  type(text: string): void;
  /** What the screen shows: its rows as far as something was written, and no empty ones at the end. */
  screen(): string;
  /** The screen with what has scrolled off it; a line that took several rows is one. */
  scrollback(): string;
  /** All that was received, as it came. */
  received(): string;
  /**
   * Waits until the screen, or what has scrolled off it, matches.
   * @throws with the screen when it does not in time, or the program has ended
   */
  waitFor(text: string | RegExp, options?: { readonly timeoutMs?: number }): Promise<string>;
  /** Resolves as soon as anything is received from now on. */
  nextOutput(): Promise<void>;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /** Of the program, once it has ended. */
  readonly exited: Promise<{ readonly status: number; readonly signal: number | null }>;
  /** Ends the program as a closed window does. */
  close(): Promise<void>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly term?: string;
}

/**
 * `ssh -tt target [command]` in a terminal.
 * @param options.arguments more for `ssh`, before the server
 * @param options.asks lets ssh ask on the terminal, in place of SSH_ASKPASS
 */
export function sshTerminal(
  client: SshClient,
  options: TerminalOptions & {
    readonly command?: string;
    readonly arguments?: readonly string[];
    readonly asks?: boolean;
  } = {},
): TestTerminal {
  const { command, arguments: more = [], asks = false } = options;
  const environment = { ...client.environment, ...(asks ? { SSH_ASKPASS_REQUIRE: 'never' } : {}) };
  return openTerminal(
    'ssh',
    ['-F', client.configFile, '-tt', ...more, SERVER_ALIAS, ...(command === undefined ? [] : [command])],
    {
      ...options,
      environment,
    },
  );
}

/** Any program in a terminal. */
export function openTerminal(
  program: string,
  args: readonly string[],
  options: TerminalOptions & { readonly environment: Readonly<Record<string, string>> },
): TestTerminal {
  const { columns = 80, rows = 24, term = 'xterm-256color', environment } = options;
  const screen = new Terminal({ cols: columns, rows, scrollback: SCROLLBACK_LINES, allowProposedApi: true });
  const pty = spawn(program, [...args], {
    cols: columns,
    rows,
    name: term,
    env: { ...environment, TERM: term },
    encoding: null,
  });
  const received: Buffer[] = [];
  keepLastOutput(pty, () => received.length);
  let ended = false;
  pty.onData((data: string | Buffer) => {
    const chunk = Buffer.from(data);
    received.push(chunk);
    screen.write(chunk);
  });
  // A terminal answers questions of programs: where the cursor is, what it is.
  screen.onData((answer) => pty.write(answer));
  const exited = new Promise<{ status: number; signal: number | null }>((resolve) => {
    pty.onExit(async ({ exitCode, signal }) => {
      // The end of a process may be told before the last that it wrote.
      for (let count = -1; count !== received.length; await sleep(SETTLED_MS)) count = received.length;
      ended = true;
      resolve({ status: exitCode, signal: signal === undefined || signal === 0 ? null : signal });
    });
  });
  const scrollback = (): string => linesOf(screen);
  return {
    type: (text) => pty.write(text),
    screen: () => rowsOf(screen),
    scrollback,
    received: () => Buffer.concat(received).toString('utf8'),
    waitFor: async (wanted, { timeoutMs = PATIENCE_MS } = {}) => {
      const shows = (text: string): boolean =>
        typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
      for (let waitedMs = 0; ; waitedMs += POLL_MS) {
        // Looked up before the text: what came at the end is shown by then.
        const over = ended || waitedMs > timeoutMs;
        await flushed(screen);
        const text = scrollback();
        if (shows(text)) return text;
        if (over)
          throw new Error(`The terminal ${ended ? 'ended and ' : ''}never showed ${wanted}:\n${text}`);
        await sleep(POLL_MS);
      }
    },
    nextOutput: () =>
      new Promise((resolve) => {
        const listener = pty.onData(() => {
          listener.dispose();
          resolve();
        });
      }),
    resize: (size) => {
      screen.resize(size.columns, size.rows);
      pty.resize(size.columns, size.rows);
    },
    exited,
    close: async () => {
      if (!ended) pty.kill('SIGHUP');
      await exited;
      screen.dispose();
    },
  };
}

/** node-pty closes a terminal 200 ms after the end of its program, read to the end or not: not while anything comes. */
function keepLastOutput(pty: IPty, count: () => number): void {
  const { _socket: socket } = pty as unknown as { readonly _socket: ReadStream };
  const destroy = socket.destroy.bind(socket);
  const whenQuiet = async (): Promise<void> => {
    for (let before = -1; count() !== before && !socket.destroyed; await sleep(LAST_OUTPUT_MS))
      before = count();
    destroy();
  };
  socket.destroy = (error) => {
    if (error !== undefined || socket.readableEnded) return destroy(error);
    void whenQuiet();
    return socket;
  };
}

/** The screen takes what it is given a little later. */
function flushed(screen: HeadlessTerminal): Promise<void> {
  return new Promise((resolve) => screen.write('', resolve));
}

function rowsOf({ buffer: { active } }: HeadlessTerminal): string {
  const rows = Array.from({ length: active.length - active.baseY }, (_, row) =>
    active.getLine(active.baseY + row)?.translateToString(true),
  );
  return rows.join('\n').replace(/\n+$/, '');
}

function linesOf({ buffer: { active } }: HeadlessTerminal): string {
  let text = '';
  for (let y = 0; y < active.length; y += 1) {
    const goesOn = active.getLine(y + 1)?.isWrapped === true;
    text += `${active.getLine(y)?.translateToString(!goesOn) ?? ''}${goesOn ? '' : '\n'}`;
  }
  return text.replace(/\n+$/, '');
}
