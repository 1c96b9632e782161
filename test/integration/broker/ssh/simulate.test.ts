/** What another policy would have decided about a session with a host, from the recording that the session left. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNewPolicy } from '../../../../src/access/apply-policy.ts';
import { adoptPolicyFile } from '../../../../src/access/propose-policy.ts';
import { simulatePolicy } from '../../../../src/access/simulate-policy.ts';
import type { PolicyImpact, SimulatedChange } from '../../../../src/core/policy-impact.ts';
import { openStatementArchive } from '../../../../src/recording/recorded-statements.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';

const sshd = useSshd();
const RULES = '\n  - { name: unused, on: { kind: postgres }, match: { effects: [drop] }, action: deny }';
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec, forwarding: { to: ["127.0.0.1:*"] } }
      terminal: { shell: raw }`,
  rules: RULES,
});

const service = createServer((socket) => socket.end('hello\n'));
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const address = service.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  const { context, policy } = broker.current;
  await adoptPolicyFile(context, { server: 'test', file: readNewPolicy(policy) });
});
afterAll(() => void service.close());

async function simulate(
  changed: (policy: string) => string,
): Promise<{ changes: readonly SimulatedChange[]; impact: PolicyImpact }> {
  const { context, directory, keys, policy } = broker.current;
  const text = changed(policy);
  expect(text, 'the change must change something').not.toBe(policy);
  const archive = openStatementArchive({ directory, keys });
  const steps = simulatePolicy(context, { text, sinceMs: 86_400_000, viewer: null, archive });
  const changes: SimulatedChange[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { changes, impact: step.value };
    if (step.value.kind === 'change') changes.push(step.value.change);
  }
}

const withRule = (rule: string) => (policy: string) => policy.replace(RULES, `${RULES}\n  - ${rule}`);

test('commands, files and forwards are judged by another policy with what was known when they ran', async () => {
  const client = await broker.current.client('run');
  expect(await client.ssh('echo "the hidden word" > notes.txt; cat notes.txt')).toMatchObject({ status: 0 });
  // Where there is no sudo, or none without a password, the other side of the list runs.
  expect(await client.ssh('sudo -n true || true')).toMatchObject({ status: 0, stdout: '' });
  expect(await client.ssh('this is ( not read')).toMatchObject({ status: 126, stdout: '' });
  expect(await client.sftp(['get notes.txt', 'ls .'])).toMatchObject({ status: 0 });
  expect(await client.ssh(null, { arguments: ['-W', `127.0.0.1:${port}`] })).toMatchObject({
    stdout: 'hello\n',
  });
  await broker.current.endedSession(client.connection.username);
  await expect
    .poll(
      async () =>
        (await simulate(withRule('{ name: x, on: {}, match: { effects: [drop] }, action: deny }'))).impact
          .statements,
    )
    .toMatchObject({ changed: 0, skipped: 0 });

  const file = `${broker.current.sshd.home}/notes.txt`;
  const paths = await simulate(
    withRule(`{ name: no-notes, on: { kind: ssh }, match: { paths: ["${file}"] }, action: deny }`),
  );
  const texts = paths.changes.map((change) => (change.subject === 'statement' ? change.text : ''));
  expect(texts).toContain('echo ?; cat ?');
  expect(texts).toContain(`sftp get ${file}`);
  expect(texts).not.toContain(`sftp ls ${broker.current.sshd.home}`);
  for (const change of paths.changes)
    expect(change).toMatchObject({ from: 'allowed', to: 'denied', because: 'no-notes', resource: 'web-1' });
  expect(JSON.stringify(paths)).not.toContain('hidden word');

  const asked = await simulate(
    withRule(
      '{ name: ask, on: { kind: ssh }, match: { programs: [sudo] }, action: review, approval: { from: [{ group: sre, count: 1 }] } }',
    ),
  );
  expect(asked.changes).toMatchObject([{ from: 'allowed', to: 'held', because: 'ask', text: /^sudo/ }]);

  const forwards = await simulate((policy) => policy.replace('"127.0.0.1:*"', '"127.0.0.1:1"'));
  expect(forwards.changes).toMatchObject([
    { from: 'allowed', to: 'denied', because: 'role', text: `ssh-forward 127.0.0.1:${port}` },
  ]);

  const files = await simulate((policy) =>
    policy.replace('run: { shell: exec,', 'run: { shell: exec, sftp: none,'),
  );
  expect(files.changes.map(({ from, to }) => `${from} ${to}`)).toContain('allowed denied');
  expect(
    files.changes.every((change) => change.subject === 'statement' && change.text.startsWith('sftp ')),
  ).toBe(true);
  expect(files.impact.statements.compared).toBeGreaterThanOrEqual(6);
});

test('sessions of a role or a host that the other policy has not would be refused', async () => {
  const { changes } = await simulate((policy) =>
    policy.replace(/ {6}run: .*\n/, '').replace('roles: [run, terminal]', 'roles: [terminal]'),
  );
  const ofCommands = changes.filter(({ subject }) => subject === 'statement');
  expect(ofCommands.length).toBeGreaterThan(0);
  for (const change of ofCommands) expect(change).toMatchObject({ to: 'refused', role: 'run' });
});

test('a raw terminal is said to be left out', async () => {
  const client = await broker.current.client('terminal');
  expect(await client.ssh('true')).toMatchObject({ status: 0 });
  await broker.current.endedSession(client.connection.username);
  const { impact } = await simulate((policy) =>
    policy.replace('terminal: { shell: raw }', 'terminal: { shell: guided }'),
  );
  expect(impact.notes).toEqual([
    '1 sessions could have a raw terminal: what is typed there is not judged, so it was not looked at',
  ]);
});
