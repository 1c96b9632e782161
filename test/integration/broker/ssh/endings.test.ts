/** How sessions with a host end, and what ends with them on the host: within two seconds, whatever runs in them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expireGrant, finishGrant, revokeGrant } from '../../../../src/access/end-grant.ts';
import { listSessions } from '../../../../src/access/read-access.ts';
import { terminateSession } from '../../../../src/access/run-session.ts';
import { SERVER_ALIAS, type SshLogin } from '../../../support/ssh/clients.ts';
import { type SshBroker, useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { type DeafBroker, startDeafBroker } from '../deaf-broker.ts';
import { heldBy } from '../hold-harness.ts';
import { ofType, PATIENCE, recorded, startSsh, untilRunning } from './exec-harness.ts';

const WITHIN_MS = 2_000;
const HOUR_MS = 3_600_000;
/** More than is received at the pace of the client until the test is over. */
const SPARSE_BYTES = 1_073_741_824;

const sshd = useSshd();
const OVERSIGHT = 'oversight: { groups: [responders] }';

const broker = useSshBroker({
  sshd,
  settings: OVERSIGHT,
  roles: `
      runner: { shell: exec, allow: [run, read-file, write-file, indirect] }
      operator: { shell: guided }
      breakglass: { shell: raw }`,
});
/** Under its rules there is no raw terminal. A command waits for as long as there is access. */
const reviewing = useSshBroker({
  sshd,
  settings: OVERSIGHT,
  roles: `
      runner: { shell: exec }
      operator: { shell: guided }`,
  rules: `
  - name: changes
    on: { kind: ssh }
    match: { programs: [touch] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 2h }`,
});

/** What runs in a session. */
interface Running {
  readonly of: SshBroker;
  readonly grantId: string;
  /** Resolves when its client has ended, with what that showed. */
  readonly ended: Promise<string>;
}

type Through = Partial<SshLogin>;

async function runCommand(through: Through = {}): Promise<Running> {
  const client = await broker.current.client('runner', through);
  const { closed, output } = startSsh(client, "sh -c 'sleep 8101 & nohup sleep 8102' | sleep 8103");
  await untilRunning(broker.current, 'sleep 8103');
  await untilRunning(broker.current, 'sleep 8102');
  return {
    of: broker.current,
    grantId: client.connection.username,
    ended: closed.then(() => output.stderr),
  };
}

async function runInTerminal(
  options: {
    readonly of?: SshBroker;
    readonly role?: string;
    readonly line?: string;
    readonly until?: string;
  } = {},
): Promise<Running> {
  const {
    of = broker.current,
    role = 'breakglass',
    line = 'sleep 8201 & nohup sleep 8203 & sleep 8202',
    until = 'sleep 8202',
  } = options;
  const client = await of.client(role);
  const terminal = sshTerminal(client);
  await terminal.waitFor(/[$>#] $|[$>#]$/m);
  terminal.type(`${line}${KEY.enter}`);
  if (until !== '') await untilRunning(of, until);
  const ended = terminal.exited.then(async () => {
    await terminal.close();
    return terminal.received();
  });
  return { of, grantId: client.connection.username, ended };
}

async function runTransfer(): Promise<Running> {
  const client = await broker.current.client('runner');
  const there = join(sshd.current.home, 'sparse');
  writeFileSync(there, '');
  truncateSync(there, SPARSE_BYTES);
  const args = ['-F', client.configFile, '-oBatchMode=no', '-l', '8000', '-b', '-', SERVER_ALIAS];
  const child = spawn('sftp', args, { cwd: client.directory, env: client.environment });
  let shown = '';
  child.stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8');
  });
  child.stdin.end('get sparse\n');
  const ended = once(child, 'close').then(() => shown);
  const here = join(client.directory, 'sparse');
  await expect.poll(() => existsSync(here) && statSync(here).size > 0, PATIENCE).toBe(true);
  return { of: broker.current, grantId: client.connection.username, ended };
}

async function holdCommand(through: Through = {}): Promise<Running> {
  const client = await reviewing.current.client('runner', through);
  const { closed, output } = startSsh(client, 'touch never-made');
  await heldBy(reviewing.current, client.connection);
  return {
    of: reviewing.current,
    grantId: client.connection.username,
    ended: closed.then(() => output.stderr),
  };
}

async function holdAtPrompt(): Promise<Running> {
  const running = await runInTerminal({
    of: reviewing.current,
    role: 'operator',
    line: 'touch never-made',
    until: '',
  });
  await heldBy(reviewing.current, { username: running.grantId });
  return running;
}

/** How long it takes from what ends them until every client has ended, and what ran for it on the host. */
async function endedMs(all: readonly Running[], act: (one: Running) => Promise<unknown>): Promise<number> {
  await Promise.all(all.map(act));
  const fromMs = performance.now();
  await Promise.all(all.map(({ ended }) => ended));
  await expect.poll(() => sshd.current.processes(), { ...PATIENCE, interval: 5 }).toEqual([]);
  return performance.now() - fromMs;
}

const everything = (): Promise<Running[]> =>
  Promise.all([
    runCommand(),
    runInTerminal(),
    runInTerminal({ role: 'operator', line: 'sleep 8301 | sleep 8302', until: 'sleep 8302' }),
    runTransfer(),
    holdCommand(),
    holdAtPrompt(),
  ]);

async function terminate({ of, grantId }: Running): Promise<void> {
  const sessions = await listSessions(of.context, { viewer: null, live: true });
  for (const { id } of sessions.filter((session) => session.grantId === grantId))
    await terminateSession(of.context, { sessionId: id, by: of.alice });
}

async function revoke({ of, grantId }: Pick<Running, 'of' | 'grantId'>): Promise<void> {
  const by = await of.access.person('carol', ['responders']);
  await revokeGrant(of.context, { grantId, by, reason: 'laptop stolen' });
}

/** The reason, what clients read, and what ends a session. */
const ENDINGS: readonly [string, string, (one: Running) => Promise<unknown>][] = [
  ['grant-revoked', 'access was revoked', revoke],
  ['grant-done', 'marked as done', ({ of, grantId }) => finishGrant(of.context, { grantId, by: of.alice })],
  ['terminated', 'was terminated', terminate],
  [
    'policy-changed',
    'no longer configured',
    async ({ of }) =>
      of.access.applyPolicy(of.policy.replace(/\b(runner|operator|breakglass)\b/g, '$1-of-before')),
  ],
];

afterEach(() => {
  for (const { current } of [broker, reviewing]) current.access.applyPolicy(current.policy);
});

describe('a session ends within two seconds, with what runs in it on the host', () => {
  test.each(ENDINGS)('%s', async (reason, words, act) => {
    const all = await everything();
    expect(await endedMs(all, act)).toBeLessThan(WITHIN_MS);
    for (const { of, grantId, ended } of all) {
      expect(await ended).toMatch(words);
      expect((await of.endedSession(grantId)).endReason).toBe(reason);
    }
    expect(existsSync(join(sshd.current.home, 'never-made'))).toBe(false);
  });

  test('grant-expired', async () => {
    const all = await everything();
    for (const { current } of [broker, reviewing]) current.access.clock.stepMs(HOUR_MS + 1);
    const took = await endedMs(all, ({ of, grantId }) => expireGrant(of.context, { grantId }));
    expect(took).toBeLessThan(WITHIN_MS);
    for (const { of, grantId, ended } of all) {
      expect(await ended).toMatch('access has expired');
      expect((await of.endedSession(grantId)).endReason).toBe('grant-expired');
    }
  });

  test('and the recording says how far a file came', async () => {
    const { grantId, ended } = await runTransfer();
    await revoke({ of: broker.current, grantId });
    await ended;
    const { events } = await recorded(broker.current, grantId);
    const files = ofType(events, 'file');
    expect(files).toMatchObject([{ complete: false, direction: 'download' }]);
    expect(files[0]?.bytes).toBeLessThan(SPARSE_BYTES);
  });
});

describe('a broker that hears of nothing', () => {
  let deaf: DeafBroker;
  let deafReviewing: DeafBroker;
  beforeAll(async () => {
    deaf = await startDeafBroker(broker.current);
    deafReviewing = await startDeafBroker(reviewing.current);
  });
  afterAll(() => Promise.all([deaf.stop(), deafReviewing.stop()]));

  const port = (of: DeafBroker): Through => (of.sshPort === null ? {} : { port: of.sshPort });

  test.each([
    ['grant-revoked', revoke],
    ['terminated', terminate],
  ])('%s within two seconds', async (reason, act) => {
    const all = await Promise.all([runCommand(port(deaf)), holdCommand(port(deafReviewing))]);
    expect(await endedMs(all, act)).toBeLessThan(WITHIN_MS);
    for (const { of, grantId } of all) expect((await of.endedSession(grantId)).endReason).toBe(reason);
  });
});

describe('what leaves its session on the host', () => {
  test('outlives it, as the documentation says: what has made a session of its own', async () => {
    const client = await broker.current.client('runner');
    const { closed } = startSsh(client, 'setsid sleep 8401 </dev/null >/dev/null 2>&1 | sleep 8402');
    await untilRunning(broker.current, 'sleep 8402');
    await untilRunning(broker.current, 'sleep 8401');
    await revoke({ of: broker.current, grantId: client.connection.username });
    await closed;
    await untilRunning(broker.current, 'sleep 8402', false);
    const left = sshd.current.processes();
    expect(left.map(({ command }) => command)).toEqual(['sleep 8401']);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
  });
});
