/** Sessions as a broker would have recorded them, for tests that ask the API about them. */
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { SessionFacts } from '../../../src/recording/events.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import type { WebHarness } from './harness.ts';

/** As the broker does, after an automatic approval. */
export async function openSession(
  web: WebHarness,
  { incident }: { readonly incident?: string } = {},
): Promise<string> {
  const { access, call } = web;
  const json = { resource: 'orders-db', reason: 'on call', incident };
  const made = await call('bob', { path: '/requests', json });
  const grantId = REQUEST.parse(made.body).grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: { prepare: async () => undefined } });
  const answer = await authorizeConnection(access, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '127.0.0.1:5555',
    application: 'psql',
    replica: 'test',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  return answer.sessionId;
}

/** A statement with a masked answer, and one that was denied. */
export async function record(web: WebHarness, id: string): Promise<void> {
  const { access, keys, recordings } = web;
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const recorder = openRecording({ journal, facts: factsOf(id) });
  const common = { parameters: [], textSha256: '0'.repeat(64), protocol: 'simple' } as const;
  recorder.append({
    ...common,
    type: 'statement',
    atMs: 10,
    statement: 1,
    text: 'select email from customers',
    analysis: [],
    verdict: { action: 'allow', rule: null, reason: 'the role allows select' },
  });
  recorder.note({
    type: 'rows',
    atMs: 12,
    statement: 1,
    columns: [{ name: 'email', masked: true }],
    rows: [['<redacted>']],
  });
  recorder.note({
    type: 'outcome',
    atMs: 13,
    statement: 1,
    durationMs: 3,
    tags: ['SELECT 1'],
    rows: 1,
    maskedCells: 1,
    error: null,
  });
  recorder.append({
    ...common,
    type: 'statement',
    atMs: 20,
    statement: 2,
    text: 'delete from customers',
    analysis: [],
    verdict: { action: 'deny', rule: 'role', reason: 'the role does not allow delete' },
  });
  const { headHex } = await recorder.close();
  await journal.close();
  const counts = { ...ZERO_COUNTS, commands: 2, denied: 1, rows: 1, maskedCells: 1 };
  await endSession(access, {
    sessionId: id,
    reason: 'client-closed',
    counts,
    recordingHead: headHex,
    riskiest: [],
  });
}

/** A raw terminal of a host, which is not sealed. */
export async function recordTerminal(web: WebHarness, id: string): Promise<void> {
  const { keys, recordings } = web;
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const recorder = openRecording({ journal, facts: { ...factsOf(id), resourceKind: 'ssh' } });
  const terminal = { term: 'xterm', columns: 80, rows: 24 };
  recorder.append({ type: 'channel', atMs: 0, channel: 1, kind: 'raw', terminal, detail: null });
  const text = 'hello\r\n';
  recorder.note({ type: 'output', atMs: 100, channel: 1, statement: null, stream: 'stdout', text });
  await recorder.close();
  await journal.close();
}

/** A statement that was denied, a command that was held and approved, and one with a masked answer. */
export async function recordHandled(web: WebHarness, id: string): Promise<void> {
  const { access, keys, recordings } = web;
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const recorder = openRecording({ journal, facts: factsOf(id) });
  const common = {
    type: 'statement',
    textSha256: '0'.repeat(64),
    protocol: 'simple',
    parameters: [],
  } as const;
  const verdict = { action: 'allow', rule: null, reason: 'the role allows it' } as const;
  const nothing = { relations: [], functions: [], flags: [], effects: [] } as const;
  const relations = [{ schema: 'public', name: 'payments', access: 'write' }] as const;
  const paths = [{ path: '/etc/nginx/nginx.conf', certainty: 'exact', access: 'write' }];
  const statements = [
    {
      text: 'delete from payments',
      about: { relations },
      verdict: { action: 'deny', rule: 'role', reason: 'no' },
    },
    { text: 'cp nginx.conf /etc/nginx', about: { paths }, verdict },
    { text: 'select email from customers', about: {}, verdict },
  ] as const;
  for (const [index, { text, about, verdict }] of statements.entries()) {
    const place = { atMs: index, statement: index + 1 };
    recorder.append({ ...common, ...place, text, verdict, analysis: [{ ...nothing, text, ...about }] });
  }
  const hold = {
    type: 'hold',
    atMs: 1,
    statement: 2,
    hold: 'h-aaaaaaaa',
    scope: null,
    by: [],
    note: null,
  } as const;
  for (const state of ['held', 'approved'] as const) recorder.append({ ...hold, state });
  const came = { durationMs: 1, tags: [], rows: 0, error: null };
  recorder.note({ type: 'outcome', atMs: 3, statement: 3, maskedCells: 2, ...came });
  const { headHex: recordingHead } = await recorder.close();
  await journal.close();
  await endSession(access, {
    sessionId: id,
    reason: 'client-closed',
    counts: null,
    recordingHead,
    riskiest: null,
  });
}

function factsOf(id: string): SessionFacts {
  return {
    sessionId: id,
    grantId: 'g-aaaaaaaa',
    requestId: 'r-aaaaaaaa',
    holder: { id: 'p-bob', name: 'Bob Lindqvist', email: 'bob@example.com' },
    approvers: [],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'on call',
    incident: null,
    clientAddress: '127.0.0.1:5555',
    application: 'psql',
    policyVersion: 'test',
    startedAt: '2026-11-21T12:00:00.000Z',
  };
}
