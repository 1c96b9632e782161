/** What runs on the target under one connection, and how it is stopped: by process groups, not by closing sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { quoted } from '../../../policies/analyzers/shell/canonical.ts';
import type { SignalName } from '../host-session.ts';
import { sendSignal } from '../ssh2-internals.ts';

const SIGNALLED_MS_MAX = 300;
const SWEPT_MS_MAX = 700;
const TERMINALS_SWEPT_MS_MAX = 500;

/** Leads the group of this very command. Where commands are forced, the shell may be a child of what leads it. */
const OWN = 'own=$$; server=$PPID';
const OWN_FORCED =
  'own=$(ps -o pgid= -p $$) && own=$((own)) && server=$(ps -o ppid= -p "$own") && server=$((server)) || exit';

/**
 * Kills the sessions whose leaders are children of the SSH server's process for this connection, but not `own`. `ps` as
 * POSIX has it, with the one field of sessions that Linux and BSD have.
 */
const SWEEP = `for leader in $(ps -A -o pid= -o ppid= | while read -r pid parent; do
  if [ "$parent" = "$server" ] && [ "$pid" != "$own" ]; then echo "$pid"; fi; done); do
  for pid in $(ps -A -o pid= -o sid= | while read -r pid session; do
    if [ "$session" = "$leader" ]; then echo "$pid"; fi; done); do kill -s KILL "$pid"; done
done 2>/dev/null`;

export interface RunningChannel {
  readonly channel: ClientChannel;
  readonly kind: 'command' | 'terminal';
  /** Its process group, once it is known. */
  group: number | null;
  /** What it was to be signalled before. */
  readonly early: Set<SignalName>;
  /** The leader has ended, though others of its group may hold its outputs. */
  exited: boolean;
}

export function runningChannel(channel: ClientChannel, kind: RunningChannel['kind']): RunningChannel {
  return { channel, kind, group: null, early: new Set(), exited: false };
}

export class RunningChannels {
  readonly #client: Client;
  readonly #signalsAreObeyed: boolean;
  readonly #sweep: string;
  readonly #running = new Set<RunningChannel>();
  #sweeping = false;

  /** @param server.signalsAreObeyed false where the server is known to ignore signals for programs */
  constructor(client: Client, server: { readonly signalsAreObeyed: boolean; readonly isForced: boolean }) {
    this.#client = client;
    this.#signalsAreObeyed = server.signalsAreObeyed;
    this.#sweep = `${server.isForced ? OWN_FORCED : OWN}\n${SWEEP}`;
  }

  add(running: RunningChannel): void {
    this.#running.add(running);
    running.channel.once('close', () => this.#running.delete(running));
  }

  signal(running: RunningChannel, name: SignalName): void {
    if (!this.#running.has(running)) return;
    // Its shell must not end, as it does by HUP when the client's channel closes, before its jobs were found.
    if (this.#sweeping && running.kind === 'terminal') return;
    sendSignal(this.#client, running.channel, name);
    if (this.#signalsAreObeyed && !running.exited) return;
    if (running.group === null) running.early.add(name);
    else void this.#runUnseen(killText(name, [running.group]));
  }

  /** What leads the group has said so. */
  setGroup(running: RunningChannel, group: number): void {
    running.group = group;
    for (const name of running.early) void this.#runUnseen(killText(name, [group]));
    running.early.clear();
  }

  /** SIGKILL for everything that still runs. Takes 1.5 s at most. */
  async killAll(): Promise<void> {
    const terminals = [...this.#running].filter(({ kind }) => kind === 'terminal');
    for (const running of this.#running) if (running.kind === 'command') this.signal(running, 'KILL');
    // Jobs of a terminal have groups of their own, and can be told to be its own only while its shell lives.
    this.#sweeping = terminals.length > 0;
    if (this.#sweeping)
      await Promise.race([
        this.#runUnseen(this.#sweep),
        sleep(TERMINALS_SWEPT_MS_MAX, undefined, { ref: false }),
      ]);
    this.#sweeping = false;
    for (const running of terminals) this.signal(running, 'KILL');
    if (this.#running.size === 0) return;
    await this.#allClosed(SIGNALLED_MS_MAX);
    if (this.#running.size === 0) return;
    const groups = [...this.#running].flatMap(({ group }) => (group === null ? [] : [group]));
    const kill = groups.length === 0 ? '' : killText('KILL', groups);
    const sweep = groups.length === this.#running.size ? '' : this.#sweep;
    await Promise.race([this.#runUnseen(`${kill}\n${sweep}`), this.#allClosed(SWEPT_MS_MAX)]);
  }

  #allClosed(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, withinMs);
      const check = (): void => {
        if (this.#running.size > 0) return;
        clearTimeout(late);
        resolve();
      };
      for (const { channel } of this.#running) channel.once('close', check);
      check();
    });
  }

  /** Resolves when it ended, or could not be run. */
  #runUnseen(text: string): Promise<void> {
    return new Promise((resolve) => {
      try {
        this.#client.exec(`exec /bin/sh -c ${quoted(text)}`, (error, channel) => {
          if (error !== undefined) {
            resolve();
            return;
          }
          channel.on('error', () => undefined);
          channel.resume();
          channel.stderr.resume();
          channel.once('close', resolve);
          channel.end();
        });
      } catch {
        resolve();
      }
    });
  }
}

function killText(name: SignalName, groups: readonly number[]): string {
  return groups.map((group) => `kill -s ${name} -- -${group} 2>/dev/null`).join('\n');
}
