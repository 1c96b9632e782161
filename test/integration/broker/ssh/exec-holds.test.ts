/** Commands on a host that people must agree to: who is asked about what, and what runs then. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { approveNext, decide, heldBy, holdsIn, holdsOf } from '../hold-harness.ts';
import { connect, exec, ofType, PATIENCE, recorded, startSsh, untilRunning } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec, environment: [LC_*, DEPLOY_*] }`,
  rules: `
  - name: changes
    on: { kind: ssh }
    match: { programs: [touch, mkdir, tee, sleep] }
    action: review
    message: Somebody else has to agree.
    approval: { from: [{ group: dba, count: 1 }], within: 5m }`,
});

const made = (name: string): boolean => existsSync(join(sshd.current.home, name));

describe('a held command', () => {
  test('runs exactly as the approver saw it, where and with what they saw', async () => {
    const client = await broker.current.client('run', { settings: ['SetEnv DEPLOY_TARGET="the cellar"'] });
    const { child, closed, output } = startSsh(client, `touch   "two  words" 'it'\\''s'&&echo done>log`);
    const hold = await heldBy(broker.current, client.connection);
    const text = `touch 'two  words' 'it'\\''s' && echo done >log`;
    expect(hold).toMatchObject({
      text,
      textSha256: createHash('sha256').update(text).digest('hex'),
      rule: 'changes',
      reason: 'Somebody else has to agree.',
      effects: ['run', 'write-file'],
      relations: [join(sshd.current.home, 'log')],
      context: {
        directory: sshd.current.home,
        environment: [{ name: 'DEPLOY_TARGET', value: 'the cellar' }],
        stdin: 'nothing',
      },
    });
    await expect.poll(() => output.stderr, PATIENCE).toContain(`waits for approval: ${hold.id}`);
    expect(output.stderr).toContain('Asked: 1 of dba');
    expect(made('two  words')).toBe(false);
    await decide(broker.current, hold);
    expect(await closed).toBe(0);
    expect(output.stderr).toContain(`${hold.id} was approved by Dana`);
    expect([made('two  words'), made("it's"), made('log')]).toEqual([true, true, true]);
    child.stdin.destroy();
    const { events } = await recorded(broker.current, client.connection.username);
    expect(holdsIn(events)).toEqual(['1 review', '1 held', '1 approved', '1 done']);
    expect(ofType(events, 'statement')).toMatchObject([{ text, textSha256: hold.textSha256 }]);
  });

  test('reads nothing, and its client is told', async () => {
    const client = await broker.current.client('run');
    const { child, closed, output } = startSsh(client, 'tee read');
    child.stdin.write('nobody has seen this\n');
    await approveNext(broker.current, client.connection);
    expect(await closed).toBe(0);
    expect(output.stdout).toBe('');
    expect(output.stderr.match(/What you send is not read/g)).toHaveLength(1);
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'input')).toEqual([]);
  });

  test('that is denied says who denied it and why', async () => {
    const client = await broker.current.client('run');
    const { closed, output } = startSsh(client, 'touch denied');
    const hold = await heldBy(broker.current, client.connection);
    await decide(broker.current, hold, { verdict: 'deny', note: 'not on Fridays' });
    expect(await closed).toBe(126);
    expect(output.stderr).toContain(`${hold.id} was denied by Dana: not on Fridays. It did not run.`);
    expect(made('denied')).toBe(false);
    const { events } = await recorded(broker.current, client.connection.username);
    expect(holdsIn(events)).toEqual(['1 review', '1 held', '1 denied']);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { commands: 1, held: 1, denied: 1 } }]);
  });

  test('is withdrawn by Ctrl-C, and cannot be approved any more', async () => {
    const client = await broker.current.client('run');
    const terminal = sshTerminal(client, { command: 'touch withdrawn' });
    const hold = await heldBy(broker.current, client.connection);
    await terminal.waitFor(hold.id);
    terminal.type(KEY.ctrlC);
    expect(await terminal.exited).toMatchObject({ status: 126 });
    expect(terminal.received()).toContain('You withdrew the command. It did not run.\r\n');
    const withdrawn = await heldBy(broker.current, client.connection, { state: 'withdrawn' });
    expect(withdrawn.withdrawnBecause).toBe('client');
    await expect(decide(broker.current, hold)).rejects.toMatchObject({ code: 'conflict' });
    expect(made('withdrawn')).toBe(false);
    await terminal.close();
  });

  test('is withdrawn by a signal, or by closing its channel, and the connection goes on', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    for (const [index, giveUp] of [
      ({ channel }: Awaited<ReturnType<typeof exec>>) => channel.signal('TERM'),
      ({ channel }: Awaited<ReturnType<typeof exec>>) => channel.close(),
    ].entries()) {
      const command = await exec(connection, `touch given-up-${index}`);
      await heldBy(broker.current, login, { count: index + 1 });
      giveUp(command);
      await heldBy(broker.current, login, { count: index + 1, state: 'withdrawn' });
      await command.exited;
    }
    const after = await exec(connection, 'echo goes on');
    await after.exited;
    expect(after.output.stdout).toBe('goes on\n');
    connection.end();
    const { events } = await recorded(broker.current, login.username);
    expect(holdsIn(events).filter((line) => line.endsWith('withdrawn'))).toEqual([
      '1 withdrawn',
      '2 withdrawn',
    ]);
  });

  test('is withdrawn by a client that is killed', async () => {
    const client = await broker.current.client('run');
    const { child, closed } = startSsh(client, 'touch killed');
    await heldBy(broker.current, client.connection);
    child.kill('SIGKILL');
    await closed;
    await heldBy(broker.current, client.connection, { state: 'withdrawn' });
    const { events } = await recorded(broker.current, client.connection.username);
    expect(holdsIn(events)).toEqual(['1 review', '1 held', '1 withdrawn']);
    expect(made('killed')).toBe(false);
  });

  test('does not run when the policy changed while it waited', async () => {
    const { access, policy } = broker.current;
    const client = await broker.current.client('run');
    const { closed, output } = startSsh(client, 'touch changed');
    const hold = await heldBy(broker.current, client.connection);
    access.applyPolicy(`${policy}# another version\n`);
    await decide(broker.current, hold);
    expect(await closed).toBe(126);
    expect(output.stderr).toContain('The policy changed while the command waited');
    expect(made('changed')).toBe(false);
    const { events } = await recorded(broker.current, client.connection.username);
    expect(holdsIn(events)).toEqual(['1 review', '1 held', '1 approved', '1 ']);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { denied: 1 } }]);
    access.applyPolicy(policy);
  });
});

describe('an approval for the session', () => {
  test('covers the same text on the same connection and nothing else', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    const first = await exec(connection, 'touch   again');
    await decide(broker.current, await heldBy(broker.current, login), { scope: 'session' });
    expect(await first.exited).toEqual({ status: 0, signal: null });
    const second = await exec(connection, 'touch again');
    expect(await second.exited).toEqual({ status: 0, signal: null });
    expect(second.output.stderr).toContain('approved this command for the session');
    await exec(connection, 'touch again it');
    await heldBy(broker.current, login, { count: 2 });
    const other = await connect(login);
    await exec(other, 'touch again');
    await heldBy(broker.current, login, { count: 3 });
    connection.end();
    other.end();
    await heldBy(broker.current, login, { count: 3, state: 'withdrawn' });
  });

  test('once covers it once', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    const first = await exec(connection, 'touch once');
    await approveNext(broker.current, login);
    await first.exited;
    await exec(connection, 'touch once');
    await heldBy(broker.current, login, { count: 2 });
    connection.end();
  });
});

describe('several commands of one connection', () => {
  test('are asked about one after the other; others go on meanwhile', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    const first = await exec(connection, 'touch first');
    const held = await heldBy(broker.current, login);
    const second = await exec(connection, 'touch second');
    const third = await exec(connection, 'touch third');
    await expect
      .poll(() => second.output.stderr + third.output.stderr, PATIENCE)
      .toMatch(/(?:one command of a session at a time.*){2}/s);
    const other = await exec(connection, 'echo not held');
    await other.exited;
    expect(other.output.stdout).toBe('not held\n');
    // One that gives up in the queue does not let the next past the first.
    second.channel.signal('INT');
    expect(await second.exited).toEqual({ status: 126, signal: null });
    expect(await holdsOf(broker.current, login)).toHaveLength(1);
    await decide(broker.current, held);
    expect(await first.exited).toEqual({ status: 0, signal: null });
    const next = await heldBy(broker.current, login, { count: 2 });
    expect(next.text).toBe('touch third');
    await decide(broker.current, next);
    expect(await third.exited).toEqual({ status: 0, signal: null });
    expect([made('first'), made('second'), made('third')]).toEqual([true, false, true]);
    connection.end();
    const { events } = await recorded(broker.current, login.username);
    expect(holdsIn(events).filter((line) => line.startsWith('2'))).toEqual(['2 review', '2 ']);
  });

  test('what runs after an approval does not keep the next from being asked about', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    await exec(connection, 'sleep 7101');
    await approveNext(broker.current, login);
    await untilRunning(broker.current, 'sleep 7101');
    const second = await exec(connection, 'touch beside');
    await decide(broker.current, await heldBy(broker.current, login, { count: 2 }));
    expect(await second.exited).toEqual({ status: 0, signal: null });
    connection.end();
    await untilRunning(broker.current, 'sleep 7101', false);
  });
});
