/**
 * What the parts of the SSH protocol are to each other: one authorized connection, its channels, the target behind it
 * and its recording. Types only; who makes them is in the files that are named.
 */
import type { Readable, Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { HoldView } from '../../access/views.ts';
import type { EndReason } from '../../core/session.ts';
import type { Offer } from '../../policies/analyzers/files/file-statement.ts';
import type { ShellStatement } from '../../policies/analyzers/shell/shell-statement.ts';
import type { HostPolicy } from '../../policies/rules/host-policy.ts';
import type { Gate, Inspection, Judged, StatementNumber } from '../gate.ts';
import type { BrokerServices } from '../services.ts';
import type { LiveSession } from '../session.ts';

/** A command of the shell, an operation on a file or a forwarded connection, as the gate judges it. */
export interface HostInspection extends Inspection {
  readonly analysis: readonly ShellStatement[];
  /** What is sent to the target in place of the text; null where nothing is. */
  readonly canonical: string | null;
}

/** One authorized SSH connection (`proxied-session.ts`). Its channels come and go. */
export interface HostSession {
  readonly live: LiveSession;
  readonly gate: Gate<HostInspection>;
  readonly policy: HostSessionPolicy;
  readonly target: Target;
  readonly record: HostRecord;
  readonly holds: CommandHolds;
  readonly services: BrokerServices;
  readonly logger: Logger;
  /** Work that the target owes an answer to: a process that stops waits for it for a while. Call the result once. */
  busy(): () => void;
  /** Something moved: the connection is not idle. */
  noteActivity(): void;
  /**
   * Counts bytes that want to leave the target, before they do (`commands/host-egress.ts`); null is a terminal. Ends the
   * session when a rule limits them.
   * @returns whether they may pass; as a promise where a limit that the grant's sessions share has to be asked for
   */
  countBytes(of: Judged<HostInspection> | null, bytes: number): boolean | Promise<boolean>;
  /** The first reason counts. @param message what open channels are told, a sentence; the reason's own when left out */
  end(reason: EndReason, message?: string): void;
}

/** The policy that a session is under; it follows reloads (`session-policy.ts`). */
export interface HostSessionPolicy {
  readonly version: string;
  /** As it is now. */
  readonly applies: HostPolicy;
  readonly roleName: string;
  /** Call it before each decision. @returns false when the session has ended over it */
  renew(): boolean;
}

// --- the target ------------------------------------------------------------------------------------------------

/** What a login finds on the target (`target/facts.ts`), asked for once when the session begins. */
export interface TargetFacts {
  readonly account: string;
  readonly home: string;
  /** Where a command starts, from `/`. */
  readonly directory: string;
  readonly hostname: string;
  /** For commands in a clean shell. */
  readonly path: string;
}

export interface CommandPlace {
  /** From `/`. */
  readonly directory: string;
  /** Beside HOME, PATH, USER, LOGNAME and SHELL. */
  readonly environment: ReadonlyMap<string, string>;
  /** Nothing when left out. */
  readonly offers?: ChannelOffers;
}

/** What the client offers to what runs on a channel, as far as the role lets it (`forwarding/offers.ts`). */
export interface ChannelOffers {
  readonly agent: boolean;
  readonly x11: X11Offer | null;
  /** The target takes no such thing: the client is told, and the channel has it no more. */
  declined(offer: Offer): void;
}

/** RFC 4254, section 6.3.1. */
export interface X11Offer {
  readonly single: boolean;
  readonly protocol: string;
  /** Hexadecimal; clients of OpenSSH send one that stands for their own. */
  readonly cookie: string;
  readonly screen: number;
}

/** The connection to the target (`target/connect.ts`). Holds the credential only while it logs in. */
export interface Target {
  readonly facts: TargetFacts;
  /** Runs text that the analyzer has written, in a clean shell without a terminal, as the leader of a process group. */
  run(canonical: string, place: CommandPlace): Promise<TargetCommand>;
  /** A login shell with a terminal: only for roles whose shell is raw. */
  openTerminal(
    terminal: TerminalSize & {
      readonly term: string;
      readonly environment?: ReadonlyMap<string, string>;
      readonly offers?: ChannelOffers;
    },
  ): Promise<TargetTerminal>;
  /** The bytes of the SFTP subsystem. */
  openSftp(): Promise<TargetPipe>;
  /** A TCP connection that the target makes. */
  openTcp(to: { readonly host: string; readonly port: number }): Promise<TargetPipe>;
  /** Closes the connection, after the process groups of what still runs got SIGKILL. Never throws. */
  close(): Promise<void>;
  /** The ssh2 connection, for what has no method here (remote forwarding, agent, X11). */
  readonly connection: import('ssh2').Client;
}

export interface TargetPipe {
  readonly input: Writable;
  readonly output: Readable;
  close(): void;
}

export interface TargetCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** To its process group. */
  signal(name: SignalName): void;
  /** Resolves once, when status or signal and the end of both outputs are in. */
  readonly exited: Promise<Exit>;
}

export interface TargetTerminal {
  readonly input: Writable;
  readonly output: Readable;
  resize(size: TerminalSize): void;
  signal(name: SignalName): void;
  readonly exited: Promise<Exit>;
}

/** Without `SIG`, as in RFC 4254, section 6.10. */
export type SignalName = 'HUP' | 'INT' | 'KILL' | 'QUIT' | 'TERM' | 'USR1' | 'USR2';

export interface Exit {
  readonly status: number | null;
  readonly signal: string | null;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

// --- the client ------------------------------------------------------------------------------------------------

/** A session channel of the client (`channels/session-channel.ts`), handed to whoever serves what it asked for. */
export interface ClientChannel {
  /** Counts from 1 within the connection. */
  readonly number: number;
  /** Everything the client sends; ends at its end of file. */
  readonly input: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Null when the client asked for no terminal. */
  readonly terminal: (TerminalSize & { readonly term: string }) | null;
  /** The variables that the role lets a client set. */
  readonly environment: ReadonlyMap<string, string>;
  readonly offers: ChannelOffers;
  onResize(listener: (size: TerminalSize) => void): void;
  onSignal(listener: (name: string) => void): void;
  /** The client closed the channel or went away. */
  onClose(listener: () => void): void;
  /** Sends the status and closes, after what was written. */
  exit(how: Exit): void;
}

/** Serves one channel until it is closed. Never throws. */
export type ChannelServer = (session: HostSession, channel: ClientChannel) => Promise<void>;

// --- commands --------------------------------------------------------------------------------------------------

/** Judges one command, holds it where people must agree, runs it and records it (`commands/run-command.ts`). */
export interface CommandRequest {
  readonly text: string;
  readonly place: CommandPlace;
  /** The channel that it belongs to, for the recording. */
  readonly record: ChannelRecord;
  /** Null: nothing to read, `/dev/null`. */
  readonly stdin: Readable | null;
  /** Set when whoever types it does not see it: it could be a password, and is not recorded. */
  readonly stdinIsUnseen?: true;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** What is said about it besides its own output: a hold and its end, why it is refused. One line each, without a line end. */
  readonly say: (line: string) => void;
  /** People are asked about it; that it is over is told by `say`, and by the end of the command. */
  readonly onHeld?: (hold: HoldView) => void;
  /** Left out, a denial says what it means and what to do about it. */
  readonly isBrief?: boolean;
}

export interface RunningCommand {
  /** Ctrl-C: withdraws it while it is held, SIGINT while it runs. */
  interrupt(): void;
  /** Withdraws it while it is held. */
  signal(name: SignalName): void;
  /** The client is gone: nobody reads any more. Withdraws it, or kills what it has started. */
  abandon(): void;
  readonly done: Promise<CommandEnd>;
}

export type CommandEnd =
  /** It did not run; the reason was said. */
  { readonly kind: 'refused'; readonly isDenied?: true } | { readonly kind: 'exited'; readonly exit: Exit };

/** What a shell reports for a command that it may not run. */
export const REFUSED_STATUS = 126;

// --- holds -----------------------------------------------------------------------------------------------------

/** Commands that people must agree to (`commands/command-holds.ts`). */
export interface CommandHolds {
  ask(held: {
    readonly judged: Judged<HostInspection>;
    /** Exactly what runs if it is approved. */
    readonly text: string;
    readonly place: CommandPlace;
    /** What it reads: people cannot approve what they do not see. */
    readonly stdin: 'nothing';
  }): PendingHold;
}

export interface PendingHold {
  /** Another command of the session has to be decided first: people are asked about one at a time. */
  readonly queued: boolean;
  /** Once people are asked; null when they cannot be, or an approval for the session covers it. */
  readonly asked: Promise<HoldView | null>;
  readonly decided: Promise<HoldDecision>;
  /** Nobody is asked any more. */
  withdraw(): void;
}

export interface HoldDecision {
  readonly kind: 'approved' | 'refused';
  /** A sentence for the client. */
  readonly message: string;
}

// --- the recording ---------------------------------------------------------------------------------------------

/** The terminal side of the recording (`recording/host-record.ts`). A recorder that fails ends the session. */
export interface HostRecord {
  openChannel(channel: {
    readonly number: number;
    readonly kind: 'exec' | 'guided' | 'raw' | 'sftp' | 'forward';
    readonly terminal: (TerminalSize & { readonly term: string }) | null;
    /** For a forward, where to. */
    readonly detail: string | null;
  }): ChannelRecord;
}

export interface ChannelRecord {
  /** What is shown of a command's output: masked, recorded and counted on its way. */
  output(of: {
    readonly statement: Judged<HostInspection> | null;
    readonly stream: 'stdout' | 'stderr';
    /** `terminal`: keystrokes are echoed at once. `command`: line by line where something is masked. */
    readonly as: 'command' | 'terminal';
  }): OutputFlow;
  /** What was typed or sent, in the masked view. Not for what the screen did not echo. */
  input(text: string, statement: StatementNumber | null): void;
  resize(size: TerminalSize): void;
  /** A marker for the replay: a verdict, a hold, a notice. */
  mark(label: string): void;
  /** What was shown is noted now, as far as it is masked. */
  flush(): void;
  /** A file went through. */
  file(transfer: FileTransfer): void;
  close(exit: Exit): void;
}

export interface OutputFlow {
  /** @returns what may be shown now; more follows with later bytes */
  push(chunk: Buffer): Buffer;
  /** Nothing has come for a while. @returns what waited for the end of its line, masked as far as it is known */
  idle(): Buffer;
  /** The stream is over. @returns what was held back */
  end(): Buffer;
  readonly bytes: number;
  readonly maskedCells: number;
}

export interface FileTransfer {
  readonly statement: number;
  readonly direction: 'download' | 'upload';
  /** From `/`, as the target resolved it. */
  readonly path: string;
  readonly bytes: number;
  /** Hex, of the bytes in order; null when they did not go through in order from the start, or not to the end. */
  readonly sha256: string | null;
  readonly complete: boolean;
}
