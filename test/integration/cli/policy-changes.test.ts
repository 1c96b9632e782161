/** Changing the policy from the command line: apply, decide, wait, and what it would change. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { adoptPolicyFile } from '../../../src/access/propose-policy.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { POLICY_CHANGE } from '../../../src/web/schemas/policy.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { testPolicy } from '../../support/access.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson, runOnTerminal } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
const tokens = new Map<CastName, string>();
let directory: string;
let sessionId: string;

/** Of the harness, with another rule and whoever may change it. */
function policyText(more: string): string {
  return `resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app, password: { env: ORDERS_DB_PASSWORD } }
    labels: { env: prod }
    roles: { read: { allow: [select] }, write: { allow: [select, insert, update, delete] } }
access:
  - name: sre-on-call
    who: { groups: [sre] }
    to: { name: orders-db }
    roles: [read]
    approval: auto
oversight: { groups: [responders] }
policy:
  who: { groups: [engineering] }
  approval: { from: [{ group: dba }] }
${more}`;
}
const FIRST = policyText('');
const SECOND = policyText(
  'rules: [{ name: no-customers, on: {}, match: { relations: [customers] }, action: deny }]\n',
);

beforeAll(async () => {
  await loadSqlParser();
  directory = await mkdtemp(join(tmpdir(), 'sallyport-policy-'));
  for (const name of ['alice', 'bob', 'dana', 'carol'] as const) {
    tokens.set(name, await web.current.tokenOf(name));
    await web.current.person(name);
  }
  const { version } = testPolicy(FIRST);
  await adoptPolicyFile(web.current.access, { server: 'test', file: { version, text: FIRST } });
  vi.spyOn(web.current.access.policy, 'current').mockReturnValue(testPolicy(FIRST));
  await writeFile(join(directory, 'second.yaml'), SECOND);
  sessionId = await recordedSession();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function as(name: CastName) {
  const token = tokens.get(name);
  if (token === undefined) throw new Error(`${name} has no token`);
  return { url: web.current.url, token, workingDirectory: directory };
}

/** A session of bob's that read orders and customers, as the broker records it. */
async function recordedSession(): Promise<string> {
  const { access, call, keys, recordings } = web.current;
  const made = await call('bob', { path: '/requests', json: { resource: 'orders-db', reason: 'on call' } });
  const { id: requestId, grant } = REQUEST.parse(made.body);
  const grantId = grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: { prepare: async () => undefined } });
  const answer = await authorizeConnection(access, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '127.0.0.1:5555',
    application: 'psql',
    replica: 'test',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const facts = {
    sessionId: answer.sessionId,
    grantId,
    requestId,
    holder: { id: 'bob', name: 'Bob', email: 'bob@example.com' },
    approvers: [],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'on call',
    incident: null,
    clientAddress: '127.0.0.1:5555',
    application: 'psql',
    policyVersion: 'first',
    startedAt: new Date().toISOString(),
  };
  const recorder = openRecording({ journal, facts });
  for (const [index, text] of [
    'select id from orders',
    "select name from customers where id = 'secret'",
  ].entries()) {
    const analysis = analyzeSql(text).statements.map((one) => ({ ...one }));
    const verdict = { action: 'allow', rule: null, reason: 'the role allows select' } as const;
    const statement = index + 1;
    recorder.append({
      type: 'statement',
      atMs: statement,
      statement,
      text,
      protocol: 'simple',
      parameters: [],
      analysis,
      verdict,
    });
    recorder.note({
      type: 'outcome',
      atMs: statement,
      statement,
      durationMs: 1,
      tags: ['SELECT 1'],
      rows: 1,
      maskedCells: 0,
      error: null,
    });
  }
  const { headHex } = await recorder.close();
  await journal.close();
  await endSession(access, {
    sessionId: answer.sessionId,
    reason: 'client-closed',
    counts: { ...ZERO_COUNTS, commands: 2, rows: 2 },
    recordingHead: headHex,
    riskiest: [],
  });
  return answer.sessionId;
}

test('simulate lists every decision that would change, with ids and without values', async () => {
  const shown = await runCli(['policy', 'simulate', 'second.yaml', '--since', '1d'], as('carol'));
  expect(shown, shown.stderr).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toContain(`${sessionId} #2  orders-db as read: allowed -> denied (no-customers)`);
  expect(shown.stdout).toMatch(/1 of 2 would be decided differently/);
  expect(shown.stdout).not.toContain('secret');
  const json = await runJson(['policy', 'simulate', 'second.yaml'], as('carol'));
  expect(json).toMatchObject({
    requests: { compared: 1, changed: 0, skipped: 0 },
    statements: { compared: 2, changed: 1, skipped: 0 },
    groups: [
      {
        subject: 'statement',
        from: 'allowed',
        to: 'denied',
        because: 'no-customers',
        count: 1,
        example: `${sessionId} #2`,
      },
    ],
    changes: [{ subject: 'statement', sessionId, statement: 2 }],
    notes: [],
  });
});

test('simulate shows how far it is on a terminal, and says what keeps it from beginning', async () => {
  const { status, output } = await runOnTerminal(
    ['policy', 'simulate', join(directory, 'second.yaml')],
    as('carol'),
  );
  expect({ status, output }).toMatchObject({
    status: 0,
    output: expect.stringMatching(/\[#{30}\] 100% {2}3 of 3 decisions/),
  });
  await writeFile(join(directory, 'broken.yaml'), 'acces: []\n');
  const broken = await runCli(['policy', 'simulate', 'broken.yaml'], as('carol'));
  expect(broken).toMatchObject({ status: 1, stderr: expect.stringContaining('1:1: acces') });
  const outsider = await runCli(['policy', 'simulate', 'second.yaml'], as('bob'));
  expect(outsider).toMatchObject({ status: 1, stderr: expect.stringContaining('overseers') });
  const eternal = await runCli(['policy', 'simulate', 'second.yaml', '--since', '367d'], as('carol'));
  expect(eternal).toMatchObject({ status: 2, stderr: expect.stringContaining('366d') });
});

test('apply asks who must agree, and waits until it is in force', async () => {
  const refused = await runCli(['policy', 'apply', 'second.yaml'], as('bob'));
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('members of engineering') });
  const stale = await runCli(['policy', 'apply', 'second.yaml', '--expect', 'elsewhere'], as('alice'));
  expect(stale).toMatchObject({ status: 1, stderr: expect.stringContaining('is in force, not elsewhere') });

  let approved: Promise<unknown> | null = null;
  const applied = await runCli(
    ['policy', 'apply', 'second.yaml', '--comment', 'customers are off limits', '--wait', '--json'],
    {
      ...as('alice'),
      onStderr: (text) => {
        const id = /(p-[a-z2-7]{8}) waits for 1 of dba/.exec(text)?.[1];
        if (id !== undefined) approved ??= approve(id);
      },
    },
  );
  await approved;
  expect(applied, applied.stderr).toMatchObject({ status: 0 });
  expect(JSON.parse(applied.stdout)).toMatchObject({
    state: 'applied',
    inForce: true,
    comment: 'customers are off limits',
  });

  const list = await runCli(['policy', 'changes'], as('dana'));
  expect(list.stdout).toMatch(/in force .*Alice.*customers are off limits/);
});

/** As dana reads it on her terminal. */
async function approve(id: string): Promise<void> {
  const shown = await runCli(['show', id], as('dana'));
  expect(shown.stdout).toContain('+rules: [{ name: no-customers');
  const voted = await runCli(['approve', id, '--yes', '--json'], as('dana'));
  expect(voted, voted.stderr).toMatchObject({ status: 0 });
  expect(POLICY_CHANGE.parse(JSON.parse(voted.stdout)).state).toBe('applied');
  expect(voted.stderr).toContain('+rules: [{ name: no-customers');
}

test('a change is denied with a reason, and cancelled by who proposed it', async () => {
  await writeFile(join(directory, 'third.yaml'), policyText('incidents: { channels: ["sev-*"] }\n'));
  const first = POLICY_CHANGE.parse(await runJson(['policy', 'apply', 'third.yaml'], as('alice')));
  expect(first.state).toBe('pending');
  const denied = await runCli(['deny', first.id, '--because', 'not today'], as('dana'));
  expect(denied.stdout).toContain(`Policy change ${first.id} is denied.`);
  const second = POLICY_CHANGE.parse(await runJson(['policy', 'apply', 'third.yaml'], as('alice')));
  const cancelled = await runCli(['cancel', second.id], as('alice'));
  expect(cancelled.stdout).toContain(`Policy change ${second.id} is cancelled.`);
});
