/** Clients for the tests of commands: the real `ssh` in the background, and connections with several channels. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, type ClientChannel } from 'ssh2';
import { expect } from 'vitest';
import type { RecordingEvent } from '../../../../src/recording/events.ts';
import { SERVER_ALIAS, type SshClient, type SshLogin } from '../../../support/ssh/clients.ts';
import type { SshBroker } from '../../../support/ssh/ssh-broker.ts';

export const PATIENCE = { timeout: 15_000, interval: 20 };

export interface BackgroundSsh {
  readonly child: ChildProcessWithoutNullStreams;
  readonly output: { stdout: string; stderr: string };
  /** Its exit status. */
  readonly closed: Promise<number | null>;
}

/** `ssh target command`, with its standard input open. */
export function startSsh(client: SshClient, command: string): BackgroundSsh {
  const child = spawn('ssh', ['-F', client.configFile, SERVER_ALIAS, command], { env: client.environment });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString('utf8');
  });
  child.stdin.on('error', () => undefined);
  return { child, output, closed: once(child, 'close').then(([status]) => status) };
}

/** One connection that opens channels. */
export async function connect({ host, port, username, secret }: SshLogin): Promise<Client> {
  const connection = new Client();
  const ready = once(connection, 'ready');
  connection.connect({ host, port, username, password: [secret ?? ''].flat()[0] ?? '' });
  await ready;
  return connection;
}

export interface OpenCommand {
  readonly channel: ClientChannel;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<{ readonly status: number | null; readonly signal: string | null }>;
}

export async function exec(connection: Client, command: string): Promise<OpenCommand> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    connection.exec(command, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  const output = { stdout: '', stderr: '' };
  channel.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString('utf8');
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString('utf8');
  });
  const exited = new Promise<{ status: number | null; signal: string | null }>((resolve) => {
    let how = { status: null as number | null, signal: null as string | null };
    channel.on('exit', (status: number | null, signal?: string) => {
      how = { status, signal: signal ?? null };
    });
    channel.on('close', () => resolve(how));
  });
  return { channel, output, exited };
}

/** What the recording has of a grant's session, once that has ended. */
export async function recorded(
  broker: SshBroker,
  grantId: string,
): Promise<{ readonly events: readonly RecordingEvent[]; readonly sessionId: string }> {
  const { id: sessionId } = await broker.endedSession(grantId);
  return { events: await broker.events(sessionId), sessionId };
}

export function ofType<Type extends RecordingEvent['type']>(
  events: readonly RecordingEvent[],
  type: Type,
): Extract<RecordingEvent, { readonly type: Type }>[] {
  return events.filter(
    (event): event is Extract<RecordingEvent, { readonly type: Type }> => event.type === type,
  );
}

/** Waits until a program runs on the host, or none does any more. */
export async function untilRunning(broker: SshBroker, command: string, isRunning = true): Promise<void> {
  await expect
    .poll(() => broker.sshd.processes().some((one) => one.command === command), PATIENCE)
    .toBe(isRunning);
}
