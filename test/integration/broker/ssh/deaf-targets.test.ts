/**
 * Targets whose server does not pass signals on to programs: what runs there is stopped all the same, by its process
 * group.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revokeGrant } from '../../../../src/access/end-grant.ts';
import { type DeafHost, startDeafHost } from '../../../support/ssh/deaf-host.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { connect, exec, PATIENCE, startSsh } from './exec-harness.ts';

const WITHIN_MS = 2_000;

const scratch = mkdtempSync(join(tmpdir(), 'sallyport-forced-'));
chmodSync(scratch, 0o755);
const forced = join(scratch, 'forced');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** All that the account runs goes through a program, and sshd signals nothing that does. */
const sshd = useSshd({ settings: [`ForceCommand ${forced}`] });
/** Where it stays root for a connection, it signals nothing either. */
const IS_ROOT = process.getuid?.() === 0;
const rootSshd = IS_ROOT ? useSshd({ asRoot: true }) : null;
let deafHost: DeafHost;
const broker = useSshBroker({
  sshd,
  settings: 'oversight: { groups: [responders] }',
  roles: `
      runner: { shell: exec, allow: [run, read-file, write-file, indirect] }
      operator: { shell: guided }
      breakglass: { shell: raw }`,
});

beforeAll(async () => {
  deafHost = await startDeafHost();
});
afterAll(() => deafHost.stop());

interface Target {
  readonly name: string;
  /** Makes it the target of the policy. */
  readonly use: () => Pick<DeafHost, 'processes'>;
  readonly hasTerminals: boolean;
}

function useForced(lastLine: string): ReturnType<Target['use']> {
  const words =
    'set -- /bin/bash -i; [ -z "$SSH_ORIGINAL_COMMAND" ] || set -- /bin/sh -c "$SSH_ORIGINAL_COMMAND"';
  writeFileSync(forced, `#!/bin/sh\n${words}\n${lastLine}\n`, { mode: 0o755 });
  broker.current.access.applyPolicy(broker.current.policy);
  return sshd.current;
}

function useOther<Host extends DeafHost>(host: Host): Host {
  const { access, policy } = broker.current;
  const { address, hostKey, privateKeyFile } = sshd.current;
  access.applyPolicy(
    policy
      .replace(address, host.address)
      .replace(hostKey, host.hostKey)
      .replace(privateKeyFile, host.privateKeyFile),
  );
  return host;
}

const TARGETS: readonly Target[] = [
  {
    name: 'OpenSSH with a forced command that becomes the command',
    use: () => useForced('exec "$@"'),
    hasTerminals: true,
  },
  {
    name: 'OpenSSH with a forced command that waits for the command',
    use: () => useForced('"$@"\nexit $?'),
    hasTerminals: true,
  },
  {
    name: 'a server that runs commands and no more',
    use: () => useOther(deafHost),
    hasTerminals: false,
  },
  ...(rootSshd === null
    ? []
    : [{ name: 'OpenSSH for root', use: () => useOther(rootSshd.current), hasTerminals: true }]),
];

const commandsOf = (on: ReturnType<Target['use']>): string[] =>
  on.processes().flatMap(({ command }) => (command.startsWith('sleep') ? [command] : []));

describe.each(TARGETS)('$name', ({ use, hasTerminals }) => {
  test('a revocation ends commands and terminals, with their process groups, within two seconds', async () => {
    const on = use();
    const runner = await broker.current.client('runner');
    const { closed } = startSsh(runner, "sh -c 'sleep 9101 & nohup sleep 9102' | sleep 9103");
    const operator = await broker.current.client('operator');
    const terminal = sshTerminal(operator);
    await terminal.waitFor(/\$ ?$/);
    terminal.type(`sleep 9104 | sleep 9105${KEY.enter}`);
    const breakglass = await broker.current.client('breakglass');
    const raw = hasTerminals ? sshTerminal(breakglass) : null;
    await raw?.waitFor(/[$#] ?$/);
    raw?.type(`nohup sleep 9106 & sleep 9107${KEY.enter}`);
    await expect.poll(() => commandsOf(on).length, PATIENCE).toBe(hasTerminals ? 7 : 5);

    const by = await broker.current.access.person('carol', ['responders']);
    const sessions = hasTerminals ? [runner, operator, breakglass] : [runner, operator];
    const grants = sessions.map(({ connection }) => connection.username);
    for (const grantId of grants)
      await revokeGrant(broker.current.context, { grantId, by, reason: 'laptop stolen' });
    const fromMs = performance.now();
    await Promise.all([closed, terminal.exited, raw?.exited]);
    await expect.poll(() => commandsOf(on), { ...PATIENCE, interval: 5 }).toEqual([]);
    expect(performance.now() - fromMs).toBeLessThan(WITHIN_MS);
    await Promise.all([terminal.close(), raw?.close()]);
    for (const grantId of grants)
      expect((await broker.current.endedSession(grantId)).endReason).toBe('grant-revoked');
  });

  test('Ctrl-C stops a guided command, and a signal of a client another, and their sessions go on', async () => {
    const on = use();
    const terminal = sshTerminal(await broker.current.client('operator'));
    await terminal.waitFor(/\$ ?$/);
    terminal.type(`sleep 9201 | sleep 9202${KEY.enter}`);
    await expect.poll(() => commandsOf(on).length, PATIENCE).toBe(2);
    terminal.type(KEY.ctrlC);
    await terminal.waitFor(/\[(?:signal INT|exit 130)\]/);
    await expect.poll(() => commandsOf(on), PATIENCE).toEqual([]);
    terminal.type(`echo goes on${KEY.enter}`);
    await terminal.waitFor(/^goes on$/m);
    await terminal.close();

    const connection = await connect(broker.current.login(await broker.current.connection('runner')));
    const command = await exec(connection, 'sleep 9203 | sleep 9204');
    await expect.poll(() => commandsOf(on).length, PATIENCE).toBe(2);
    command.channel.signal('TERM');
    await command.exited;
    await expect.poll(() => commandsOf(on), PATIENCE).toEqual([]);
    connection.end();
  });
});
