/**
 * A guided shell on a terminal emulator, over a shell of this machine in place of a target. The gate, the judge, the
 * run of commands and the recording are the real ones; people who would have to agree are a switch.
 */
import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { Terminal as Xterm } from '@xterm/headless';
import pino from 'pino';
import { expect } from 'vitest';
import { Gate } from '../../../../../src/broker/gate.ts';
import { LiveSession } from '../../../../../src/broker/session.ts';
import { createHostJudge } from '../../../../../src/broker/ssh/commands/host-judge.ts';
import { runCommand } from '../../../../../src/broker/ssh/commands/run-command.ts';
import { serveScriptShell } from '../../../../../src/broker/ssh/guided/script-shell.ts';
import { serveTerminalShell } from '../../../../../src/broker/ssh/guided/terminal-shell.ts';
import type {
  ClientChannel,
  CommandPlace,
  CommandRequest,
  Exit,
  HostInspection,
  HostSession,
  TargetCommand,
  TerminalSize,
} from '../../../../../src/broker/ssh/host-session.ts';
import { parsePolicyDocument } from '../../../../../src/policies/document/parse.ts';
import { hostPolicy } from '../../../../../src/policies/rules/host-policy.ts';
import type { RecordingInput } from '../../../../../src/recording/events.ts';
import { recordedHost } from '../recorded-host.ts';

const COLUMNS = 80;
const ROWS = 24;

export interface WorldOptions {
  /** Of the role `guided`, as YAML. */
  readonly role?: string;
  /** More sections of the policy, as YAML. */
  readonly policy?: string;
  readonly home: string;
  /** False: lines without a terminal. */
  readonly terminal?: boolean;
  readonly environment?: ReadonlyMap<string, string>;
  /** What people answer where they are asked. */
  readonly approve?: boolean;
}

export interface GuidedWorld {
  type(bytes: string | Uint8Array): void;
  endInput(): void;
  /** All that the terminal shows, with what has scrolled away. */
  text(): Promise<string>;
  waitFor(wanted: string | RegExp): Promise<string>;
  resize(size: TerminalSize): void;
  /** What was handed to the run of commands, in order. */
  readonly requests: CommandRequest[];
  /** What the terminal showed when each of them was handed over. */
  readonly shownAt: string[];
  /** What the target was sent, in order, its own questions included. */
  readonly ran: { readonly canonical: string; readonly place: CommandPlace }[];
  /** What the gate recorded. */
  readonly statements: string[];
  /** For each outcome, all output that was recorded before it. */
  readonly outcomes: string[];
  readonly recorded: ReturnType<typeof recordedHost>;
  readonly live: LiveSession;
  readonly clock: { ms: number };
  readonly stderr: () => string;
  closeChannel(): void;
  /** Ends of its own. */
  readonly status: Promise<number>;
}

const BASE = (role: string): string => `
resources:
  - name: web-1
    kind: ssh
    address: 10.0.0.9:22
    hostKey: ssh-ed25519 AAAA
    credential: { username: deploy, privateKey: { file: ./keys/web-1 } }
    roles:
      guided: ${role}
      breakglass: { shell: raw }
`;

export function guidedWorld(options: WorldOptions): GuidedWorld {
  const { role = '{ shell: guided }', terminal = true } = options;
  const parsed = parsePolicyDocument(`${BASE(role)}${options.policy ?? ''}`);
  const document = parsed.ok ? parsed.document : null;
  const applies = document === null ? null : hostPolicy(document, { resource: 'web-1', role: 'guided' });
  if (applies === null) throw new Error(JSON.stringify(parsed));
  const clock = { ms: 1_000_000 };
  const party = { id: 'p-1', kind: 'person', name: 'Alice', email: 'alice@example.com' } as const;
  const live = new LiveSession({
    id: 's-1',
    grant: {
      ...{
        id: 'g-aaaaaaaa',
        requestId: 'r-1',
        kind: 'access',
        state: 'active',
        holder: party,
        approvers: [],
      },
      ...{ resource: 'web-1', resourceKind: 'ssh', role: 'guided', reason: '', incident: null, origin: null },
      ...{ durationMs: 3_600_000, startsAt: new Date(clock.ms), expiresAt: new Date(clock.ms + 3_600_000) },
      ...{ endedAt: null, endedBy: null, revealed: true, problem: null, review: null },
    },
    now: new Date(clock.ms),
    monotonic: () => clock.ms,
    confirmedAtMs: clock.ms,
  });
  const statements: string[] = [];
  const outcomes: string[] = [];
  const recorded = recordedHost();
  const append = (event: RecordingInput): void => {
    if (event.type === 'statement') statements.push(event.text);
    if (event.type === 'outcome') outcomes.push(recorded.text());
  };
  const policy = { version: 'v1', applies, roleName: 'guided', renew: () => true };
  const gate = new Gate<HostInspection>({
    session: live,
    recorder: { append, note: append, flush: () => undefined, onFailure: () => undefined },
    judge: createHostJudge({ policy, brokerAddresses: () => [] }),
    now: () => new Date(clock.ms),
  });
  const ran: GuidedWorld['ran'] = [];
  const facts = {
    account: 'deploy',
    home: options.home,
    directory: options.home,
    hostname: 'web-1.example.com',
    path: '/usr/bin:/bin',
  };
  const session = {
    live,
    gate,
    policy,
    record: recorded.record,
    logger: pino({ level: 'silent' }),
    target: {
      facts,
      run: async (canonical: string, place: CommandPlace) => {
        ran.push({ canonical, place });
        return localCommand(canonical, { ...place, home: options.home });
      },
    },
    holds: {
      ask: () => ({
        queued: false,
        asked: Promise.resolve(null),
        decided: Promise.resolve(
          options.approve === true
            ? { kind: 'approved', hold: 'h-aaaaaaaa', message: 'h-aaaaaaaa was approved by Bob.' }
            : { kind: 'refused', message: 'h-aaaaaaaa was denied by Bob. It did not run.' },
        ),
        withdraw: () => undefined,
      }),
    },
    services: { access: { clock: { now: () => new Date(clock.ms) } }, monotonic: () => clock.ms },
    busy: () => () => undefined,
    noteActivity: () => undefined,
    countBytes: () => true,
    end: () => undefined,
  } as unknown as HostSession;

  const xterm = new Xterm({ cols: COLUMNS, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
  // At once, so that what is on the screen is known at any moment.
  const writeBuffer = (
    xterm as unknown as { _core: { _writeBuffer: { writeSync(bytes: Uint8Array): void } } }
  )._core._writeBuffer;
  const draw = (bytes: Uint8Array): void => writeBuffer.writeSync(bytes);
  const input = new PassThrough();
  let stderr = '';
  const resizes: ((size: TerminalSize) => void)[] = [];
  const closes: (() => void)[] = [];
  const written = (to: (chunk: Buffer) => void): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        to(chunk);
        done();
      },
    });
  const channel: ClientChannel = {
    number: 1,
    input,
    stdout: written((chunk) =>
      draw(terminal ? chunk : Buffer.from(chunk.toString().replaceAll('\n', '\r\n'))),
    ),
    stderr: written((chunk) => {
      stderr += chunk.toString();
    }),
    terminal: terminal ? { term: 'xterm-256color', columns: COLUMNS, rows: ROWS } : null,
    environment: options.environment ?? new Map(),
    offers: { agent: false, x11: null, declined: () => undefined },
    onResize: (listener) => void resizes.push(listener),
    onSignal: () => undefined,
    onClose: (listener) => void closes.push(listener),
    exit: () => undefined,
  };
  const requests: CommandRequest[] = [];
  const shownAt: string[] = [];
  const record = session.record.openChannel({
    number: 1,
    kind: 'guided',
    terminal: channel.terminal,
    detail: null,
  });
  const status = (terminal ? serveTerminalShell : serveScriptShell)({
    session,
    channel,
    record,
    run: (of, request) => {
      requests.push(request);
      shownAt.push(linesOf(xterm));
      return runCommand(of, request);
    },
  });
  const text = async (): Promise<string> => linesOf(xterm);
  return {
    type: (bytes) => void input.write(bytes),
    endInput: () => void input.end(),
    text,
    waitFor: async (wanted) => {
      const shows = async (): Promise<boolean> => {
        const shown = await text();
        return typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown);
      };
      await expect
        .poll(shows, { timeout: 5_000, interval: 5, message: `${wanted} in:\n${await text()}` })
        .toBe(true);
      return text();
    },
    resize: (size) => {
      xterm.resize(size.columns, size.rows);
      for (const listener of resizes) listener(size);
    },
    requests,
    shownAt,
    ran,
    statements,
    outcomes,
    recorded,
    live,
    clock,
    stderr: () => stderr,
    closeChannel: () => {
      for (const listener of closes) listener();
    },
    status,
  };
}

function localCommand(canonical: string, place: CommandPlace & { readonly home: string }): TargetCommand {
  const child = spawn('/bin/sh', ['-c', canonical], {
    cwd: place.directory,
    env: { ...Object.fromEntries(place.environment), HOME: place.home, PATH: '/usr/bin:/bin' },
    detached: true,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal: signal?.replace(/^SIG/, '') ?? null }));
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    signal: (name) => {
      const isOver = child.exitCode !== null || child.signalCode !== null;
      if (child.pid !== undefined && !isOver) process.kill(-child.pid, `SIG${name}`);
    },
    exited,
  };
}

function linesOf({ buffer: { active } }: Xterm): string {
  let text = '';
  for (let y = 0; y < active.length; y += 1) {
    const goesOn = active.getLine(y + 1)?.isWrapped === true;
    text += `${active.getLine(y)?.translateToString(!goesOn) ?? ''}${goesOn ? '' : '\n'}`;
  }
  return text.replace(/\n+$/, '');
}
