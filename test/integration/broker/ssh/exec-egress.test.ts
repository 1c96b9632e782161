/** Limits on the bytes that leave a host: per command, per session and per grant. */
import { describe, expect, test } from 'vitest';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { connect, exec, ofType, recorded } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }`,
  rules: `
  - name: per-command
    on: { kind: ssh }
    match: { programs: [head], bytesOver: 100000 }
    action: stop
    message: No bulk copies.
  - name: rows-are-for-databases
    on: { labels: { env: prod } }
    match: { rowsOver: 1 }
    action: stop
  - name: per-session
    on: { kind: ssh }
    match: { programs: [seq], bytesOver: 100, per: session }
    action: stop
  - name: per-grant
    on: { kind: ssh }
    match: { programs: [printf], bytesOver: 20, per: grant }
    action: stop`,
});

describe('a limit on bytes', () => {
  test('lets through what it names and cuts what would exceed it, with all that runs', async () => {
    const within = await broker.current.client('run');
    const all = await within.ssh('head -c 100000 /dev/zero');
    expect({ status: all.status, bytes: all.stdout.length }).toEqual({ status: 0, bytes: 100_000 });
    const client = await broker.current.client('run');
    const { status, stdout, stderr } = await client.ssh('head -c 100001 /dev/zero; sleep 7201');
    expect(status).not.toBe(0);
    expect(stdout.length).toBeLessThanOrEqual(100_000);
    expect(stderr).toContain('No bulk copies. The session was stopped by the rule per-command');
    const session = await broker.current.endedSession(client.connection.username);
    expect(session.endReason).toBe('stopped-by-rule');
    expect(session.counts.bytes).toBe(stdout.length);
    expect(broker.current.sshd.processes().some(({ command }) => command === 'sleep 7201')).toBe(false);
  });

  test('counts stderr as well, and each command for itself', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    for (let count = 0; count < 3; count += 1) {
      const { exited } = await exec(connection, 'head -c 50000 /dev/zero; head -c 40000 /dev/zero >&2');
      expect(await exited).toEqual({ status: 0, signal: null });
    }
    const { exited } = await exec(connection, 'head -c 50001 /dev/zero >&2; head -c 50000 /dev/zero');
    await exited;
    expect((await broker.current.endedSession(login.username)).endReason).toBe('stopped-by-rule');
    connection.end();
  });

  test('per session counts all of its commands, those that it does not mean left out', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    for (let count = 0; count < 4; count += 1) {
      const { exited, output } = await exec(connection, 'seq 10');
      expect(await exited).toEqual({ status: 0, signal: null });
      expect(output.stdout.length).toBe(21);
      await (await exec(connection, 'echo not counted: no program that the rule means')).exited;
    }
    const { exited, output } = await exec(connection, 'seq 10');
    await exited;
    expect(output.stdout).toBe('');
    const { events } = await recorded(broker.current, login.username);
    expect(ofType(events, 'end')).toMatchObject([{ reason: 'stopped-by-rule' }]);
  });

  test('per grant is shared by its sessions', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const [first, second] = [await connect(login), await connect(login)];
    const inFirst = await exec(first, 'printf 123456789012');
    expect(await inFirst.exited).toEqual({ status: 0, signal: null });
    const inSecond = await exec(second, 'printf 123456789');
    await inSecond.exited;
    expect([inFirst.output.stdout, inSecond.output.stdout]).toEqual(['123456789012', '']);
    expect(inSecond.output.stderr).toContain('per-grant');
    const left = await exec(first, 'printf 12345678');
    await left.exited;
    expect(left.output.stdout).toBe('12345678');
    first.end();
    second.end();
  });
});
