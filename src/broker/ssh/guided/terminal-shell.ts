/** A guided shell for a person at a terminal: prompt, line, command, prompt. */
import type { HoldView } from '../../../access/views.ts';
import { formatDuration } from '../../../core/duration.ts';
import type { ChannelRecord, ClientChannel, HostSession } from '../host-session.ts';
import { COMMON_PROGRAMS } from './completion/common-programs.ts';
import type { CandidateSources } from './completion/complete.ts';
import { TargetFiles } from './completion/target-files.ts';
import { watchDeadline } from './deadline-notices.ts';
import { GuidedShell, type RunCommand, type ShellOutput, type ShellResult } from './guided-shell.ts';
import { KeyQueue } from './keys/key-queue.ts';
import { LineReader } from './line-reader.ts';
import { promptOf, titleLines } from './prompt.ts';
import { Terminal } from './screen/terminal.ts';
import { BUILTIN_NAMES } from './shell/builtins.ts';
import { commandsOf } from './shell/continuation.ts';

/** What a shell reports for a line that was given up. */
const INTERRUPTED_STATUS = 130;
/** Each look is in the recording too. */
const COUNT_DOWN_MS = 5_000;
const NO_JOBS =
  'There are no jobs here: Ctrl-C stops the command, or withdraws it while it waits for approval.';
const REST_NOT_RUN = 'What followed in the same text did not run.';

interface Options {
  readonly session: HostSession;
  readonly channel: ClientChannel;
  readonly record: ChannelRecord;
  readonly run: RunCommand;
}

/** @returns the status of the last command, once the person leaves or is gone */
export async function serveTerminalShell(options: Options): Promise<number> {
  const shell = new TerminalShell(options);
  try {
    return await shell.serve();
  } finally {
    shell.close();
  }
}

class TerminalShell {
  readonly #session: HostSession;
  readonly #record: ChannelRecord;
  readonly #terminal: Terminal;
  readonly #keys: KeyQueue;
  readonly #shell: GuidedShell;
  readonly #reader: LineReader;
  readonly #files: TargetFiles;
  readonly #forget: () => void;
  #unwatch: () => void = () => undefined;
  #stopCounting: () => void = () => undefined;
  #gone = false;

  constructor({ session, channel, record, run }: Options) {
    const flow = record.output({ statement: null, stream: 'stdout', as: 'terminal' });
    this.#session = session;
    this.#record = record;
    this.#terminal = new Terminal(channel, flow);
    this.#keys = new KeyQueue(channel.input);
    this.#files = new TargetFiles(session);
    this.#reader = new LineReader({
      keys: this.#keys,
      terminal: this.#terminal,
      sources: this.#sources(),
    });
    const { history } = this.#reader.editor;
    this.#shell = new GuidedShell({ session, channel, record, run, history, output: this.#output() });
    this.#forget = session.live.onEnd(() => this.#terminal.leave());
    this.#listen(channel);
  }

  async serve(): Promise<number> {
    const { live, target, services } = this.#session;
    const { clock } = services.access;
    this.#terminal.sentences(titleLines({ grant: live.grant, facts: target.facts, now: clock.now() }));
    const deadline = { expiresAt: () => live.grant.expiresAt, now: () => clock.now() };
    this.#unwatch = watchDeadline(deadline, live.grant.id, (line) => {
      this.#terminal.sentences([line]);
      this.#record.mark(line);
    });
    for (;;) {
      const read = await this.#reader.read(promptOf(target.facts, this.#shell.state.directory));
      if (read.kind === 'end' || this.#gone || live.ended !== null) return this.#shell.state.status;
      if (read.kind === 'interrupted') this.#shell.state.status = INTERRUPTED_STATUS;
      else if (await this.#runAll(read.text)) return this.#shell.state.status;
    }
  }

  close(): void {
    this.#stopCounting();
    this.#unwatch();
    this.#forget();
    this.#keys.end();
  }

  /** @returns true when the person leaves */
  async #runAll(typed: string): Promise<boolean> {
    this.#record.input(`${typed}\n`, null);
    const text = this.#recalledIn(typed);
    if (text === null) return false;
    const commands = commandsOf(text);
    for (const [index, command] of commands.entries()) {
      const result = await this.#runOne(command);
      this.#files.forget();
      if (result.kind === 'exit' || this.#gone) return true;
      const stops = result.kind === 'refused' || result.status === INTERRUPTED_STATUS;
      if (!stops || index === commands.length - 1) continue;
      this.#terminal.sentences([REST_NOT_RUN]);
      break;
    }
    return false;
  }

  /** With the lines before written out, which are shown then; null where there are none. */
  #recalledIn(typed: string): string | null {
    const found = this.#reader.editor.recalledIn(typed);
    if (found.kind === 'as-typed') return typed;
    if (found.kind === 'recalled') {
      this.#terminal.lines([found.text]);
      return found.text;
    }
    this.#terminal.sentences([found.problem]);
    this.#shell.state.status = 1;
    return null;
  }

  async #runOne(text: string): Promise<ShellResult> {
    this.#keys.hear((name) => this.#hear(name));
    const result = await this.#shell.execute(text);
    this.#stopCounting();
    this.#keys.hear(null);
    if (result.kind === 'ran' && result.exit.signal !== null)
      this.#terminal.lines([`[signal ${result.exit.signal}]`]);
    else if (result.kind === 'ran' && result.status !== 0) this.#terminal.lines([`[exit ${result.status}]`]);
    return result;
  }

  /** A key while a command runs. */
  #hear(name: string): boolean {
    const { running } = this.#shell;
    if (running === null) return false;
    switch (name) {
      case 'C-c':
        this.#terminal.lines(['^C']);
        running.interrupt();
        return true;
      case 'C-\\':
        this.#terminal.lines(['^\\']);
        running.signal('QUIT');
        return true;
      case 'C-z':
        this.#terminal.sentences([NO_JOBS]);
        return true;
      default:
        return false;
    }
  }

  /** How long people have yet, in one row below what was said of the hold. */
  #countDown({ id, expiresAt }: HoldView): void {
    const { clock } = this.#session.services.access;
    const show = (): void => {
      const leftMs = Math.max(0, expiresAt.getTime() - clock.now().getTime());
      this.#terminal.status(`${id} waits for approval: ${formatDuration(leftMs)} left`);
    };
    show();
    const timer = setInterval(show, COUNT_DOWN_MS);
    timer.unref();
    this.#stopCounting = () => {
      clearInterval(timer);
      this.#terminal.status(null);
    };
  }

  #listen(channel: ClientChannel): void {
    channel.input.on('data', () => this.#session.noteActivity());
    channel.onResize((size) => {
      this.#record.resize(size);
      this.#terminal.resize(size);
    });
    channel.onSignal((name) => {
      if (name === 'INT') this.#shell.running?.interrupt();
      else if (name === 'QUIT' || name === 'TERM' || name === 'HUP') this.#shell.running?.signal(name);
    });
    channel.onClose(() => {
      this.#gone = true;
      this.#shell.running?.abandon();
      this.#keys.end();
    });
  }

  #output(): ShellOutput {
    const terminal = this.#terminal;
    return {
      print: (line) => terminal.lines([line]),
      say: (line) => {
        this.#stopCounting();
        terminal.sentences([line]);
      },
      sent: (text) => terminal.lines([`runs: ${text}`]),
      clear: () => terminal.clear(),
      held: (hold) => this.#countDown(hold),
      streams: () => ({ stdout: terminal.commandOutput(), stderr: terminal.commandOutput() }),
      get columns() {
        return terminal.columns;
      },
    };
  }

  #sources(): CandidateSources {
    return {
      programs: () => {
        const { programs } = this.#session.policy.applies.role;
        const aliases = this.#shell.state.aliases.entries().map(([name]) => name);
        return [...BUILTIN_NAMES, ...aliases, ...(programs ?? COMMON_PROGRAMS)];
      },
      files: (directory) => this.#files.in(this.#fromRoot(directory)),
    };
  }

  /** @param directory as it was typed */
  #fromRoot(directory: string): string {
    const { home } = this.#session.target.facts;
    if (directory.startsWith('/')) return directory;
    if (directory.startsWith('~/')) return `${home}${directory.slice(1)}`;
    return `${this.#shell.state.directory}/${directory}`;
  }
}
