/** Search over what was done in sessions: real recordings, read by what reads them, asked of PostgreSQL. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endSession } from '../../../src/access/run-session.ts';
import { RecordingsIndex } from '../../../src/access/search/index-recordings.ts';
import { reindexSessions } from '../../../src/access/search/reindex-sessions.ts';
import { type SessionSearch, searchSessions } from '../../../src/access/search/search-sessions.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { StatementAnalysis } from '../../../src/core/statement.ts';
import { openRecordingsToFollow } from '../../../src/recording/follow.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { deleteSearchEntries } from '../../../src/store/operations/search-entries.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { type LiveGrant, liveGrant, liveSession } from '../../support/live-session.ts';

const access = useTestAccess();
const keys = createRecordingKeys({
  masterKey: new Secret(randomBytes(32)),
  signingKey: generateKeyPairSync('ed25519').privateKey,
});
let directory: string;
let journal: Journal;
let index: RecordingsIndex;
let grant: LiveGrant;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-search-'));
  journal = new Journal({ directory, keys, sync: 100 });
  index = newIndex();
  grant = await liveGrant(access.current, { role: 'read' });
});
afterAll(async () => {
  index.close();
  await journal.close();
  await rm(directory, { recursive: true, force: true });
});

function newIndex(): RecordingsIndex {
  return new RecordingsIndex(access.current.context, openRecordingsToFollow({ directory, keys }));
}

interface Done {
  readonly text: string;
  readonly relations?: readonly string[];
  readonly paths?: readonly string[];
  readonly parameters?: readonly string[];
  readonly denied?: boolean;
  readonly heldAs?: 'approved' | 'denied';
  readonly maskedCells?: number;
}

/** A session with what is done in it; `end` seals it as its broker would. */
class Recorded {
  readonly id: string;
  readonly #recorder: Recorder;
  #statements = 0;

  constructor(id: string, kind: 'postgres' | 'ssh', own: Journal = journal) {
    this.id = id;
    this.#recorder = openRecording({ journal: own, facts: factsOf(id, kind) });
  }

  do({ text, relations = [], paths = [], parameters = [], denied, heldAs, maskedCells = 0 }: Done): void {
    const statement = ++this.#statements;
    const atMs = statement;
    const analysis: StatementAnalysis & { paths: object[] } = {
      text,
      effects: [text.startsWith('drop') ? 'drop' : 'select'],
      relations: relations.map((name) => {
        const [first = '', second] = name.split('.');
        return { schema: second === undefined ? null : first, name: second ?? first, access: 'read' };
      }),
      functions: [],
      flags: [],
      paths: paths.map((path) => ({ path, certainty: 'exact', access: 'read' })),
    };
    const verdict = denied
      ? ({ action: 'deny', rule: 'role', reason: 'no' } as const)
      : ({ action: 'allow', rule: null, reason: 'yes' } as const);
    const protocol = parameters.length > 0 ? 'execute' : 'simple';
    this.#recorder.append({
      type: 'statement',
      atMs,
      statement,
      text,
      protocol,
      parameters,
      analysis: [analysis],
      verdict,
    });
    const hold = {
      type: 'hold',
      atMs,
      statement,
      hold: 'h-aaaaaaaa',
      scope: null,
      by: [],
      note: null,
    } as const;
    if (heldAs !== undefined) {
      this.#recorder.append({ ...hold, state: 'held' });
      this.#recorder.append({ ...hold, state: heldAs });
    }
    const came = { durationMs: 1, tags: [], rows: 0, maskedCells, error: null };
    if (!denied && heldAs !== 'denied') this.#recorder.note({ type: 'outcome', atMs, statement, ...came });
  }

  guess(label: string): void {
    this.#recorder.note({ type: 'mark', atMs: 500, channel: 1, label });
  }

  /** What is encoded goes to the file a moment later by itself. */
  async written(): Promise<void> {
    this.#recorder.flush();
    await expect.poll(() => this.#hasAll(), { timeout: 5_000 }).toBe(true);
  }

  async #hasAll(): Promise<boolean> {
    const found = await openRecordingsToFollow({ directory, keys }).find(this.id);
    const follower = found?.follow();
    const { work } = (await follower?.read({ sealed: false, known: 0, workMax: 1_000 })) ?? { work: [] };
    follower?.close();
    return work.some(({ statement }) => statement === this.#statements);
  }

  async end(): Promise<void> {
    const { headHex } = await this.#recorder.close();
    await ended(this.id, headHex);
  }
}

async function ended(sessionId: string, recordingHead: string | null): Promise<void> {
  const { context } = access.current;
  await endSession(context, {
    sessionId,
    reason: 'client-closed',
    counts: null,
    recordingHead,
    riskiest: null,
  });
}

function factsOf(sessionId: string, resourceKind: string) {
  return {
    sessionId,
    grantId: grant.grantId,
    requestId: grant.requestId,
    holder: { id: 'p-alice', name: 'Alice', email: 'alice@example.com' },
    approvers: [],
    resource: 'orders-db',
    resourceKind,
    role: 'read',
    reason: 'a live grant',
    incident: null,
    clientAddress: '127.0.0.1',
    application: null,
    policyVersion: 'test',
    startedAt: new Date().toISOString(),
  };
}

async function record(done: readonly Done[], kind: 'postgres' | 'ssh' = 'postgres'): Promise<string> {
  const session = await open(kind);
  for (const one of done) session.do(one);
  await session.end();
  expect(await index.readOn()).toEqual([]);
  return session.id;
}

async function open(kind: 'postgres' | 'ssh' = 'postgres'): Promise<Recorded> {
  return new Recorded(await liveSession(access.current, grant.grantId), kind);
}

/** The texts that are found in a session, as the system sees them. */
async function foundIn(sessionId: string, search: SessionSearch): Promise<string[]> {
  const { items } = await searchSessions(access.current.context, { viewer: null, limit: 500, ...search });
  const own = items.find(({ session }) => session.id === sessionId);
  return (own?.hits ?? []).map(({ text }) => text.map((piece) => piece.text).join(''));
}

describe('statements are found', () => {
  const TEXTS = {
    cards: 'select p.card_number from public.payments p',
    remove: 'DELETE FROM orders WHERE id = 4711',
    customers: 'select createdAt from customers',
    update: 'update orders set note = $1',
  };
  let id: string;
  beforeAll(async () => {
    id = await record([
      { text: TEXTS.cards, relations: ['public.payments'], maskedCells: 2 },
      { text: TEXTS.remove, relations: ['orders'], denied: true },
      { text: TEXTS.customers, relations: ['customers'] },
      { text: TEXTS.update, relations: ['orders'], parameters: ["o'brien@example.com"], heldAs: 'approved' },
    ]);
  });

  test.each<[string, keyof typeof TEXTS | null]>([
    ['payments.card_number', 'cards'],
    ['public.payments.card_number', 'cards'],
    ['public.payments', 'cards'],
    ['orders.card_number', null],
    ['card_number', 'cards'],
    ['number', 'cards'],
    ['card_num*', 'cards'],
    ['card_num', null],
    ['DELETE FROM orders', 'remove'],
    ['"delete from orders"', 'remove'],
    ['"from delete orders"', null],
    ['orders delete', 'remove'],
    ['id=4711', 'remove'],
    ['471*', 'remove'],
    ['custo*', 'customers'],
    ['created', 'customers'],
    ['orders -delete', 'update'],
    ['orders -set', 'remove'],
    ["o'brien@example.com", 'update'],
    ['example.com', 'update'],
    ['"note o"', null],
    ['alice customers', 'customers'],
    ['orders-db customers', 'customers'],
    ['alice orders delete', 'remove'],
    ["customers' & 'x", null],
  ])('by %s', async (search, which) => {
    expect(await foundIn(id, { search })).toEqual(which === null ? [] : [TEXTS[which]]);
  });

  test.each<[SessionSearch, readonly (keyof typeof TEXTS)[]]>([
    [{ table: 'payments' }, ['cards']],
    [{ table: 'public.payments' }, ['cards']],
    [{ table: 'billing.payments' }, []],
    [{ table: 'public.orders' }, ['remove', 'update']],
    [{ table: 'pay*' }, ['cards']],
    [{ denied: true }, ['remove']],
    [{ held: true }, ['update']],
    [{ masked: true }, ['cards']],
    [{ table: 'orders', denied: true, search: 'delete' }, ['remove']],
    [{ denied: true, search: 'customers' }, []],
    [{ search: 'orders', who: 'ALICE@' }, ['remove', 'update']],
    [{ search: 'orders', who: 'bob' }, []],
    [{ search: 'orders', resource: 'orders-db', kind: 'postgres' }, ['remove', 'update']],
    [{ search: 'orders', kind: 'ssh' }, []],
    [{ search: 'orders', incident: 'inc-1' }, []],
  ])('with %o', async (search, which) => {
    expect(await foundIn(id, search)).toEqual(which.map((name) => TEXTS[name]));
  });

  test('from the time that is asked for, to the millisecond', async () => {
    const { items } = await searchSessions(access.current.context, { viewer: null, search: 'orders' });
    const [first, second] = items.find(({ session }) => session.id === id)?.hits ?? [];
    if (first === undefined || second === undefined) throw new Error('both are found');
    const justBehind = new Date(first.at.getTime() + 1);
    expect(await foundIn(id, { search: 'orders', until: first.at })).toEqual([TEXTS.remove]);
    expect(await foundIn(id, { search: 'orders', since: justBehind })).toEqual([TEXTS.update]);
    expect(await foundIn(id, { search: 'orders', since: justBehind, until: justBehind })).toEqual([]);
  });

  test('by who may see the session, and by nobody else', async () => {
    const { context, person } = access.current;
    const see = async (name: string, groups: string[], search: SessionSearch): Promise<string[]> => {
      const { items } = await searchSessions(context, { ...search, viewer: await person(name, groups) });
      return items.map(({ session }) => session.id);
    };
    for (const search of [{ search: 'card_number' }, { masked: true }, {}]) {
      expect(await see('alice', ['engineering'], search)).toContain(id);
      expect(await see('bob', ['sre'], search)).toContain(id);
      expect(await see('carol', ['responders'], search)).toContain(id);
      expect(await see('mallory', ['engineering'], search)).toEqual([]);
    }
  });
});

test('commands are found by the files they name, and what a terminal showed is a guess', async () => {
  const session = await open('ssh');
  session.do({ text: 'cat /etc/nginx/nginx.conf', paths: ['/etc/nginx/nginx.conf'] });
  session.do({ text: 'ls', paths: ['/home/deploy'] });
  session.guess('advisory: vi secrets.txt');
  session.guess('advisory: a full-screen program; commands in it are not detected');
  await session.end();
  await index.readOn();
  const cat = ['cat /etc/nginx/nginx.conf'];
  for (const file of ['/etc/nginx/nginx.conf', '/etc/nginx', '/etc/nginx/', '/etc', 'nginx.conf', '/etc/ng*'])
    expect([file, await foundIn(session.id, { file })]).toEqual([file, cat]);
  expect(await foundIn(session.id, { file: 'nginx' })).toEqual([]);
  expect(await foundIn(session.id, { search: '/etc/nginx' })).toEqual(cat);
  expect(await foundIn(session.id, { search: '/nginx' })).toEqual([]);
  expect(await foundIn(session.id, { search: 'secrets.txt' })).toEqual(['vi secrets.txt']);
  expect(await foundIn(session.id, { search: 'full-screen' })).toEqual([]);
});

test('what a mask detects is in no row, and a changed mask counts once it is read anew', async () => {
  const { context, store, applyPolicy, person } = access.current;
  const iban = 'DE89370400440532013000';
  const text = `select 1 where iban = '${iban}' and x = $1`;
  const id = await record([{ text, parameters: [iban], paths: [`/tmp/${iban}`] }]);
  expect(await foundIn(id, { search: iban })).toEqual([text]);
  applyPolicy(`${TEST_POLICY}masks: [{ name: secrets, detect: [iban], with: redact }]`);
  const carol = await person('carol', ['responders']);
  const mallory = await person('mallory', ['engineering']);
  await expect(reindexSessions(context, { by: mallory, sessionId: id })).rejects.toMatchObject({
    code: 'forbidden',
  });
  expect(await reindexSessions(context, { by: carol, sessionId: id })).toEqual({ sessions: 1 });
  await index.readOn();
  applyPolicy(TEST_POLICY);
  expect(await foundIn(id, { search: iban })).toEqual([]);
  const [row] = await store
    .read()
    .execute<{ held: boolean; count: number }[]>(
      `select bool_or(search_entry::text ilike ?) as held, count(*)::int as count from search_entry where session_id = ?`,
      [`%${iban}%`, id],
    );
  expect(row).toEqual({ held: false, count: 1 });
});

test('a long text is found up to its cut, and says that it goes on', async () => {
  const id = await record([{ text: `select ${'x '.repeat(3_990)}inside ${'x '.repeat(100)}outside` }]);
  expect(await foundIn(id, { search: 'inside' })).toEqual([expect.stringMatching(/^….*inside.*…$/)]);
  expect(await foundIn(id, { search: 'outside' })).toEqual([]);
});

test('of many hits the riskiest are shown, in their order, and all are counted', async () => {
  const texts = Array.from({ length: 20 }, (_, number) => `select ${number} from piled`);
  texts[7] = 'drop table piled';
  const id = await record(texts.map((text) => ({ text, denied: text.endsWith(' 12 from piled') })));
  const { items } = await searchSessions(access.current.context, { viewer: null, search: 'piled' });
  const own = items.find(({ session }) => session.id === id);
  expect(own?.hitCount).toBe(20);
  expect(own?.hits.map(({ statement }) => statement)).toEqual([1, 8, 13]);
});

describe('recordings are read', () => {
  test('while they grow, and to their end', async () => {
    const session = await open();
    session.do({ text: 'select one from growing' });
    await session.written();
    await index.readOn();
    expect(await foundIn(session.id, { search: 'growing' })).toHaveLength(1);
    session.do({ text: 'select two from growing', heldAs: 'denied' });
    await session.written();
    await index.readOn();
    expect(await foundIn(session.id, { search: 'growing' })).toHaveLength(2);
    expect(await foundIn(session.id, { search: 'growing', denied: true, held: true })).toHaveLength(1);
    session.do({ text: 'select three from growing' });
    await session.end();
    await index.readOn();
    expect(await foundIn(session.id, { search: 'growing' })).toHaveLength(3);
    expect(await progressOf(session.id)).toEqual({ complete: true, entries: '3', problem: null });
  });

  test('once, whoever goes on: after a crash, and by two at the same time', async () => {
    const session = await open();
    for (let number = 0; number < 50; number += 1) session.do({ text: `select ${number} from shared` });
    await session.written();
    const [first, second] = [newIndex(), newIndex()];
    await Promise.all([first.readOn(), second.readOn()]);
    first.close();
    for (let number = 50; number < 80; number += 1) session.do({ text: `select ${number} from shared` });
    await session.end();
    const third = newIndex();
    await Promise.all([second.readOn(), third.readOn(), index.readOn()]);
    for (const one of [second, third, index]) await one.readOn();
    second.close();
    third.close();
    const { items } = await searchSessions(access.current.context, { viewer: null, search: 'shared' });
    expect(items.find((item) => item.session.id === session.id)?.hitCount).toBe(80);
    expect(await progressOf(session.id)).toEqual({ complete: true, entries: '80', problem: null });
  });

  test('of a broker that died, once recovery has sealed them', async () => {
    // Recovery removes the journal of a process that is gone.
    const gone = new Journal({ directory, keys, sync: 100 });
    const session = new Recorded(await liveSession(access.current, grant.grantId), 'postgres', gone);
    session.do({ text: 'select one from torn' });
    await session.written();
    await appendFile(recordingPath(directory, session.id), Buffer.from([0, 0, 1, 0, 2, 9]));
    await index.readOn();
    const recovery = await recoverRecording({ directory, keys, sessionId: session.id });
    await ended(session.id, recovery?.headHex ?? null);
    await index.readOn();
    await index.readOn();
    expect(await foundIn(session.id, { search: 'torn' })).toHaveLength(1);
    expect(await progressOf(session.id)).toEqual({ complete: true, entries: '1', problem: null });
  });

  test('no more once they are deleted, also of those that somebody reads just now', async () => {
    const session = await open();
    session.do({ text: 'select one from deleted' });
    await session.written();
    await index.readOn();
    const { store } = access.current;
    await store.transaction((db) => deleteSearchEntries(db, { sessionIds: [session.id] }));
    session.do({ text: 'select two from deleted' });
    await session.end();
    await index.readOn();
    expect(await foundIn(session.id, { search: 'deleted' })).toEqual([]);
  });

  test('for a day; then one that is not there is given up', async () => {
    const { clock } = access.current;
    const id = await liveSession(access.current, grant.grantId);
    await ended(id, null);
    await index.readOn();
    expect((await progressOf(id)).complete).toBe(false);
    clock.stepMs(24 * 3_600_000 + 60_000);
    await index.readOn();
    clock.stepMs(-24 * 3_600_000 - 60_000);
    expect(await progressOf(id)).toMatchObject({ complete: true, problem: /no recording/ });
  });
});

async function progressOf(sessionId: string) {
  const [row] = await access.current.store
    .read()
    .execute<{ complete: boolean; entries: string; problem: string | null }[]>(
      'select complete, entries, problem from search_progress where session_id = ?',
      [sessionId],
    );
  if (row === undefined) throw new Error('every session has one');
  return row;
}

test('pages follow each other without gaps, whether words are found or sessions listed', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 5; number += 1) {
    ids.push(await record([{ text: 'select paged' }, { text: 'select 2 paged' }]));
  }
  const { context } = access.current;
  const all = (await searchSessions(context, { viewer: null, limit: 500 })).items.map(
    ({ session }) => session.id,
  );
  for (const search of ['paged', '']) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await searchSessions(context, { viewer: null, search, limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ session }) => session.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(search === '' ? all : ids.toReversed());
  }
  await expect(searchSessions(context, { viewer: null, cursor: 'x' })).rejects.toMatchObject({
    code: 'invalid_input',
  });
});
