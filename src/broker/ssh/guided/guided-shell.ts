/**
 * One complete text from the person -> what the broker serves itself, or a command that is judged, held and run. What
 * is sent is what the text says once aliases, variables and `~` are written out; where that differs, it is shown.
 */
import type { Writable } from 'node:stream';
import type { HoldView } from '../../../access/views.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import { inspectCommand } from '../commands/host-judge.ts';
import { OWN_VARIABLES } from '../commands/own-variables.ts';
import {
  type ChannelRecord,
  type ClientChannel,
  type CommandPlace,
  type CommandRequest,
  type Exit,
  type HostInspection,
  type HostSession,
  REFUSED_STATUS,
  type RunningCommand,
} from '../host-session.ts';
import type { History } from './line/history.ts';
import { type BuiltinWords, builtinWords } from './shell/builtin-words.ts';
import {
  assignVariables,
  type BuiltinContext,
  type BuiltinResult,
  isBuiltin,
  runBuiltin,
} from './shell/builtins.ts';
import { expanded, LAST_STATUS } from './shell/expand.ts';
import { fullScreenProgram, fullScreenRefusal } from './shell/full-screen.ts';
import { resolveDirectory } from './shell/resolve-directory.ts';
import { newShellState, type ShellState } from './shell/shell-state.ts';

/** Where everything goes that is shown. */
export interface ShellOutput {
  /** What a command of the broker answers. */
  print(line: string): void;
  /** What the broker says besides. */
  say(line: string): void;
  /** What goes to the target in place of what was typed. */
  sent(text: string): void;
  /** Takes away what is shown, where it can be. */
  clear(): void;
  /** For one command; ended when it is over. */
  streams(): { readonly stdout: Writable; readonly stderr: Writable };
  /** People are asked about the command that runs. */
  held(hold: HoldView): void;
  /** Of the terminal; null without one. */
  readonly columns: number | null;
}

export type RunCommand = (session: HostSession, request: CommandRequest) => RunningCommand;

/** What became of a text. */
export type ShellResult = BuiltinResult | { readonly kind: 'refused'; readonly status: number } | RanCommand;
interface RanCommand {
  readonly kind: 'ran';
  readonly status: number;
  readonly exit: Exit;
}

const SIGNALLED = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  TERM: 15,
};
const ONLY_HERE = 'cd and the like in a list last for that list only. To stay there, type cd by itself.';

function statusOf({ status, signal }: Exit): number {
  return status ?? SIGNALLED + (SIGNAL_NUMBERS[signal ?? ''] ?? 0);
}

function changesDirectory({ analysis }: HostInspection): boolean {
  return analysis.some(({ programs }) => programs[0]?.name === 'cd');
}

export class GuidedShell {
  readonly state: ShellState;
  readonly #session: HostSession;
  readonly #channel: Pick<ClientChannel, 'offers'>;
  readonly #record: ChannelRecord;
  readonly #output: ShellOutput;
  readonly #history: Pick<History, 'numbered'> | null;
  readonly #run: RunCommand;
  #running: RunningCommand | null = null;
  /** What a denial means was told; it is the same each time. */
  #knowsDenials = false;

  constructor(options: {
    readonly session: HostSession;
    readonly channel: Pick<ClientChannel, 'environment' | 'offers'>;
    readonly record: ChannelRecord;
    readonly output: ShellOutput;
    readonly history: Pick<History, 'numbered'> | null;
    readonly run: RunCommand;
  }) {
    const { session, channel } = options;
    this.state = newShellState(session.target.facts, channel.environment);
    this.#session = session;
    this.#channel = channel;
    this.#record = options.record;
    this.#output = options.output;
    this.#history = options.history;
    this.#run = options.run;
  }

  /** The command that runs or is held; null while none does. */
  get running(): RunningCommand | null {
    return this.#running;
  }

  /** Serves one complete text. Never throws. */
  async execute(text: string): Promise<ShellResult> {
    const result = await this.#execute(text);
    this.state.status = result.status;
    return result;
  }

  async #execute(text: string): Promise<ShellResult> {
    const { state } = this;
    const { facts } = this.#session.target;
    const sent = expanded(text, {
      variable: (name) => (name === LAST_STATUS ? `${state.status}` : state.variables.get(name)),
      alias: (name) => state.aliases.get(name),
      home: facts.home,
    });
    const own = builtinWords(sent, isBuiltin);
    if (own !== null) return this.#serve(own);
    if (sent !== text) this.#output.sent(sent);
    try {
      return await this.#command(sent);
    } catch (error) {
      const { live, logger } = this.#session;
      logger.warn({ sessionId: live.id, problem: messageOf(error) }, 'a command of a guided shell failed');
      this.#output.say(isAppError(error) ? messageOf(error) : 'This command could not be served.');
      return { kind: 'refused', status: REFUSED_STATUS };
    }
  }

  async #serve(own: BuiltinWords): Promise<BuiltinResult> {
    const context = this.#builtinContext();
    switch (own.kind) {
      case 'builtin':
        return runBuiltin(context, own);
      case 'assignment':
        return { kind: 'status', status: assignVariables(context, own.settings) };
      case 'unreadable':
        this.#output.say(`This is not read: ${own.problem}.`);
        return { kind: 'status', status: 2 };
    }
  }

  async #command(text: string): Promise<ShellResult> {
    const session = this.#session;
    const place = this.#place();
    const found = inspectCommand(text, { place, policy: session.policy });
    const program = fullScreenProgram(found.analysis);
    if (program !== null) {
      for (const line of fullScreenRefusal(program, session.policy.applies)) this.#output.say(line);
      return { kind: 'refused', status: REFUSED_STATUS };
    }
    const streams = this.#output.streams();
    const running = this.#run(session, {
      text,
      place,
      record: this.#record,
      stdin: null,
      ...streams,
      say: (line) => this.#output.say(line),
      onHeld: (hold) => this.#output.held(hold),
      isBrief: this.#knowsDenials,
    });
    this.#running = running;
    const end = await running.done;
    this.#running = null;
    await Promise.all([ended(streams.stdout), ended(streams.stderr)]);
    if (end.kind === 'refused' && end.isDenied === true) this.#knowsDenials = true;
    if (end.kind === 'refused') return { kind: 'refused', status: REFUSED_STATUS };
    if (changesDirectory(found)) this.#output.say(ONLY_HERE);
    return { kind: 'ran', status: statusOf(end.exit), exit: end.exit };
  }

  #place(): CommandPlace {
    const { columns } = this.#output;
    const { directory, exported, variables } = this.state;
    const environment = new Map(columns === null ? [] : [...OWN_VARIABLES, ['COLUMNS', `${columns}`]]);
    for (const name of exported) environment.set(name, variables.get(name) ?? '');
    return { directory, environment, offers: this.#channel.offers };
  }

  #builtinContext(): BuiltinContext {
    const { policy, target } = this.#session;
    return {
      state: this.state,
      home: target.facts.home,
      history: this.#history,
      mayHide: policy.applies.role.allow?.includes('indirect') === true,
      programs: policy.applies.role.programs ?? null,
      print: (line) => this.#output.print(line),
      clear: () => this.#output.clear(),
      complain: (line) => this.#output.say(line),
      resolveDirectory: (path) => resolveDirectory(this.#session, path),
    };
  }
}

/** What was written is handed on, or nobody takes it any more. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.end(() => resolve());
  });
}
