/** What was recorded, over the API: for those who may see the session, as a timeline, an export, a file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { endSession } from '../../../src/access/run-session.ts';
import { RecordingsIndex } from '../../../src/access/search/index-recordings.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { openRecordingsToFollow } from '../../../src/recording/follow.ts';
import { openSessionDocuments } from '../../../src/recording/session-documents.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { SESSION, SESSION_PAGE, TIMELINE } from '../../../src/web/schemas/sessions.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from './harness.ts';
import { openSession, record, recordHandled, recordTerminal } from './recorded-session.ts';

const web = useWebHarness();
let sessionId: string;

beforeAll(async () => {
  sessionId = await openSession(web.current);
  await record(web.current, sessionId);
});

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
    expect((await call('alice', { path: '/sessions' })).body).toEqual({
      items: [],
      next: null,
      lookedBackTo: null,
    });
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
    const id = await openSession(web.current);
    await recordTerminal(web.current, id);
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
    const id = await openSession(web.current);
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
    const id = await openSession(web.current);
    const answer = await web.current.call('bob', { path: `/sessions/${id}/timeline` });
    expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('recording') } });
  });
});

describe('a search over what was done', () => {
  let handled: string;

  beforeAll(async () => {
    handled = await openSession(web.current);
    await recordHandled(web.current, handled);
    const { access, keys, recordings } = web.current;
    const index = new RecordingsIndex(access, openRecordingsToFollow({ directory: recordings, keys }));
    expect(await index.readOn()).toEqual([]);
    index.close();
  });

  /** Statements of `handled` that were found; null when the session was not. */
  async function found(query: string, viewer: CastName = 'carol'): Promise<(number | null)[] | null> {
    const { status, body } = await web.current.call(viewer, { path: `/sessions?${query}` });
    expect({ status, body }).toMatchObject({ status: 200 });
    const session = SESSION_PAGE.parse(body).items.find(({ id }) => id === handled);
    return session === undefined ? null : session.hits.map(({ statement }) => statement);
  }

  test.each([
    ['search=%22delete+from+payments%22', [1]],
    ['table=payments', [1]],
    ['table=public.pay*', [1]],
    ['table=payment', null],
    ['file=/etc/nginx', [2]],
    ['file=nginx.conf', [2]],
    ['file=/etc/ngin', null],
    ['denied=true', [1]],
    ['denied=true&file=/etc', null],
    ['held=true', [2]],
    ['masked=true', [3]],
    ['masked=true&since=2000-01-01T00:00:00Z', [3]],
    ['masked=true&until=2000-01-01T00:00:00Z', null],
    ['masked=true&since=2100-01-01T00:00:00Z', null],
    ['search=orders&who=bob', []],
    ['search=orders&who=alice', null],
  ])('%s finds the statements %j', async (query, statements) => {
    expect(await found(query)).toEqual(statements);
  });

  test('is empty for who may not see the session, and refuses what was not given out', async () => {
    const { call } = web.current;
    expect(await found('denied=true', 'bob')).toEqual([1]);
    expect((await call('alice', { path: '/sessions?denied=true' })).body).toEqual({
      items: [],
      next: null,
      lookedBackTo: null,
    });
    for (const query of ['cursor=1', 'since=yesterday', 'denied=maybe', `search=${'x'.repeat(201)}`])
      expect(await call('carol', { path: `/sessions?${query}` }), query).toMatchObject({ status: 400 });
    expect(await call('bob', { path: '/sessions/reindex', json: {} })).toMatchObject({ status: 403 });
  });

  test('goes on behind its cursor, and shows no session twice', async () => {
    const ids: string[] = [];
    let cursor = '';
    do {
      const path = `/sessions?limit=1&who=bob${cursor}`;
      const { items, next } = SESSION_PAGE.parse((await web.current.call('carol', { path })).body);
      ids.push(...items.map(({ id }) => id));
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '' && ids.length < 20);
    const all = SESSION_PAGE.parse((await web.current.call('carol', { path: '/sessions?who=bob' })).body);
    expect(ids.length).toBeGreaterThan(2);
    expect(ids).toEqual(all.items.map(({ id }) => id));
  });

  test('reads the same on the command line', async () => {
    const { url, tokenOf } = web.current;
    const surroundings = { url, token: await tokenOf('carol') };
    const run = (...args: string[]) => runCli(['sessions', ...args], surroundings);
    const denied = await run('--table', 'payments', '--denied', '--since', '1h', '--kind', 'postgres');
    expect(denied.stdout).toMatch(
      /^s-\w+ {2}Bob Lindqvist on orders-db as read.*\n.*#1 {2}denied {2}delete from payments$/m,
    );
    expect((await run('--file', '/etc/nginx', '--held')).stdout).toContain(
      '#2  held  cp nginx.conf /etc/nginx',
    );
    expect((await run('--masked', '--until', '2h')).stdout).toBe('');
    const first = await run('--limit', '1');
    const cursor = /--cursor (\S+)/.exec(first.stderr)?.[1] ?? '';
    const second = await run('--limit', '1', '--cursor', cursor);
    expect(second).toMatchObject({ status: 0 });
    expect(second.stdout).not.toBe(first.stdout);
    expect((await run('--since', 'yesterday')).status).toBe(2);
    expect((await run('reindex', handled)).stdout).toBe('1 recording will be read anew.\n');
  });
});
