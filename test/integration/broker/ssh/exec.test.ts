/** `ssh host command` through the broker: what runs, what does not, and what comes back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { connect, exec, ofType, PATIENCE, recorded, startSsh, untilRunning } from './exec-harness.ts';

const CARD = '4111111111111111';
const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }
      look: { shell: exec, programs: [ls, cat, echo] }
      deaf: { shell: exec, stdin: nothing }
      everything: { shell: exec, allow: [run, read-file, write-file, access-admin, indirect] }
      breakglass: { shell: raw }`,
  rules: `
  - name: no-touch
    on: { kind: ssh }
    match: { programs: [touch] }
    action: deny
    message: |
      Nothing is made
      here.`,
  masks: '  - { name: cards, detect: [credit-card], with: { keepLast: 4 } }',
});

describe('a command that is allowed', () => {
  test('runs at home, with its status and both outputs, and is recorded as it was sent', async () => {
    const client = await broker.current.client('run');
    const result = await client.ssh('pwd;   ls   "/missing"; exit 3');
    expect(result).toEqual({
      status: 3,
      stdout: `${sshd.current.home}\n`,
      stderr: expect.stringMatching(/^ls: .*missing.*\n$/),
    });
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement')).toMatchObject([
      { text: 'pwd; ls /missing; exit 3', verdict: { action: 'allow' } },
    ]);
    expect(ofType(events, 'outcome')).toMatchObject([{ tags: ['exit 3'], error: null }]);
    expect(ofType(events, 'output').map(({ stream, text }) => [stream, text])).toEqual(
      expect.arrayContaining([
        ['stdout', result.stdout],
        ['stderr', result.stderr],
      ]),
    );
    expect(ofType(events, 'channel-end')).toMatchObject([{ status: 3, signal: null }]);
  });

  test('reads nothing under a role that says so', async () => {
    const client = await broker.current.client('deaf');
    const { status, stdout, stderr } = await client.ssh('cat', { input: 'what nobody reads\n' });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('What you send is not read: the role deaf says stdin: nothing.');
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'input')).toEqual([]);
  });

  test('that is ended by a signal says so', async () => {
    const login = broker.current.login(await broker.current.connection('everything'));
    const connection = await connect(login);
    const { exited } = await exec(connection, `exec sh -c 'kill -s KILL $$'`);
    expect(await exited).toEqual({ status: null, signal: 'SIGKILL' });
    connection.end();
    const { events } = await recorded(broker.current, login.username);
    expect(ofType(events, 'outcome')).toMatchObject([{ tags: ['signal KILL'] }]);
  });

  test('reads what its client sends, which is recorded in the masked view, and its end', async () => {
    const client = await broker.current.client('run');
    const input = `first\npaid with ${CARD}\nwithout an end`;
    const { stdout } = await client.ssh('cat > sent; wc -c < sent', { input });
    expect(Number(stdout)).toBe(input.length);
    expect(readFileSync(join(sshd.current.home, 'sent'), 'utf8')).toBe(input);
    const { events } = await recorded(broker.current, client.connection.username);
    const sent = ofType(events, 'input').map(({ text }) => text);
    expect(sent.join('')).toContain('first\npaid with ************1111\nwithout an end');
  });

  test('has what it prints masked, wherever the bytes are cut, and counted', async () => {
    const client = await broker.current.client('run');
    writeFileSync(join(sshd.current.home, 'cards'), `a ${CARD}\nb ${CARD}`);
    const { stdout } = await client.ssh(
      `printf ${CARD.slice(0, 7)}; printf '${CARD.slice(7)}\\n'; cat cards`,
    );
    expect(stdout).toBe('************1111\na ************1111\nb ************1111');
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'outcome')).toMatchObject([{ maskedCells: 3 }]);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { maskedCells: 3, commands: 1, denied: 0 } }]);
    expect(JSON.stringify(ofType(events, 'output'))).not.toContain(CARD);
  });

  test('has the variables that its role lets a client set, and no others', async () => {
    const client = await broker.current.client('run');
    const { stdout } = await client.ssh('printenv LC_TIME; printenv OTHER; printenv SHELL', {
      arguments: ['-o', 'SetEnv=LC_TIME=C OTHER=1'],
    });
    expect(stdout).toBe('C\n/bin/sh\n');
    const hiding = await client.ssh('ls', { arguments: ['-o', 'SetEnv=LC_ALL=../../tmp/a'] });
    expect(hiding).toMatchObject({
      status: 126,
      stderr: expect.stringContaining('obey the variable LC_ALL'),
    });
  });
});

describe('a command that is denied', () => {
  test('says the rule, its message and what to do, and does not reach the host', async () => {
    const client = await broker.current.client('run');
    const { username } = client.connection;
    const result = await client.ssh('ls / && touch made');
    expect(result.status).toBe(126);
    expect(result.stdout).toBe('');
    expect(result.stderr.split('\n').slice(0, 3)).toEqual([
      'sallyport: Nothing is made here.',
      'sallyport: Rule: no-touch. The command did not reach web-1.',
      expect.stringMatching(new RegExp(`role run until [0-9-]{10} [0-9:]{5} UTC \\(${username}\\)`)),
    ]);
    expect(existsSync(join(sshd.current.home, 'made'))).toBe(false);
    const { events } = await recorded(broker.current, username);
    expect(ofType(events, 'statement')).toMatchObject([{ verdict: { action: 'deny', rule: 'no-touch' } }]);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { commands: 1, denied: 1, bytes: 0 } }]);
  });

  test.each([
    ['bash', 'touch made\n'],
    ['sh -s', 'touch made\n'],
    ['sh', 'touch made\n'],
    ['cat | sh', 'touch made\n'],
    ['ls $(touch made)', ''],
    ['ls; `touch made`', ''],
    ['ls \u001b[2K', ''],
  ])('%j is not a way to run what it reads', async (command, input) => {
    const client = await broker.current.client('run');
    const { status, stderr } = await client.ssh(command, { input });
    expect({ status, stderr }).toEqual({ status: 126, stderr: expect.stringContaining('sallyport: ') });
    expect(stderr).not.toContain('\u001b');
    expect(existsSync(join(sshd.current.home, 'made'))).toBe(false);
  });

  test('that moves files past the rules about files says what does it instead', async () => {
    const client = await broker.current.client('everything');
    const scp = await client.scp(['-O', 'target:sent', 'received']);
    expect(scp.status).not.toBe(0);
    expect(scp.stderr).toContain('Use scp without -O');
    const look = await broker.current.client('look');
    const refused = await look.run('rsync', ['-e', look.command, 'target:sent', 'received']);
    expect(refused.stderr).toContain('Use sftp or scp');
    writeFileSync(join(sshd.current.home, 'synced'), 'it');
    const allowed = await broker.current.client('run');
    const rsync = await allowed.run('rsync', ['-e', allowed.command, 'target:synced', 'received']);
    expect(rsync).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(allowed.directory, 'received'), 'utf8')).toBe('it');
  });

  test('under a role that lists programs nothing else runs, and under a raw one rules hold for commands', async () => {
    const look = await broker.current.client('look');
    expect((await look.ssh('echo in; cat /dev/null')).stdout).toBe('in\n');
    expect((await look.ssh('id')).stderr).toContain('does not run id');
    const raw = await broker.current.client('breakglass');
    expect((await raw.ssh('touch made')).stderr).toContain('Rule: no-touch');
  });
});

describe('a running command', () => {
  test('gets the signals of its client, for the whole group of its processes', async () => {
    const connection = await connect(broker.current.login(await broker.current.connection('run')));
    const { channel, exited } = await exec(connection, 'sleep 7001 | sleep 7002');
    await untilRunning(broker.current, 'sleep 7002');
    channel.signal('TERM');
    expect(await exited).toEqual({ status: null, signal: 'SIGTERM' });
    await untilRunning(broker.current, 'sleep 7001', false);
    connection.end();
  });

  test('is killed with all that it started when its channel is closed, or its client', async () => {
    const connection = await connect(broker.current.login(await broker.current.connection('run')));
    const { channel } = await exec(connection, 'nohup sleep 7003 | sleep 7004');
    await untilRunning(broker.current, 'sleep 7004');
    channel.close();
    await untilRunning(broker.current, 'sleep 7003', false);
    const after = await exec(connection, 'echo goes on');
    await after.exited;
    expect(after.output.stdout).toBe('goes on\n');
    connection.end();
    const client = await broker.current.client('run');
    const { child, closed } = startSsh(client, 'nohup sleep 7005 | nohup sleep 7006');
    await untilRunning(broker.current, 'nohup sleep 7006', false);
    await untilRunning(broker.current, 'sleep 7006');
    child.kill('SIGKILL');
    await closed;
    await untilRunning(broker.current, 'sleep 7005', false);
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'outcome')).toHaveLength(1);
  });

  test('leaves the other channels of its connection alone', async () => {
    const connection = await connect(broker.current.login(await broker.current.connection('run')));
    const commands = await Promise.all(
      Array.from({ length: 8 }, (_, index) => exec(connection, `cat; echo ${index} >&2; exit ${index}`)),
    );
    for (const [index, { channel }] of commands.entries()) channel.end(`for ${index}`);
    for (const [index, { exited, output }] of commands.entries()) {
      expect(await exited).toEqual({ status: index, signal: null });
      expect(output).toEqual({ stdout: `for ${index}`, stderr: `${index}\n` });
    }
    connection.end();
  });
});

describe('a client with a terminal', () => {
  test('sees lines where they belong, and can type, interrupt and end what it sends', async () => {
    const client = await broker.current.client('run');
    const listing = sshTerminal(client, { command: 'echo one; echo two' });
    expect(await listing.exited).toMatchObject({ status: 0 });
    expect(listing.received()).toContain('one\r\ntwo\r\n');
    const typing = sshTerminal(client, { command: 'cat; echo over' });
    await untilRunning(broker.current, 'cat');
    typing.type('it\r');
    await typing.waitFor('it');
    typing.type(KEY.ctrlD);
    await typing.waitFor('over');
    const sleeping = sshTerminal(client, { command: 'sleep 7007' });
    await untilRunning(broker.current, 'sleep 7007');
    sleeping.type(KEY.ctrlC);
    await sleeping.exited;
    await untilRunning(broker.current, 'sleep 7007', false);
    await Promise.all([listing.close(), typing.close(), sleeping.close()]);
    const { events } = await recorded(broker.current, client.connection.username);
    // What is typed is not echoed, so it could be a password.
    expect(ofType(events, 'input')).toEqual([]);
  });
});

test('what a command asks on a line without an end is shown while it waits, masks or not', async () => {
  const client = await broker.current.client('run');
  const { child, closed, output } = startSsh(client, `printf 'paid with ${CARD}: '; cat`);
  await expect.poll(() => output.stdout, PATIENCE).toBe('paid with ************1111: ');
  child.stdin.end('yes');
  await closed;
  expect(output).toEqual({ stdout: 'paid with ************1111: yes', stderr: '' });
});
