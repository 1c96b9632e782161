/** Watching a real session with a database while it runs, over the HTTP API. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listEvents, listSessions } from '../../../src/access/read-access.ts';
import { RecordingRelay } from '../../../src/access/watch/relay.ts';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { readRecordingFrom } from '../../../src/recording/live/source.ts';
import { openLiveFeeds } from '../../../src/web/live/live-recordings.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { runCli } from '../../support/command-line.ts';
import { useTestShop } from '../../support/database.ts';
import { type LiveWatch, type Refusal, watchSession } from '../../support/live-watch.ts';
import { revealDatabase } from '../../support/reveal-database.ts';
import { useWebHarness } from './harness.ts';

const STREAMS_PER_PERSON = 3;
const STREAMS = 5;
const DELAY_MS_MAX = 1_000;
const LOST_WITHIN_MS = 2_000;

const shop = useTestShop();
const web = useWebHarness({
  target: () => ({
    port: shop.current.port,
    database: shop.current.name,
    ...shop.current.credentials.writer,
  }),
  server: { watchLimits: { streamsPerPersonMax: STREAMS_PER_PERSON, streamsMax: STREAMS } },
});
let broker: Broker;
const watches: LiveWatch[] = [];
const clients: pg.Client[] = [];

beforeAll(async () => {
  broker = createBroker({
    access: web.current.access,
    keys: web.current.keys,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: '127.0.0.1', now: new Date() }),
    replica: 'test',
    secretKey: new Secret(randomBytes(32)),
  });
  await broker.start();
});
afterEach(async () => {
  for (const watch of watches.splice(0)) watch.close();
  for (const client of clients.splice(0)) await client.end().catch(() => undefined);
});
afterAll(async () => {
  await broker.stop();
});

/** A session of bob, who is on call. */
async function connect(): Promise<{ client: pg.Client; sessionId: string; ended: Promise<unknown> }> {
  const { access, call, person } = web.current;
  const asked = await call('bob', { path: '/requests', json: { resource: 'orders-db', reason: 'on call' } });
  const grantId = REQUEST.parse(asked.body).grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: broker });
  const {
    username: user,
    password,
    database,
  } = await revealDatabase(access, { grantId, by: await person('bob') });
  const { port } = access.settings.postgres;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
  const ended = new Promise<unknown>((resolve) => client.on('error', resolve));
  await client.connect();
  clients.push(client);
  const sessions = await listSessions(access, { viewer: null });
  return { client, ended, sessionId: sessions.find((session) => session.grantId === grantId)?.id ?? '' };
}

async function watch(who: CastName, sessionId: string, after?: number): Promise<LiveWatch> {
  const { url, browserOf } = web.current;
  const opened = await watchSession({
    url,
    sessionId,
    headers: await browserOf(who),
    ...(after === undefined ? {} : { after }),
  });
  watches.push(opened);
  return opened;
}

const refusalOf = (watching: Promise<unknown>): Promise<Refusal> =>
  watching.then(
    () => {
      throw new Error('It was not refused.');
    },
    (refusal: Refusal) => refusal,
  );

async function watchEvents(sessionId: string): Promise<string[]> {
  const viewer = await web.current.person('carol');
  const events = await listEvents(web.current.access, { viewer, subject: sessionId });
  return events.filter(({ type }) => type === 'session.watched').map(({ actorId }) => actorId ?? '');
}

describe('a session that is watched', () => {
  test('tells of each statement within a second: verdict, rows, masked cells', async () => {
    const { client, sessionId } = await connect();
    const carol = await watch('carol', sessionId);
    await carol.until(({ beats }) => expect(beats.at(-1)?.caughtUp).toBe(true));
    const delays: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const text = `select id, email from customers order by id limit ${round + 2}`;
      await client.query(text);
      const ranAtMs = performance.now();
      await carol.until(({ parts }) => {
        const entry = parts.flatMap(({ entries }) => entries).findLast((one) => one.text === text);
        expect(entry).toMatchObject({ action: 'allow', rows: round + 2, maskedCells: round + 2 });
      });
      delays.push(Math.round(performance.now() - ranAtMs));
    }
    process.stdout.write(`a statement was told of after ${delays.join(', ')} ms\n`);
    expect(Math.min(...delays)).toBeLessThan(DELAY_MS_MAX);
    const rows = carol.parts.flatMap(({ entries }) => entries.flatMap(({ firstRows }) => firstRows));
    expect(rows).toContainEqual(['1', '***']);
    expect(new Set(rows.map(([, email]) => email))).toEqual(new Set(['***']));
    await expect(client.query('drop table customers')).rejects.toThrow();
    await carol.until(({ parts }) =>
      expect(parts.at(-1)?.entries.at(-1)).toMatchObject({ text: 'drop table customers', action: 'deny' }),
    );
  });

  test('is told of from its beginning, and from where a lost connection left it', async () => {
    const { client, sessionId } = await connect();
    await client.query('select 1');
    const first = await watch('carol', sessionId);
    await first.until((now) => expect(now.entry(1)?.tags).toEqual(['SELECT 1']));
    first.close();
    const last = first.parts.at(-1)?.to ?? 0;
    await client.query('select 2');
    const second = await watch('carol', sessionId, last);
    await second.until((now) => expect(now.entry(2)?.tags).toEqual(['SELECT 1']));
    expect(second.parts[0]?.from).toBe(last + 1);
    expect(second.entry(1)).toBeUndefined();
    const third = await watch('carol', sessionId);
    await third.until((now) => expect(now.entry(2)).toBeDefined());
    expect(third.entry(1)?.text).toBe('select 1');
  });

  test('says who watches it, and that is one event of the log for each watch', async () => {
    const { sessionId } = await connect();
    const carol = await web.current.person('carol');
    const first = await watch('carol', sessionId);
    await watch('carol', sessionId);
    const bob = await watch('bob', sessionId);
    await bob.until(({ session }) =>
      expect(session?.watchers.map(({ name }) => name).toSorted()).toEqual([
        expect.stringMatching(/^Bob/),
        expect.stringMatching(/^Carol/),
      ]),
    );
    first.close();
    await watch('carol', sessionId);
    expect((await watchEvents(sessionId)).toSorted()).toEqual(
      [carol.id, (await web.current.person('bob')).id].toSorted(),
    );
    for (const one of watches.filter((other) => other !== bob)) one.close();
    await bob.until(({ session }) => expect(session?.watchers).toHaveLength(1));
  });

  test('ends with who terminated it and why, for its client and for all who watch', async () => {
    const { client, ended, sessionId } = await connect();
    const carol = await watch('carol', sessionId);
    const options = { url: web.current.url, token: await web.current.tokenOf('carol') };
    const lines = runCli(['watch', sessionId, '--json'], options);
    // As the session's holder: carol watches as much as one may.
    const holder = { url: web.current.url, token: await web.current.tokenOf('bob') };
    const statements = runCli(['watch', sessionId], holder);
    const running = client.query('select pg_sleep(60)').catch((error: unknown) => error);
    await carol.until((now) => expect(now.entry(1)?.text).toContain('pg_sleep'));
    const because = ['--because', 'the wrong database'];
    expect(await runCli(['terminate', sessionId, ...because], options)).toMatchObject({ status: 0 });
    expect(await Promise.race([running, ended])).toMatchObject({
      message: expect.stringMatching(/terminat/i),
    });
    await carol.until(({ end }) => expect(end?.because).toBe('session-ended'));
    await vi.waitFor(
      async () => {
        const { body } = await web.current.call('carol', { path: `/sessions/${sessionId}` });
        expect(body).toMatchObject({
          live: false,
          endReason: 'terminated',
          terminated: { by: { name: expect.stringMatching(/^Carol/) }, reason: 'the wrong database' },
          watchers: [],
        });
      },
      { timeout: 10_000 },
    );
    expect(await refusalOf(watch('carol', sessionId))).toMatchObject({ status: 409 });

    const asJson = await lines;
    expect(asJson, asJson.stderr).toMatchObject({ status: 0 });
    const parsed = asJson.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed.flatMap(({ entries = [] }) => entries)).toContainEqual(
      expect.objectContaining({ text: 'select pg_sleep(60)', action: 'allow' }),
    );
    expect(parsed.at(-1)).toMatchObject({ type: 'end' });
    const asText = await statements;
    expect(asText).toMatchObject({ status: 0, stdout: expect.stringContaining('select pg_sleep(60)') });
    expect(asText.stderr).toContain('The session has ended.');
    expect(await runCli(['watch', sessionId], options)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`sallyport replay ${sessionId}`),
    });
  });
});

describe('who may not watch', () => {
  test('is told that there is nothing, and leaves no trace of a watch', async () => {
    const { sessionId } = await connect();
    // An engineer who neither holds the grant nor may vote on it.
    expect(await refusalOf(watch('alice', sessionId))).toMatchObject({ status: 404 });
    expect(await refusalOf(watch('carol', 's-aaaaaaaa'))).toMatchObject({ status: 404 });
    expect(await watchEvents(sessionId)).toEqual([]);
    const terminated = await web.current.call('alice', {
      path: `/sessions/${sessionId}/terminate`,
      json: {},
    });
    expect(terminated.status).toBe(404);
    const head = await fetch(`${web.current.url}/api/v1/sessions/${sessionId}/live`, {
      method: 'HEAD',
      headers: await web.current.browserOf('carol'),
    });
    expect(head.status).toBe(404);
  });

  test.each([
    ['signs out', 'signed-out', `delete from web_session where identity_id = ?`],
    [
      'leaves the group that lets them see it',
      'not-visible',
      `update identity set groups = '[]' where id = ?`,
    ],
  ])('any more, because somebody %s, sees nothing within two seconds', async (_, because, change) => {
    const { client, sessionId } = await connect();
    const carol = await watch('carol', sessionId);
    await carol.until(({ beats }) => expect(beats.at(-1)?.caughtUp).toBe(true));
    const { id } = await web.current.person('carol');
    const browser = await watchSession({
      url: web.current.url,
      sessionId,
      headers: await web.current.browserOf('carol'),
    });
    watches.push(browser);
    const lostAtMs = performance.now();
    await web.current.access.store.read().execute(change, [id]);
    await browser.until(({ end }) => expect(end?.because).toBe(because));
    const tookMs = performance.now() - lostAtMs;
    expect(tookMs).toBeLessThan(LOST_WITHIN_MS + 1_000);
    process.stdout.write(`the stream ended ${Math.round(tookMs)} ms after somebody ${because}\n`);
    const told = browser.told.length;
    await client.query('select 1');
    expect(browser.told).toHaveLength(told);
  });
});

describe('limits', () => {
  test('are for one person and for all, and a closed stream makes room', async () => {
    const { sessionId } = await connect();
    for (let stream = 0; stream < STREAMS_PER_PERSON; stream += 1) await watch('carol', sessionId);
    expect(await refusalOf(watch('carol', sessionId))).toMatchObject({ status: 429 });
    for (let stream = STREAMS_PER_PERSON; stream < STREAMS; stream += 1) await watch('bob', sessionId);
    expect(await refusalOf(watch('bob', sessionId))).toMatchObject({
      status: 429,
      detail: expect.stringMatching(/too many people/i),
    });
    watches[0]?.close();
    await vi.waitFor(async () => void (await watch('carol', sessionId)), { timeout: 10_000 });
  });
});

describe('a process that does not share the disk of the broker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-elsewhere-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('follows by a relay, which goes with its last watcher', async () => {
    const { access, keys, recordings } = web.current;
    const { client, sessionId } = await connect();
    const relay = new RecordingRelay({
      context: access,
      recordings: {
        isRecording: broker.isRecording,
        read: (id, range) => readRecordingFrom(recordings, id, range),
      },
      onFault: (what, error) => {
        throw new Error(what, { cause: error });
      },
    });
    relay.start();
    const feeds = openLiveFeeds(access, { directory, keys });
    const { feed, release } = await feeds.open(sessionId);
    const toldOf = (text: string): void => {
      const told: string[] = [];
      for (let serial = 0; ; serial += 1) {
        const part = feed.part(serial);
        if (part === null) break;
        told.push(part.bytes.toString());
      }
      expect(told.join('')).toContain(text);
    };
    // Larger than a window, so that the way back is needed, too.
    const blob = 'x'.repeat(300_000);
    for (let round = 0; round < 6; round += 1) await client.query(`select length('${blob}${round}')`);
    await client.query(`select 'told elsewhere'`);
    const ranAtMs = performance.now();
    await vi.waitFor(() => toldOf('told elsewhere'), { timeout: 20_000, interval: 5 });
    process.stdout.write(`2 MB were relayed in ${Math.round(performance.now() - ranAtMs)} ms\n`);
    await client.query(`select 'and at once'`);
    const againAtMs = performance.now();
    await vi.waitFor(() => toldOf('and at once'), { timeout: 20_000, interval: 5 });
    process.stdout.write(`a statement was relayed after ${Math.round(performance.now() - againAtMs)} ms\n`);
    await client.end();
    await vi.waitFor(() => expect(feed.state.kind).toBe('ended'), { timeout: 20_000 });
    release();
    await feeds.close();
    const db = access.store.read();
    expect(await db.execute('select from recording_relay')).toEqual([]);
    expect(await db.execute('select from recording_relay_piece')).toEqual([]);
    await relay.stop();
  });
});
