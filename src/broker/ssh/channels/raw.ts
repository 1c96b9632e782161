/**
 * A login shell of the target with a terminal, for roles whose shell is raw. Nothing that is typed is judged, so a
 * resource with rules about commands opens none; what the terminal shows is recorded whole, and what is typed only where
 * the screen shows it (`raw/terminal-watch.ts`).
 */
import { messageOf } from '../../../core/errors.ts';
import { rulesAgainstTerminal } from '../../../policies/rules/terminal-rules.ts';
import type {
  ChannelRecord,
  ChannelServer,
  ClientChannel,
  Exit,
  HostSession,
  OutputFlow,
  TargetTerminal,
} from '../host-session.ts';
import { REFUSED_STATUS } from '../host-session.ts';
import { type Pump, pump } from '../pump.ts';
import {
  asLine,
  asTitle,
  LEAVE_ALTERNATE_SCREEN,
  openingLines,
  WARNINGS_MS,
  warning,
} from '../raw/notices.ts';
import { TerminalWatch } from '../raw/terminal-watch.ts';
import { isSignalName } from '../signals.ts';

/** How often the recorder, the deadline, which can move, and the policy are looked at. */
const LOOK_MS = 1_000;

/** A terminal of the client, as it asked for it. */
type Terminal = NonNullable<ClientChannel['terminal']>;

export const serveRawShell: ChannelServer = async (session, channel) => {
  const { number, terminal } = channel;
  const record = session.record.openChannel({ number, kind: 'raw', terminal, detail: null });
  const refusal = terminal === null ? NO_TERMINAL : refusalOf(session);
  if (terminal === null || refusal !== null)
    return refuse({ channel, record, refusal: refusal ?? NO_TERMINAL });
  const forget = session.busy();
  try {
    const target = await openTerminal(session, channel, terminal);
    if (target === null) return refuse({ channel, record, refusal: 'the session has ended' });
    const exit = await new RawShell({ session, channel, record, target, terminal }).serve();
    record.close(exit);
    channel.exit(exit);
  } catch (error) {
    refuse({ channel, record, refusal: messageOf(error) });
  } finally {
    forget();
  }
};

const NO_TERMINAL =
  'this role opens a shell with a terminal only. Ask for one (ssh -tt), or name the command to run';

/** Null when a raw shell may be opened, or go on. */
function refusalOf({ policy, live }: HostSession): string | null {
  if (!policy.renew()) return 'the session has ended';
  const { role, rules } = policy.applies;
  if (role.shell !== 'raw') return `role ${policy.roleName} opens no raw terminal`;
  const names = rulesAgainstTerminal(rules);
  if (names.length > 0) {
    const which = names.length === 1 ? `rule ${names[0]} judges` : `rules ${names.join(', ')} judge`;
    return `${which} commands on ${policy.applies.resource.name}, and nothing that is typed into a raw terminal is judged. Name the command to run (ssh … COMMAND), or ask for a role whose shell is guided`;
  }
  return live.obstacle()?.reason ?? null;
}

function refuse(of: {
  readonly channel: ClientChannel;
  readonly record: ChannelRecord;
  readonly refusal: string;
}): void {
  const { channel, record, refusal } = of;
  record.mark(`refused: ${refusal}`);
  const lineEnd = channel.terminal === null ? '\n' : '\r\n';
  channel.stderr.write(`sallyport: ${refusal.replaceAll(/\p{Cc}+/gu, ' ')}${lineEnd}`);
  const exit = { status: REFUSED_STATUS, signal: null };
  record.close(exit);
  channel.exit(exit);
}

/** @returns null when the session has ended */
async function openTerminal(
  { gate, target }: HostSession,
  { environment, offers }: ClientChannel,
  terminal: Terminal,
): Promise<TargetTerminal | null> {
  let opening: Promise<TargetTerminal> | null = null;
  // The channel is on record before anything reaches the target.
  gate.release(() => {
    opening = target.openTerminal({ ...terminal, environment, offers });
  });
  return opening;
}

class RawShell {
  readonly #session: HostSession;
  readonly #channel: ClientChannel;
  readonly #record: ChannelRecord;
  readonly #target: TargetTerminal;
  readonly #flow: OutputFlow;
  readonly #watch: TerminalWatch;
  #warnedAtMs = Number.POSITIVE_INFINITY;
  #countedCells = 0;

  constructor(of: {
    readonly session: HostSession;
    readonly channel: ClientChannel;
    readonly record: ChannelRecord;
    readonly target: TargetTerminal;
    readonly terminal: Terminal;
  }) {
    const { session, channel, record, target, terminal } = of;
    this.#session = session;
    this.#channel = channel;
    this.#record = record;
    this.#target = target;
    this.#flow = record.output({ statement: null, stream: 'stdout', as: 'terminal' });
    const input = (text: string): void => record.input(text, null);
    this.#watch = new TerminalWatch({ input, mark: (label) => record.mark(label) }, terminal.columns);
  }

  async serve(): Promise<Exit> {
    const { live } = this.#session;
    this.#show(openingLines(aboutOf(this.#session)));
    this.#follow();
    const output = this.#output();
    const input = this.#input();
    const forget = live.onEnd(() => this.#leaveAlternateScreen());
    const looking = setInterval(() => this.#look(), LOOK_MS).unref();
    try {
      const [exit] = await Promise.all([this.#target.exited, output.done]);
      return exit;
    } finally {
      clearInterval(looking);
      forget();
      input.leave();
      this.#flow.end();
      this.#countCells();
    }
  }

  /** Another size, signals, and the client's end. */
  #follow(): void {
    const { number } = this.#channel;
    this.#channel.onResize((size) => {
      this.#record.resize(size);
      this.#watch.resize(size.columns);
      this.#target.resize(size);
    });
    this.#channel.onSignal((name) => {
      if (isSignalName(name)) this.#target.signal(name);
    });
    this.#channel.onClose(() => {
      this.#session.logger.debug(
        { sessionId: this.#session.live.id, channel: number },
        'a terminal was closed',
      );
      this.#target.input.end();
      this.#target.signal('HUP');
    });
  }

  #output(): Pump {
    const session = this.#session;
    return pump(session.live, {
      from: this.#target.output,
      to: this.#channel.stdout,
      through: (chunk) => {
        session.noteActivity();
        const may = session.countBytes(null, chunk.length);
        if (may instanceof Promise) return may.then((passes) => (passes ? this.#pass(chunk) : null));
        return may ? this.#pass(chunk) : null;
      },
    });
  }

  /** Nothing passes, either way, once the recorder has failed: that ends the session. */
  #isRecorded(): boolean {
    let recorded = false;
    this.#session.gate.release(() => {
      recorded = true;
    });
    return recorded;
  }

  #pass(chunk: Buffer): Buffer | null {
    if (!this.#isRecorded()) return null;
    const shown = this.#flow.push(chunk);
    // After the output: what it tells of a line follows the line in the recording.
    this.#watch.printed(chunk);
    this.#countCells();
    return shown;
  }

  #input(): Pump {
    const { input } = this.#target;
    input.on('error', () => undefined);
    const flow = pump(this.#session.live, {
      from: this.#channel.input,
      to: input,
      through: (chunk) => {
        this.#session.noteActivity();
        if (!this.#isRecorded()) return null;
        this.#watch.typed(chunk);
        return chunk;
      },
    });
    flow.done.then(
      () => input.end(),
      () => this.#session.end('recording-failed'),
    );
    return flow;
  }

  /** The policy may have become one that this terminal cannot keep, and the end may have come near. */
  #look(): void {
    const { live, policy } = this.#session;
    if (!this.#isRecorded() || live.ended !== null || !policy.renew()) return;
    if (rulesAgainstTerminal(policy.applies.rules).length > 0) {
      this.#session.end(
        'policy-changed',
        'The policy has rules about commands now, which a raw terminal does not keep. Connect again.',
      );
      return;
    }
    this.#warn();
  }

  #warn(): void {
    const { live, services } = this.#session;
    const { expiresAt: until, resource } = live.grant;
    const leftMs = until.getTime() - services.access.clock.now().getTime();
    const due = WARNINGS_MS.filter((ms) => leftMs <= ms).at(-1);
    // A deadline that moved is warned of again.
    if (due === undefined) this.#warnedAtMs = Number.POSITIVE_INFINITY;
    if (due === undefined || due >= this.#warnedAtMs || !this.#watch.betweenSequences) return;
    this.#warnedAtMs = due;
    const text = warning({ leftMs, until, resource });
    this.#show(this.#watch.inAlternateScreen ? asTitle(text) : asLine(text));
  }

  /** What follows on the user's screen is read there, and the terminal is as it was. */
  #leaveAlternateScreen(): void {
    if (this.#watch.inAlternateScreen) this.#show(LEAVE_ALTERNATE_SCREEN);
  }

  /** Of the broker; recorded as the rest of what the terminal shows. */
  #show(text: string): void {
    this.#channel.stdout.write(this.#flow.push(Buffer.from(text, 'utf8')));
  }

  #countCells(): void {
    const { maskedCells } = this.#flow;
    if (maskedCells === this.#countedCells) return;
    this.#session.live.count({ maskedCells: maskedCells - this.#countedCells });
    this.#countedCells = maskedCells;
  }
}

function aboutOf({ live, policy }: HostSession): Parameters<typeof openingLines>[0] {
  const { holder, resource, expiresAt } = live.grant;
  return { who: holder.name, resource, role: policy.roleName, until: expiresAt };
}
