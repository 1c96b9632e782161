/** The guided shell through real clients: `ssh` on a real terminal, `ssh -T` with a script, plink. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { revokeGrant } from '../../../../src/access/end-grant.ts';
import type { RevealedHost } from '../../../../src/access/views.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal, type TestTerminal } from '../../../support/ssh/terminal.ts';
import { decide, heldBy } from '../hold-harness.ts';
import { ofType, PATIENCE, recorded } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      operator: { shell: guided }
      look: { shell: guided, programs: [ls, cat, echo] }
      breakglass: { shell: raw }`,
  rules: `
  - { name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny, message: Nothing is made here. }
  - { name: changes, on: { kind: ssh }, match: { programs: [mkdir] }, action: review, message: Somebody else has to agree., approval: { from: [{ group: dba, count: 1 }], within: 5m } }`,
});

const PROMPT = /deploy@[^ :]+:~\$ ?$/;

async function atPrompt(
  role = 'operator',
): Promise<{ terminal: TestTerminal; grantId: string; connection: RevealedHost }> {
  const client = await broker.current.client(role);
  const terminal = sshTerminal(client);
  await terminal.waitFor(PROMPT);
  return { terminal, grantId: client.connection.username, connection: client.connection };
}

async function left(terminal: TestTerminal): Promise<number> {
  terminal.type(KEY.ctrlD);
  const { status } = await terminal.exited;
  await terminal.close();
  return status;
}

describe('a person at a terminal', () => {
  test('sees who they are, runs commands, goes to directories and leaves with the last status', async () => {
    mkdirSync(join(sshd.current.home, 'app'), { recursive: true });
    writeFileSync(join(sshd.current.home, 'app', 'notes.txt'), 'some notes\n');
    const { terminal, grantId } = await atPrompt();
    expect(terminal.scrollback()).toContain('Alice on web-1');
    terminal.type(`cd ap${KEY.tab}${KEY.enter}`);
    await terminal.waitFor(/:~\/app\$ ?$/);
    terminal.type(`cat no${KEY.tab}${KEY.enter}`);
    await terminal.waitFor(/^some notes$/m);
    terminal.type(`ls missing${KEY.enter}`);
    await terminal.waitFor('[exit 2]');
    expect(await left(terminal)).toBe(2);
    const { events } = await recorded(broker.current, grantId);
    const texts = ofType(events, 'statement').map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['cat notes.txt', 'ls missing']));
    expect(ofType(events, 'channel')).toMatchObject([{ kind: 'guided' }]);
    expect(ofType(events, 'input').map(({ text }) => text)).toContain('cat notes.txt \n');
  });

  test('is told why a command is refused, and nothing of it runs', async () => {
    const { terminal } = await atPrompt();
    for (const line of ['touch x', 't"ou"ch x', 'c=touch; $c x', 'sh <<E\rtouch x\rE', '!!'])
      terminal.type(`${line}${KEY.enter}`);
    terminal.type(`touch x${KEY.ctrlU}${KEY.ctrlY}${KEY.ctrlO}`);
    await terminal.waitFor(/(?:Nothing is made here\.[\s\S]*){3}/);
    terminal.type(`${KEY.up}${KEY.enter}`);
    await terminal.waitFor(/(?:Nothing is made here\.[\s\S]*){4}/);
    terminal.type(`echo it is over${KEY.enter}`);
    await terminal.waitFor(/^it is over$/m);
    expect(existsSync(join(sshd.current.home, 'x'))).toBe(false);
    await left(terminal);
  });

  test('edits with history, paste, letters of any width and another window', async () => {
    const { terminal } = await atPrompt();
    terminal.type(`echo one${KEY.enter}`);
    await terminal.waitFor(/^one$/m);
    terminal.type(`${KEY.up}${KEY.left}${KEY.left}${KEY.left}漢字👍 ${KEY.enter}`);
    await terminal.waitFor(/^漢字👍 one$/m);
    terminal.type(`${KEY.pasteStart}echo first\necho second\n${KEY.pasteEnd}`);
    await terminal.waitFor('> echo second');
    expect(terminal.scrollback()).not.toMatch(/^first$/m);
    terminal.resize({ columns: 30, rows: 12 });
    terminal.type(`${KEY.enter}`);
    await terminal.waitFor(/^second$/m);
    terminal.type(`echo ${'x'.repeat(50)}${KEY.home}${KEY.end}y`);
    await terminal.waitFor(`echo ${'x'.repeat(50)}y`);
    terminal.type(KEY.enter);
    await terminal.waitFor(new RegExp(`^${'x'.repeat(50)}y$`, 'm'));
    terminal.type(`${KEY.ctrlR}first${KEY.ctrlE}${KEY.ctrlC}`);
    await terminal.waitFor('^C');
    await left(terminal);
  });

  test('stops what runs with Ctrl-C, and the process group with it', async () => {
    const { terminal } = await atPrompt();
    terminal.type(`sleep 77 | cat${KEY.enter}`);
    const sleeps = (): boolean =>
      sshd.current.processes().some(({ command }) => command.includes('sleep 77'));
    await expect.poll(sleeps, PATIENCE).toBe(true);
    terminal.type(KEY.ctrlC);
    await terminal.waitFor('[signal INT]');
    await expect.poll(sleeps, PATIENCE).toBe(false);
    terminal.type(`vim x${KEY.enter}`);
    await terminal.waitFor('as breakglass');
    await left(terminal);
  });

  test('is told when the access is revoked, in a row of its own, and the command ends', async () => {
    const { terminal, grantId } = await atPrompt();
    terminal.type(`sleep 78${KEY.enter}`);
    const sleeps = (): boolean =>
      sshd.current.processes().some(({ command }) => command.includes('sleep 78'));
    await expect.poll(sleeps, PATIENCE).toBe(true);
    const { access } = broker.current;
    const overseer = await access.person('carol', ['responders']);
    access.context.policy.current().document.oversight.groups.push('responders');
    await revokeGrant(access.context, { grantId, by: overseer, reason: 'enough' });
    await terminal.waitFor(/^sallyport: /m);
    await terminal.exited;
    await expect.poll(sleeps, PATIENCE).toBe(false);
    await terminal.close();
  });
});

describe('a command that needs approval', () => {
  test('says who is asked and how long they have, and runs once it is approved, where it was typed', async () => {
    const { terminal, connection } = await atPrompt();
    terminal.type(`D='two words'${KEY.enter}mkdir "$D"${KEY.enter}`);
    const hold = await heldBy(broker.current, connection);
    expect(hold).toMatchObject({ text: "mkdir 'two words'", context: { directory: sshd.current.home } });
    await terminal.waitFor(new RegExp(`${hold.id} waits for approval: .* left`));
    expect(existsSync(join(sshd.current.home, 'two words'))).toBe(false);
    await decide(broker.current, hold);
    await terminal.waitFor(`${hold.id} was approved by Dana`);
    expect(terminal.scrollback()).not.toContain('left\n');
    await expect.poll(() => existsSync(join(sshd.current.home, 'two words')), PATIENCE).toBe(true);
    await left(terminal);
  });
});

describe('without a terminal', () => {
  test('ssh -T runs a script line by line, and answers with the last status', async () => {
    const client = await broker.current.client('look');
    const script = 'echo one\ncd /usr\ntouch x\nls -d bin\ncat <<E\nan end\nE\nls /missing\n';
    const result = await client.ssh(null, { arguments: ['-T'], input: script });

    expect(result).toMatchObject({ status: 2, stdout: 'one\nbin\nan end\n' });
    expect(result.stderr).toContain('Rule: no-touch.');
  });

  test('plink does the same', async () => {
    const client = await broker.current.client('look');
    const { port, hostKey } = broker.current;
    const { username, password } = client.connection;
    writeFileSync(join(client.directory, 'secret'), `${password}\n`, { mode: 0o600 });
    const args = [
      '-ssh',
      '-batch',
      '-T',
      '-P',
      `${port}`,
      '-l',
      username,
      '-pwfile',
      join(client.directory, 'secret'),
    ];
    const fingerprint = await client.run('sh', [
      '-c',
      `echo '${hostKey}' | ssh-keygen -lf - | cut -d' ' -f2`,
    ]);
    const result = await client.run('plink', [...args, '-hostkey', fingerprint.stdout.trim(), '127.0.0.1'], {
      input: 'echo one\r\ntouch x\r\necho two\r\n',
    });
    expect(result).toMatchObject({ status: 0, stdout: 'one\ntwo\n' });
  });

  test('ssh -tt with a script shows each line and runs it', async () => {
    const client = await broker.current.client('look');
    const result = await client.ssh(null, { arguments: ['-tt'], input: 'echo one\necho two\nexit 3\n' });
    expect(result.status).toBe(3);
    expect(result.stdout).toMatch(/\$ echo one\r\n.*one\r\n.*\$ echo two\r\n.*two\r\n/);
  });
});
