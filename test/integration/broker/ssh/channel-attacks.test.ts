/** Clients that keep to no order and no protocol: what they send in the wrong place changes nothing and ends nobody else. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { tries } from '../../../support/thoroughness.ts';
import { decide, heldBy, holdsOf } from '../hold-harness.ts';
import { connect, exec, ofType, PATIENCE, recorded, untilRunning } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec, environment: [LC_*, DEPLOY_*] }
      all: { shell: exec, allow: [run, read-file, write-file, indirect] }
      none: { shell: exec, sftp: none }`,
  rules: `
  - name: changes
    on: { kind: ssh }
    match: { programs: [touch, printenv, sftp] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }`,
});

/** What ssh2 sends below its own checks. */
interface RawProtocol {
  session(channel: number, window: number, packet: number): void;
  exec(channel: number, command: string, wantReply: boolean): void;
  shell(channel: number, wantReply: boolean): void;
  subsystem(channel: number, name: string, wantReply: boolean): void;
  env(channel: number, name: string, value: string, wantReply: boolean): void;
  pty(
    channel: number,
    rows: number,
    columns: number,
    h: number,
    w: number,
    term: string,
    modes: null,
    wantReply: boolean,
  ): void;
  readonly _cipher: { encrypt(packet: Buffer): void };
  readonly _packetRW: {
    readonly write: {
      readonly allocStart: number;
      alloc(bytes: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
}

const rawOf = (connection: Client): RawProtocol =>
  (connection as unknown as { readonly _protocol: RawProtocol })._protocol;
/** From 0 to below `end`, the same in every run. */
function numbersFrom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

const numberOf = (channel: ClientChannel): number =>
  (channel as unknown as { readonly outgoing: { readonly id: number } }).outgoing.id;
const made = (name: string): boolean => existsSync(join(sshd.current.home, name));

function sendPayload(connection: Client, payload: Buffer): void {
  const {
    _packetRW: { write },
    _cipher,
  } = rawOf(connection);
  const packet = write.alloc(payload.length);
  packet.set(payload, write.allocStart);
  _cipher.encrypt(write.finalize(packet));
}

async function connectAs(role: string): Promise<{ connection: Client; username: string }> {
  const revealed = await broker.current.connection(role);
  const connection = await connect(broker.current.login(revealed));
  connection.on('error', () => undefined);
  return { connection, username: revealed.username };
}

describe('a held command', () => {
  test('runs with the variables that people saw, whatever is set while it waits', async () => {
    const { connection, username } = await connectAs('run');
    const { channel, output, exited } = await exec(connection, 'printenv');
    const hold = await heldBy(broker.current, { username });
    for (const [name, value] of [
      ['DEPLOY_TARGET', 'production'],
      ['LC_ALL', 'C'],
    ] as const)
      rawOf(connection).env(numberOf(channel), name, value, false);
    rawOf(connection).pty(numberOf(channel), 24, 80, 0, 0, 'xterm', null, false);
    // It is behind the others on the wire.
    await exec(connection, 'true').then(({ exited: over }) => over);
    await decide(broker.current, hold);
    expect(await exited).toMatchObject({ status: 0 });
    expect(output.stdout).toContain('HOME=');
    expect(output.stdout).not.toMatch(/DEPLOY_|LC_ALL/);
    connection.end();
  });

  test('is one for each channel that asks, though the text is the same', async () => {
    const { connection, username } = await connectAs('run');
    const first = await exec(connection, 'touch twice');
    const second = await exec(connection, 'touch twice');
    const hold = await heldBy(broker.current, { username });
    await decide(broker.current, hold, { scope: 'once' });
    expect(await first.exited).toMatchObject({ status: 0 });
    const next = await heldBy(broker.current, { username }, { count: 2 });
    expect(next.id).not.toBe(hold.id);
    await decide(broker.current, next, { verdict: 'deny', note: 'once was enough' });
    expect(await second.exited).toMatchObject({ status: 126 });
    connection.end();
  });

  test('that was approved for the session is not the operation on files that reads like it', async () => {
    const { connection, username } = await connectAs('all');
    const at = join(sshd.current.home, 'like-it');
    const command = await exec(connection, `sftp mkdir mode=0755 ${at}`);
    const hold = await heldBy(broker.current, { username });
    await decide(broker.current, hold, { scope: 'session' });
    await command.exited;
    const sftp = await new Promise<import('ssh2').SFTPWrapper>((resolve, reject) => {
      connection.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    const done = new Promise<Error | null | undefined>((resolve) => sftp.mkdir(at, { mode: 0o755 }, resolve));
    const asked = await heldBy(broker.current, { username }, { count: 2 });
    expect(asked.text).toBe(hold.text);
    await decide(broker.current, asked, { verdict: 'deny', note: 'once was enough' });
    expect(await done).toMatchObject({ message: expect.stringContaining('denied') });
    expect(made('like-it')).toBe(false);
    connection.end();
  });
});

test.each([
  ['a name of two lines', 'LC_A\nDEPLOY_B', 'x'],
  ['a value of two lines', 'LC_A', 'x\nLC_B=y'],
  ['a value that changes direction', 'LC_A', 'x\u202ey'],
  ['a value with an escape', 'LC_A', '\u001b[2J'],
])('a variable with %s is refused', async (_title, name, value) => {
  const { connection, username } = await connectAs('run');
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    connection.exec('printenv', { env: { [name]: value, LC_KEPT: 'yes' } }, (error, opened) =>
      error === undefined ? resolve(opened) : reject(error),
    );
  });
  channel.resume();
  const hold = await heldBy(broker.current, { username });
  expect(hold).toMatchObject({ context: { environment: [{ name: 'LC_KEPT', value: 'yes' }] } });
  connection.end();
});

test('one thing runs on a channel, whatever else is asked for on it', async () => {
  const { connection, username } = await connectAs('run');
  const { channel, output, exited } = await exec(connection, 'sleep 0.3');
  const raw = rawOf(connection);
  const number = numberOf(channel);
  raw.exec(number, 'touch second', false);
  raw.shell(number, false);
  raw.subsystem(number, 'sftp', false);
  raw.exec(number, 'echo second', false);
  expect(await exited).toMatchObject({ status: 0 });
  expect(output.stdout).toBe('');
  expect(await holdsOf(broker.current, { username })).toEqual([]);
  connection.end();
  const { events } = await recorded(broker.current, username);
  expect(ofType(events, 'statement').map(({ text }) => text)).toEqual(['sleep 0.3']);
});

test('a command whose client left before the host began it is killed, though it heeds no hang-up', async () => {
  const { connection } = await connectAs('run');
  await exec(connection, 'sleep 62');
  await untilRunning(broker.current, 'sleep 62');
  const processes = sshd.current.processes();
  const shell = processes.find(({ command }) => command === 'sleep 62')?.parent;
  const server = processes.find(({ pid }) => pid === shell)?.parent ?? 0;
  expect(server).toBeGreaterThan(1);
  process.kill(server, 'SIGSTOP');
  try {
    const { channel } = await exec(connection, 'nohup sleep 63');
    channel.close();
    // Longer than what hangs up has before it is killed.
    await sleep(600);
  } finally {
    process.kill(server, 'SIGCONT');
  }
  // Behind it on the wire.
  await exec(connection, 'true').then(({ exited }) => exited);
  await untilRunning(broker.current, 'sleep 63', false);
  await untilRunning(broker.current, 'sleep 62');
  connection.end();
});

test('sftp: none opens no SFTP', async () => {
  const { connection, username } = await connectAs('none');
  await expect(
    new Promise((resolve, reject) => {
      connection.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    }),
  ).rejects.toThrow();
  connection.end();
  const { events } = await recorded(broker.current, username);
  expect(ofType(events, 'statement')).toEqual([]);
});

test('packets at random neither run anything nor end another connection', async () => {
  const other = await connectAs('run');
  const below = numbersFrom(20_261_122);
  for (let round = 0; round < tries({ byDay: 12, byNight: 60 }); round += 1) {
    const { connection } = await connectAs('run');
    const closed = new Promise<void>((resolve) => void connection.once('close', () => resolve()));
    const { channel } = await exec(connection, 'sleep 5');
    for (let packets = 0; packets < 30; packets += 1) {
      const head = Buffer.alloc(5);
      head[0] = 1 + below(100);
      head.writeUInt32BE(below(2) === 0 ? numberOf(channel) : below(4), 1);
      const body = Buffer.from(Array.from({ length: below(60) }, () => (below(4) === 0 ? below(256) : 0)));
      sendPayload(connection, Buffer.concat([head, body]));
    }
    connection.end();
    await closed;
  }
  const { output, exited } = await exec(other.connection, 'echo alive');
  expect(await exited).toMatchObject({ status: 0 });
  expect(output.stdout).toBe('alive\n');
  other.connection.end();
  await expect.poll(() => broker.current.broker.liveSessions, PATIENCE).toBe(0);
});
