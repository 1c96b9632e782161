/** What was recorded, over the API: for those who may see the session, as a timeline, an export, a file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { SessionFacts } from '../../../src/recording/events.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { openSessionDocuments } from '../../../src/recording/session-documents.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { SESSION, TIMELINE } from '../../../src/web/schemas/sessions.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
let sessionId: string;

beforeAll(async () => {
  sessionId = await openSession();
  await record(sessionId);
});

/** As the broker does, after an automatic approval. */
async function openSession(): Promise<string> {
  const { access, call } = web.current;
  const made = await call('bob', { path: '/requests', json: { resource: 'orders-db', reason: 'on call' } });
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

async function record(id: string): Promise<void> {
  const { access, keys, recordings } = web.current;
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

async function recordTerminal(id: string): Promise<void> {
  const { keys, recordings } = web.current;
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const recorder = openRecording({ journal, facts: { ...factsOf(id), resourceKind: 'ssh' } });
  const terminal = { term: 'xterm', columns: 80, rows: 24 };
  recorder.append({ type: 'channel', atMs: 0, channel: 1, kind: 'raw', terminal, detail: null });
  const text = 'hello\r\n';
  recorder.note({ type: 'output', atMs: 100, channel: 1, statement: null, stream: 'stdout', text });
  await recorder.close();
  await journal.close();
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

describe('a session over the API', () => {
  test('is there for its holder and for overseers, and tells nobody else that it exists', async () => {
    const { call } = web.current;
    for (const viewer of ['bob', 'carol'] as const) {
      const answer = await call(viewer, { path: `/sessions/${sessionId}` });
      expect(SESSION.parse(answer.body)).toMatchObject({
        id: sessionId,
        live: false,
        may: { terminate: false },
        endReason: 'client-closed',
        counts: { commands: 2, denied: 1, maskedCells: 1 },
      });
      const list = listOf(SESSION).parse((await call(viewer, { path: '/sessions?search=orders' })).body);
      expect(list.items.map((item) => item.id)).toContain(sessionId);
    }
    expect((await call('alice', { path: '/sessions' })).body).toEqual({ items: [], next: null });
    for (const part of ['', '/timeline', '/export', '/recording']) {
      expect((await call('alice', { path: `/sessions/${sessionId}${part}` })).status, part).toBe(404);
    }
  });

  test('has a timeline of its statements, with verdicts and the masked rows', async () => {
    const answer = await web.current.call('carol', { path: `/sessions/${sessionId}/timeline` });
    expect(TIMELINE.parse(answer.body)).toMatchObject({
      complete: true,
      omitted: 0,
      entries: [
        {
          statement: 1,
          at: '2026-11-21T12:00:00.010Z',
          action: 'allow',
          rows: 1,
          maskedCells: 1,
          columns: [{ name: 'email', masked: true }],
          firstRows: [['<redacted>']],
        },
        { statement: 2, action: 'deny', rule: 'role', durationMs: null },
      ],
    });
  });

  test('exports as JSON lines and as text, to be saved and not shown', async () => {
    const { call } = web.current;
    const lines = await call('bob', { path: `/sessions/${sessionId}/export?format=jsonl` });
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson');
    expect(lines.headers.get('content-disposition')).toBe(`attachment; filename="${sessionId}.jsonl"`);
    expect(lines.headers.get('cache-control')).toBe('no-store');
    const text = await call('bob', { path: `/sessions/${sessionId}/export?format=text` });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain('#2 DENY by rule role');
    const other = await call('bob', { path: `/sessions/${sessionId}/export?format=pdf` });
    expect(other).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  test('exports as a cast where it was with a host, and says so where it was not', async () => {
    const { call } = web.current;
    const other = await call('bob', { path: `/sessions/${sessionId}/export?format=asciicast` });
    expect(other).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', detail: expect.stringContaining('jsonl or text') },
    });
    const id = await openSession();
    await recordTerminal(id);
    const cast = await call('bob', { path: `/sessions/${id}/export?format=asciicast&channel=1` });
    expect(cast.headers.get('content-type')).toBe('application/x-asciicast');
    expect(cast.headers.get('content-disposition')).toBe(`attachment; filename="${id}.cast"`);
    expect(String(cast.body)).toContain('[0.1,"o","hello\\r\\n"]');
    const { keys, recordings } = web.current;
    const documents = openSessionDocuments({ directory: recordings, keys });
    expect(await documents.open(id, 'recording')).toMatchObject({ extension: 'cast' });
    expect(await documents.open(sessionId, 'recording')).toMatchObject({ extension: 'jsonl' });
    expect(await documents.open(id, 'transcript')).toMatchObject({ extension: 'txt' });
  });

  test('can be taken away and verified against the published key', async () => {
    const { url, directory, browserOf } = web.current;
    const headers = await browserOf('carol');
    const file = await fetch(`${url}/api/v1/sessions/${sessionId}/recording`, { headers });
    const path = join(directory, 'taken-away.sprec');
    await writeFile(path, Buffer.from(await file.arrayBuffer()));
    const key = await fetch(`${url}/api/v1/keys/signing`, { headers });
    expect(key.headers.get('content-type')).toBe('application/x-pem-file');
    const session = SESSION.parse((await web.current.call('carol', { path: `/sessions/${sessionId}` })).body);
    expect(await verifyRecording({ path, publicKeyPem: await key.text() })).toMatchObject({
      ok: true,
      sessionId,
      headHex: session.recordingHead,
    });
  });

  test('that is live can be ended by its holder, once', async () => {
    const { call } = web.current;
    const id = await openSession();
    const before = SESSION.parse((await call('bob', { path: `/sessions/${id}` })).body);
    expect(before).toMatchObject({ live: true, may: { terminate: true } });
    expect((await call('alice', { path: `/sessions/${id}/terminate`, json: {} })).status).toBe(404);
    expect((await call('bob', { path: `/sessions/${id}/terminate`, json: {} })).status).toBe(200);
    await endSession(web.current.access, {
      sessionId: id,
      reason: 'terminated',
      counts: null,
      recordingHead: null,
      riskiest: null,
    });
    expect((await call('bob', { path: `/sessions/${id}/terminate`, json: {} })).status).toBe(409);
  });

  test('whose recording is not here says so', async () => {
    const id = await openSession();
    const answer = await web.current.call('bob', { path: `/sessions/${id}/timeline` });
    expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('recording') } });
  });
});
