/**
 * One session channel of a client: what it asks for before something runs (variables, a terminal), then the one thing
 * that it asks to run, and what it says while that runs (another size, signals, its end).
 */
import type { Writable } from 'node:stream';
import type { AcceptConnection, ServerChannel, Session } from 'ssh2';
import { visibleText } from '../../../core/visible-text.ts';
import { matchesPattern } from '../../../policies/rules/name-pattern.ts';
import { channelWriter } from '../channel-writer.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { OfferWishes } from '../forwarding/offers.ts';
import type { ChannelOffers, ClientChannel, Exit, TerminalSize, X11Offer } from '../host-session.ts';
import { Pace } from '../pace.ts';
import { takeRequestsBehindEof } from '../ssh2-internals.ts';
import { LatestSize } from './latest-size.ts';

const VARIABLES_MAX = 50;
const VALUE_BYTES_MAX = 8_192;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const CELLS_MAX = 1_000;
const TERM = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
/** What a client may set unless the role says something else. */
const VARIABLES_DEFAULT = ['LANG', 'LC_*'];
/** Each may cost the target a command; what is more is dropped. */
const SIGNALS = { burst: 20, perSecond: 10 };
const X11_PROTOCOL = /^[A-Za-z0-9-]{1,64}$/;
const X11_COOKIE = /^(?:[0-9A-Fa-f]{2}){1,128}$/;
const X11_SCREENS_MAX = 256;
const NO_OFFERS: ChannelOffers = { agent: false, x11: null, declined: () => undefined };

/** What a client asked to run. */
export type ChannelRequest =
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'shell' }
  | { readonly kind: 'subsystem'; readonly name: string };

export interface OpenChannel extends ClientChannel {
  readonly isClosed: boolean;
  /** What the client would like to offer; `offers` is what may be. */
  readonly wishes: OfferWishes;
  offers: ChannelOffers;
  /** What a program that is cut off says last, on a line of its own. */
  say(line: string): void;
}

export interface SessionChannelOptions {
  readonly number: number;
  readonly client: ClientConnection;
  readonly session: Session;
  /** Of the role: names, with `*` at the end for any characters. */
  readonly environment: readonly string[] | undefined;
  /** Of the role. */
  readonly mayShowWindows: boolean;
  readonly monotonic: () => number;
  /** Called once, when something is to run. */
  readonly onRequest: (channel: OpenChannel, request: ChannelRequest) => void;
  readonly onClose: () => void;
}

/** Listens to a channel that was just accepted; call it before anything else happens on the connection. */
export function serveSessionChannel(options: SessionChannelOptions): void {
  const { session, client, number } = options;
  const variables = new Map<string, string>();
  const allowed = options.environment ?? VARIABLES_DEFAULT;
  const resizes: ((size: TerminalSize) => void)[] = [];
  const signals: ((name: string) => void)[] = [];
  const signalPace = new Pace(SIGNALS, options.monotonic);
  const closes: (() => void)[] = [];
  const wishes: { agent: boolean; x11: X11Offer | null } = { agent: false, x11: null };
  let terminal: ClientChannel['terminal'] = null;
  const sizes = new LatestSize((size) => {
    for (const listener of resizes) listener(size);
  });
  let closed = false;
  /** What runs, or waits for people, has the variables and the terminal that it was asked for with. */
  let begun = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    sizes.stop();
    for (const listener of closes) listener();
    options.onClose();
  };
  // The channel's own close waits until its input was read; the session's does not.
  session.on('close', close);
  void client.closed.then(close);
  session.on('error', () => undefined);

  session.on('env', (accept, reject, { key, val }) => {
    const isAllowed = allowed.some((pattern) => matchesPattern({ pattern, text: key }));
    const fits = variables.size < VARIABLES_MAX && Buffer.byteLength(val) <= VALUE_BYTES_MAX;
    if (begun || !isAllowed || !fits || !isVariable(key, val)) return answer(reject);
    variables.set(key, val);
    answer(accept);
  });
  session.on('pty', (accept, reject, { term, cols, rows }) => {
    if (begun || terminal !== null) return answer(reject);
    terminal = { term: TERM.test(term) ? term : 'dumb', ...sizeOf({ cols, rows }) };
    answer(accept);
  });
  session.on('window-change', (accept, _reject, { cols, rows }) => {
    const size = sizeOf({ cols, rows });
    if (terminal !== null) terminal = { ...terminal, ...size };
    sizes.change(size);
    answer(accept);
  });
  session.on('x11', (accept, reject, info) => {
    if (begun) return answer(reject);
    wishes.x11 = x11Of(info);
    // Whether the rules let it pass is judged, and told, when something runs.
    answer(wishes.x11 !== null && options.mayShowWindows ? accept : reject);
  });
  session.on('auth-agent', (accept, reject) => {
    if (begun) return answer(reject);
    wishes.agent = true;
    answer(accept);
  });
  session.on('signal', (accept, _reject, { name }) => {
    if (!signalPace.take()) return answer(accept);
    for (const listener of signals) listener(name.replace(/^SIG/, ''));
    answer(accept);
  });

  const begin = (accept: AcceptConnection<ServerChannel>, request: ChannelRequest): void => {
    // Nothing where something runs already, or the client has said that it sends nothing more.
    const channel = accept() as ServerChannel | undefined;
    if (channel === undefined) return;
    begun = true;
    takeRequestsBehindEof(session);
    channel.on('error', () => undefined);
    client.watchWindow(channel);
    const onGone = (listener: () => void): void => void closes.push(listener);
    const writer = (into: Writable): Writable =>
      channelWriter({ into, socket: client.socket, onGone, end: () => undefined });
    const stdout = writer(channel);
    const stderr = writer(channel.stderr);
    let ending = false;
    options.onRequest(
      {
        number,
        input: channel,
        stdout,
        stderr,
        get terminal() {
          return terminal;
        },
        environment: variables,
        wishes,
        offers: NO_OFFERS,
        get isClosed() {
          return closed;
        },
        onResize: (listener) => void resizes.push(listener),
        onSignal: (listener) => void signals.push(listener),
        onClose: (listener) => {
          if (closed) listener();
          else closes.push(listener);
        },
        say: (line) => void stderr.write(`${line}${terminal === null ? '\n' : '\r\n'}`),
        exit: (how) => {
          if (ending) return;
          ending = true;
          void finish({ channel, stdout, stderr, how, isClosed: () => closed });
        },
      },
      request,
    );
  };
  session.on('exec', (accept, _reject, { command }) => begin(accept, { kind: 'exec', command }));
  session.on('shell', (accept) => begin(accept, { kind: 'shell' }));
  // Without a listener for `sftp`, ssh2 hands out that subsystem as any other: its bytes.
  session.on('subsystem', (accept, _reject, { name }) => begin(accept, { kind: 'subsystem', name }));
}

async function finish(options: {
  readonly channel: ServerChannel;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly how: Exit;
  readonly isClosed: () => boolean;
}): Promise<void> {
  const { channel, stdout, stderr, how } = options;
  await Promise.all([ended(stdout), ended(stderr)]);
  if (options.isClosed()) return;
  try {
    if (how.signal !== null) channel.exit(how.signal, false, '');
    else if (how.status !== null) channel.exit(how.status);
    channel.eof();
    channel.close();
  } catch {
    // The connection has just been torn down.
  }
  // Nobody reads what still comes; ssh2 forgets a channel when its input was read.
  channel.resume();
}

function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableFinished) return resolve();
    for (const event of ['finish', 'close']) stream.once(event, () => resolve());
    if (!stream.writableEnded) stream.end();
  });
}

/** Requests of which the client wants no answer have none to give. */
function answer(how: (() => void) | undefined | false): void {
  if (typeof how === 'function') how();
}

/** Shown to whoever approves what runs with it: each on a line of its own, all of it to be seen. */
function isVariable(name: string, value: string): boolean {
  return VARIABLE_NAME.test(name) && !/[\n\t]/.test(value) && visibleText(value) === value;
}

function sizeOf({ cols, rows }: { readonly cols: number; readonly rows: number }): TerminalSize {
  const bounded = (cells: number, otherwise: number): number =>
    cells >= 1 ? Math.min(CELLS_MAX, Math.floor(cells)) : otherwise;
  return { columns: bounded(cols, 80), rows: bounded(rows, 24) };
}

/** Null for what no program could show windows with. */
function x11Of({ single, protocol, cookie, screen }: X11Offer): X11Offer | null {
  // Its types say text, and it is bytes.
  const digits = String(cookie);
  const isUsable = X11_PROTOCOL.test(protocol) && X11_COOKIE.test(digits) && screen < X11_SCREENS_MAX;
  return isUsable ? { single, protocol, cookie: digits, screen } : null;
}
