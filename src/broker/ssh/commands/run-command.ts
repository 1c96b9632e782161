/**
 * One command of a client, from its text to its exit status:
 *
 *   1. judge     read where it starts, decided and recorded as the text that would be sent
 *   2. hold      where people must agree
 *   3. release   on record; the canonical text goes to the target and nothing else
 *   4. stream    both outputs through the recording's masks, the client's input where nobody had to agree
 *   5. complete  status, and how much was masked
 *
 * What is held reads nothing, and what runs is the text that was recorded and shown. Nothing is forwarded, either
 * way, while the session's right to exist is not confirmed.
 */
import { messageOf } from '../../../core/errors.ts';
import type { Judged } from '../../gate.ts';
import type {
  CommandEnd,
  CommandRequest,
  Exit,
  HostInspection,
  HostSession,
  PendingHold,
  RunningCommand,
  SignalName,
  TargetCommand,
} from '../host-session.ts';
import { type Pump, pump } from '../pump.ts';
import { transferAdvice, transferRefusal } from '../sftp/advice.ts';
import { CommandInput } from './command-input.ts';
import { deniedLines, oneLine, READS_NOTHING, readsNothingAs, WAITS_BEHIND } from './command-words.ts';
import { askedLine } from './hold-words.ts';
import { inspectCommand } from './host-judge.ts';

/** How long a command whose client is gone has after SIGHUP. */
const ABANDONED_MS = 300;

/**
 * Masks look at whole lines. A program that prints less and waits for an answer, or speaks a protocol of its own, is
 * not kept waiting: after so long what it has printed is shown.
 */
const IDLE_MS = 100;

const SESSION_ENDED = 'The session has ended. The command did not run.';
const NOT_INSPECTED = { rule: 'not-inspected', reason: 'This command could not be inspected.' };

const REFUSED: CommandEnd = { kind: 'refused' };
const DENIED: CommandEnd = { kind: 'refused', isDenied: true };

/** Never throws; what goes wrong is said, and ends as refused. */
export function runCommand(session: HostSession, request: CommandRequest): RunningCommand {
  const run = new CommandRun(session, request);
  return {
    interrupt: () => run.signal('INT'),
    signal: (name) => run.signal(name),
    abandon: () => run.abandon(),
    done: run.run(),
  };
}

class CommandRun {
  readonly #session: HostSession;
  readonly #request: CommandRequest;
  readonly #pumps: Pump[] = [];
  #hold: PendingHold | null = null;
  #command: TargetCommand | null = null;
  /** What arrived between the approval and the start. */
  #early: SignalName[] = [];
  #abandoned = false;
  #startedAtMs = 0;
  #completed = false;

  constructor(session: HostSession, request: CommandRequest) {
    this.#session = session;
    this.#request = request;
  }

  async run(): Promise<CommandEnd> {
    try {
      return await this.#run();
    } catch (error) {
      const { live, logger } = this.#session;
      logger.warn({ sessionId: live.id, problem: messageOf(error) }, 'a command could not be served');
      this.#say('Sallyport failed to serve this command, so it was stopped.');
      // Whatever it was, something would have passed that is not on record.
      this.#session.end('recording-failed');
      return REFUSED;
    }
  }

  signal(name: SignalName): void {
    if (this.#hold !== null) {
      if (!name.startsWith('USR')) this.#hold.withdraw();
    } else if (this.#command !== null) this.#command.signal(name);
    else this.#early.push(name);
  }

  abandon(): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    for (const { drop } of this.#pumps) drop();
    this.signal('HUP');
    if (this.#command !== null) killLater(this.#command);
  }

  async #run(): Promise<CommandEnd> {
    if (!this.#session.policy.renew()) return this.#refuse(SESSION_ENDED);
    const judged = this.#judge();
    const canonical = judged.found?.canonical ?? null;
    const { verdict } = judged;
    if (verdict.action === 'deny' || canonical === null) {
      const { grant } = this.#session.live;
      const { isBrief = false } = this.#request;
      const lines = deniedLines({ rule: verdict.rule ?? 'policy', reason: verdict.reason, grant, isBrief });
      const advice = transferAdvice(judged.found?.analysis ?? []);
      for (const line of advice === null ? lines : [...lines, advice]) this.#say(line);
      return DENIED;
    }
    const readsNothing = this.#readsNothing(verdict.action === 'review');
    if (readsNothing !== null) this.#leaveInput(readsNothing);
    if (verdict.action === 'review' && !(await this.#approved(judged, canonical))) return REFUSED;
    return this.#forward(judged, { canonical, reads: readsNothing === null });
  }

  /** Why, in a sentence; null when it reads what the client sends. */
  #readsNothing(isReviewed: boolean): string | null {
    const { applies, roleName } = this.#session.policy;
    if (isReviewed) return READS_NOTHING;
    return applies.role.stdin === 'nothing' ? readsNothingAs(roleName) : null;
  }

  /** What is sent all the same is told of once, and dropped. */
  #leaveInput(why: string): void {
    const { stdin } = this.#request;
    stdin?.once('data', () => this.#say(why));
    stdin?.resume();
  }

  /** Step 1. */
  #judge(): Judged<HostInspection> {
    const { text, place } = this.#request;
    const { gate, policy } = this.#session;
    const command = { protocol: 'simple', parameters: [], prepared: null } as const;
    let found: HostInspection;
    try {
      found = inspectCommand(text, { place, policy });
    } catch {
      return gate.judge({ ...command, text, refusal: NOT_INSPECTED });
    }
    const refusal = transferRefusal(found.analysis);
    return gate.judge({ ...command, text: found.canonical ?? text, inspected: found, refusal });
  }

  /** Step 2. */
  async #approved(judged: Judged<HostInspection>, canonical: string): Promise<boolean> {
    const { place } = this.#request;
    const hold = this.#session.holds.ask({ judged, text: canonical, place, stdin: 'nothing' });
    this.#hold = hold;
    if (this.#abandoned) hold.withdraw();
    if (hold.queued) this.#say(WAITS_BEHIND);
    const asked = await hold.asked;
    if (asked !== null) {
      this.#say(askedLine(asked));
      this.#request.onHeld?.(asked);
    }
    const decision = await hold.decided;
    this.#hold = null;
    this.#say(decision.message);
    return decision.kind === 'approved' && !this.#abandoned;
  }

  /** Step 3. */
  async #forward(
    judged: Judged<HostInspection>,
    { canonical, reads }: { readonly canonical: string; readonly reads: boolean },
  ): Promise<CommandEnd> {
    const { gate, target, live, services } = this.#session;
    const { place } = this.#request;
    const release = this.#session.busy();
    const forget = live.onEnd((reason) => {
      for (const { drop } of this.#pumps) drop();
      const message = `The session ended (${reason}) before the command was over`;
      this.#complete(judged, { tags: [], maskedCells: 0, message });
    });
    this.#startedAtMs = services.monotonic();
    try {
      let starting: Promise<TargetCommand> | null = null;
      gate.release(() => {
        starting = target.run(canonical, place);
      });
      if (starting === null) return this.#refuse(SESSION_ENDED);
      const command = await this.#started(judged, starting);
      return command === null ? REFUSED : await this.#stream(judged, { command, reads });
    } finally {
      forget();
      release();
    }
  }

  async #started(
    judged: Judged<HostInspection>,
    starting: Promise<TargetCommand>,
  ): Promise<TargetCommand | null> {
    try {
      const command = await starting;
      this.#command = command;
      for (const name of this.#early) command.signal(name);
      if (this.#abandoned) killLater(command);
      return command;
    } catch (error) {
      const message = oneLine(messageOf(error));
      this.#complete(judged, { tags: [], maskedCells: 0, message });
      this.#say(message);
      return null;
    }
  }

  /** Steps 4 and 5. */
  async #stream(
    judged: Judged<HostInspection>,
    { command, reads }: { readonly command: TargetCommand; readonly reads: boolean },
  ): Promise<CommandEnd> {
    const stdin = this.#input(judged, { command, reads });
    const outputs = [
      this.#output(judged, { stream: 'stdout', from: command.stdout }),
      this.#output(judged, { stream: 'stderr', from: command.stderr }),
    ];
    const [exit] = await Promise.all([command.exited, ...outputs.map(({ done }) => done)]);
    stdin?.leave();
    await stdin?.done;
    // What it printed is in the recording before what came of it.
    this.#request.record.flush();
    const maskedCells = outputs.reduce((sum, { flow }) => sum + flow.maskedCells, 0);
    this.#complete(judged, { tags: [tagOf(exit)], maskedCells, message: null });
    return { kind: 'exited', exit };
  }

  #input(
    judged: Judged<HostInspection>,
    { command, reads }: { readonly command: TargetCommand; readonly reads: boolean },
  ): Pump | null {
    const { stdin: from, record, stdinIsUnseen = false } = this.#request;
    const { stdin: to } = command;
    to.on('error', () => undefined);
    if (from === null || !reads) {
      to.end();
      return null;
    }
    const input = stdinIsUnseen ? null : new CommandInput(record, judged);
    const flow = pump(this.#session.live, {
      from,
      to,
      through: (chunk) => {
        this.#session.noteActivity();
        input?.push(chunk);
        return chunk;
      },
    });
    const done = flow.done.finally(() => {
      input?.end();
      to.end();
    });
    // Whoever waits for it learns of a failure; until then it must not count as unhandled.
    done.catch(() => undefined);
    this.#pumps.push(flow);
    return { ...flow, done };
  }

  #output(
    judged: Judged<HostInspection>,
    { stream, from }: { readonly stream: 'stdout' | 'stderr'; readonly from: TargetCommand['stdout'] },
  ): { readonly done: Promise<void>; readonly flow: ReturnType<CommandRequest['record']['output']> } {
    const session = this.#session;
    const { record, [stream]: to } = this.#request;
    const flow = record.output({ statement: judged, stream, as: 'command' });
    const show = (rest: Buffer): void => {
      if (rest.length > 0 && to.writable && !this.#abandoned) to.write(rest);
    };
    const idle = setTimeout(() => {
      if (session.live.confirmed) show(flow.idle());
      else idle.refresh();
    }, IDLE_MS).unref();
    const passed = pump(session.live, {
      from,
      to,
      through: (chunk) => {
        session.noteActivity();
        idle.refresh();
        const may = session.countBytes(judged, chunk.length);
        if (may instanceof Promise) return may.then((passes) => (passes ? flow.push(chunk) : null));
        return may ? flow.push(chunk) : null;
      },
    });
    this.#pumps.push(passed);
    if (this.#abandoned) passed.drop();
    const done = passed.done.then(() => {
      clearTimeout(idle);
      show(flow.end());
    });
    return { done, flow };
  }

  #complete(
    judged: Judged<HostInspection>,
    came: { readonly tags: readonly string[]; readonly maskedCells: number; readonly message: string | null },
  ): void {
    if (this.#completed) return;
    this.#completed = true;
    const { gate, live, services } = this.#session;
    const { tags, maskedCells, message } = came;
    live.count({ maskedCells });
    gate.complete(judged, {
      durationMs: Math.round(services.monotonic() - this.#startedAtMs),
      tags,
      rows: 0,
      maskedCells,
      error: message === null ? null : { sqlState: '', message },
    });
  }

  #refuse(line: string): CommandEnd {
    this.#say(line);
    return REFUSED;
  }

  #say(line: string): void {
    if (!this.#abandoned) this.#request.say(oneLine(line));
  }
}

function killLater(command: TargetCommand): void {
  setTimeout(() => command.signal('KILL'), ABANDONED_MS).unref();
}

function tagOf({ status, signal }: Exit): string {
  return signal === null ? `exit ${status ?? 'unknown'}` : `signal ${signal}`;
}
