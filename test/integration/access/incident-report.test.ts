/**
 * The report of an incident against what really happened: statements through a broker to a real PostgreSQL, files over
 * SFTP to a real OpenSSH server, one held command, one denial, and a recording that somebody changed.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { voteOnHold } from '../../../src/access/decide-hold.ts';
import { listIncidents } from '../../../src/access/incidents/list-incidents.ts';
import { makeReport } from '../../../src/access/incidents/report/make-report.ts';
import type { IncidentReport } from '../../../src/access/incidents/report/report.ts';
import { writeReport } from '../../../src/access/incidents/report/write-report.ts';
import { incidentTimeline } from '../../../src/access/incidents/timeline.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { listHolds } from '../../../src/access/read-holds.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import { RecordingsIndex } from '../../../src/access/search/index-recordings.ts';
import type { SessionView } from '../../../src/access/views.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { Secret } from '../../../src/core/secret.ts';
import { openExaminer } from '../../../src/recording/evidence/examine.ts';
import { openRecordingsToFollow } from '../../../src/recording/follow.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { useTestShop } from '../../support/database.ts';
import { sshClient } from '../../support/ssh/clients.ts';
import { useSshBroker } from '../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../support/ssh/sshd.ts';

const INCIDENT = 'inc-7';

const shop = useTestShop();
const sshd = useSshd();
const host = useSshBroker({
  sshd,
  roles: '\n      files: { shell: exec }',
  settings: 'oversight: { groups: [responders] }',
  wrapContext: (context) => {
    const { readSecret } = context.settings;
    return {
      ...context,
      settings: {
        ...context.settings,
        readSecret: (reference: Parameters<typeof readSecret>[0]) =>
          'env' in reference ? new Secret(shop.current.credentials.owner.password) : readSecret(reference),
      },
    };
  },
});

let directory: string;
let alice: Person;
let bob: Person;
let dana: Person;
let database: SessionView;
let files: SessionView;
const upload = randomBytes(5_000);

beforeAll(async () => {
  const { access, policy } = host.current;
  directory = await mkdtemp(join(tmpdir(), 'sallyport-report-'));
  await chmod(directory, 0o777);
  const { name, credentials } = shop.current;
  access.applyPolicy(
    policy
      .replace(
        'access:\n',
        `  - name: orders-db
    kind: postgres
    address: ${shop.current.host}:${shop.current.port}
    database: ${name}
    credential: { username: ${credentials.owner.username}, password: { env: SHOP } }
    tls: { mode: disable }
    roles: { write: { allow: all } }
access:
  - name: databases
    who: { groups: [engineering] }
    to: { kind: postgres }
    roles: [write]
    approval: { from: [{ group: sre, count: 1 }] }
`,
      )
      .replace(
        'rules:\n  []',
        `rules:
  - { name: no-unbounded-writes, on: { kind: postgres }, match: { effects: [delete, update], missingWhere: true }, action: deny, message: Add a WHERE clause. }
  - { name: destructive-ddl, on: { kind: postgres }, match: { effects: [drop] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 5m } }`,
      )
      .replace(
        'masks:\n  []',
        'masks: [{ name: contact, columns: ["public.customers.email"], with: redact }]',
      ),
  );
  alice = await access.person('alice', ['engineering']);
  bob = await access.person('bob', ['sre']);
  dana = await access.person('dana', ['dba']);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function granted(resource: string, role: string): Promise<string> {
  const { context, broker } = host.current;
  const { id: requestId } = await requestAccess(context, {
    ...{
      requester: alice,
      resource,
      role,
      durationMs: 3_600_000,
      reason: 'orders <b>hang</b>',
      ticket: 'OPS-1',
    },
    ...{ incident: INCIDENT, origin: null, idempotencyKey: randomUUID() },
  });
  const vote = { requestId, verdict: 'approve', durationMs: null, note: 'go on', platform: 'web' } as const;
  if (resource === 'orders-db') await castVote(context, { ...vote, voter: bob });
  const grantId = (await readRequest(context, { id: requestId })).grant?.id ?? '';
  await issueGrant(context, { grantId, preparer: broker });
  return grantId;
}

async function workOnDatabase(): Promise<SessionView> {
  const { context, postgresPort: port } = host.current;
  const grantId = await granted('orders-db', 'write');
  const { username, password } = await revealConnection(context, { grantId, by: alice, platform: 'web' });
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: username,
    password,
    database: shop.current.name,
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  await client.query('alter table orders add column note text');
  await client.query('select id, email from customers order by id limit 3');
  await client.query("update orders set status = 'late' where id <= 2");
  await client.query('begin');
  await client.query('delete from payments where id = 1');
  await client.query('rollback');
  await expect(client.query('delete from payments')).rejects.toThrow('Add a WHERE clause');
  await expect(client.query('select nothing from customers')).rejects.toThrow('nothing');
  const dropped = client.query('drop view payment_overview');
  await expect.poll(async () => (await listHolds(context, { viewer: dana })).length).toBe(1);
  const [held] = await listHolds(context, { viewer: dana });
  await voteOnHold(context, {
    ...{
      holdId: held?.id ?? '',
      voter: dana,
      verdict: 'approve',
      scope: 'once',
      note: 'agreed',
      platform: 'web',
    },
    textSha256: held?.textSha256 ?? '',
  });
  await dropped;
  await client.end();
  return host.current.endedSession(grantId);
}

async function workOnFiles(): Promise<SessionView> {
  const { context, login } = host.current;
  const grantId = await granted('web-1', 'files');
  const revealed = await revealConnection(context, { grantId, by: alice, platform: 'web' });
  if (revealed.kind !== 'ssh') throw new Error('no host');
  const client = await sshClient(login(revealed));
  const local = join(client.directory, 'up');
  await writeFile(local, upload);
  const { status, stderr } = await client.sftp([
    `put ${local} ${join(directory, 'nginx.conf')}`,
    `put ${local} ${join(directory, 'gone')}`,
    `rm ${join(directory, 'gone')}`,
  ]);
  expect([status, stderr]).toEqual([0, '']);
  await client.remove();
  return host.current.endedSession(grantId);
}

async function report(
  by: Identity,
  more: { audience?: 'person' | 'channel'; timeMaxMs?: number } = {},
): Promise<IncidentReport> {
  const { directory: recordings, keys, context } = host.current;
  const examiner = openExaminer({ directory: recordings, keys });
  const { audience = 'person', ...time } = more;
  const asking = audience === 'person' ? { audience, by } : ({ audience: 'channel', byId: by.id } as const);
  const steps = makeReport(context, { name: INCIDENT, examiner, ...asking, ...time });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

test('an incident is made of real work', async () => {
  const { access } = host.current;
  database = await workOnDatabase();
  files = await workOnFiles();
  const { recordings } = { recordings: { directory: host.current.directory, keys: host.current.keys } };
  const index = new RecordingsIndex(host.current.context, openRecordingsToFollow(recordings));
  expect(await index.readOn()).toEqual([]);
  index.close();
  const { keys } = host.current;
  const signers = { trusted: keys.trusted, signerIn: async () => keys.newest };
  await chainEvents(access.store, { signers, clock: access.clock });
}, 60_000);

describe('a report', () => {
  test('holds what happened, and that nothing of it was altered', async () => {
    const made = await report(alice);
    expect(made.figures).toMatchObject({
      ...{ requests: 2, sessions: 2, denied: 1, held: 1, rowsChanged: 2, filesChanged: 3 },
      ...{ maskedCells: 3, verified: 2, failedVerification: 0 },
    });
    const roles = new Map(made.people.map(({ person, roles: its }) => [person.id, its]));
    expect(roles.get(alice.id)).toEqual(['asked for access', 'held access']);
    expect(roles.get(bob.id)).toEqual(['decided on requests']);
    expect(roles.get(dana.id)).toEqual(['decided on commands']);
    const tables = made.tables.map(({ table, operation, rows }) => [operation, table, rows]);
    expect(tables).toContainEqual(['update', 'orders', 2]);
    expect(tables.map(([operation]) => operation)).toEqual(expect.arrayContaining(['alter', 'drop']));
    expect(tables.map(([operation]) => operation)).not.toContain('delete');
    expect(made.leftOut).toContain(
      'Left out: 1 changes that were rolled back or never committed: they changed nothing.',
    );
    const sha256 = createHash('sha256').update(upload).digest('hex');
    const about = made.files.map(({ act, path, bytes, sha256: its }) => [act, path, bytes, its]);
    expect(about).toContainEqual(['uploaded', join(directory, 'nginx.conf'), upload.length, sha256]);
    expect(about).toContainEqual(['removed', join(directory, 'gone'), null, null]);
    expect(made.masked).toMatchObject([
      { resource: 'orders-db', columns: ['email'], cells: 3, statements: 1 },
    ]);
    expect(made.denials.map(({ text, rule }) => [text, rule])).toEqual([
      ['delete from payments', 'no-unbounded-writes'],
    ]);
    expect(made.holds).toMatchObject([
      { text: 'drop view payment_overview', state: 'approved', by: [{ id: dana.id }], note: 'agreed' },
    ]);
    expect(made.commands[0]).toMatchObject({ text: 'drop view payment_overview', held: true, denied: false });
    const recordings = made.sessions.map(({ session, recording }) => [session.id, recording]);
    for (const [id, head] of [
      [database.id, database.recordingHead],
      [files.id, files.recordingHead],
    ])
      expect(recordings).toContainEqual([
        id,
        expect.objectContaining({ standing: 'verified', head, loggedHead: head, problems: [] }),
      ]);
    const { checked, events } = made.verification.log;
    expect(checked).toMatchObject({ ok: true, problems: [] });
    expect(checked?.headSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(events).toBeGreaterThan(8);
  });

  test('tells it in every format, masked, and nothing that was typed is markup', async () => {
    const made = await report(alice);
    const html = writeReport(made, 'html').text;
    expect(html).toContain('orders &lt;b&gt;hang&lt;/b&gt;');
    expect(html).not.toMatch(/<script|<img|<link|\son\w+=|javascript:/i);
    const head = database.recordingHead ?? '';
    const markdown = writeReport(made, 'markdown').text;
    for (const text of [html, markdown]) {
      expect(text).toContain(head);
      expect(text).toContain('sallyport verify recordings/');
    }
    const json: { version: number; figures: unknown } = JSON.parse(writeReport(made, 'json').text);
    expect(json).toMatchObject({ version: 1, figures: made.figures });
  });

  test('is in the audit log, with who made it', async () => {
    await report(dana);
    const [event] = await host.current.access.store
      .read()
      .execute<{ actor_id: string; subject: string; data: object }[]>(
        `select actor_id, subject, data from event where type = 'report.made' order by id desc limit 1`,
      );
    expect(event).toMatchObject({ actor_id: dana.id, subject: INCIDENT, data: { audience: 'person' } });
  });

  test('for somebody without the right has no session of it, and says how many there are', async () => {
    const erin = await host.current.access.person('erin', []);
    const made = await report(erin);
    expect([made.sessions, made.commands, made.tables, made.files, made.masked, made.holds]).toEqual(
      Array.from({ length: 6 }, () => []),
    );
    expect(made.leftOut).toContain('Left out: 2 sessions that whoever made this report may not see.');
    expect(writeReport(made, 'html').text).not.toContain('drop view');
  });

  test('for the channel has no literal and no list of files', async () => {
    const made = await report(alice, { audience: 'channel' });
    const text = writeReport(made, 'markdown').text;
    expect(made.figures).toMatchObject({ sessions: 2, rowsChanged: 2, filesChanged: 3, verified: 2 });
    expect(text).not.toContain("'late'");
    // What a card shows of a session is there: the rest of the files is counted.
    expect(made.files).toEqual([]);
    expect(made.leftOut).toContain(
      'Left out: 3 files of resources whose transcripts are not posted in chat.',
    );
    expect(made.commands.map(({ operation }) => operation)).toContain('drop');
  });

  test('says what it had no time for', async () => {
    const made = await report(alice, { timeMaxMs: 0 });
    expect(made.sessions.map(({ recording }) => recording.standing)).toEqual(['unread', 'unread']);
    expect(made.leftOut).toContain('Left out: 2 recordings that could not be read now.');
    expect(made.verification.log.checked).toBeNull();
  });

  test('names a recording that was changed, and one that is gone', async () => {
    const path = recordingPath(host.current.directory, database.id);
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    const byte = Buffer.alloc(1);
    const at = Math.floor(size / 2);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at);
    await file.close();
    await rm(recordingPath(host.current.directory, files.id));
    const made = await report(alice);
    expect(made.figures).toMatchObject({ verified: 0, failedVerification: 2 });
    const found = new Map(made.sessions.map(({ session, recording }) => [session.id, recording]));
    expect(found.get(database.id)).toMatchObject({
      standing: 'failed',
      head: null,
      loggedHead: database.recordingHead,
    });
    expect(found.get(database.id)?.problems[0]).toMatch(/^byte \d+: \w+: /);
    expect(found.get(files.id)).toMatchObject({ standing: 'missing' });
    const html = writeReport(made, 'html').text;
    expect(html).toContain('Something is not as it was written');
    expect(html).toContain('FAILED');
  });
});

describe('the timeline of a person', () => {
  const read = (by: Person, more: object = {}) =>
    incidentTimeline(host.current.context, { name: INCIDENT, viewer: by, ...more });

  test('has the statements that matter, each with its moment, and how many others there are', async () => {
    const { entries, people, resources } = await read(alice);
    const done = entries.filter(({ kind }) => kind === 'statement');
    expect(done.find(({ code }) => code === 'delete from payments')).toMatchObject({
      marks: ['denied'],
      resource: 'orders-db',
      who: { id: alice.id },
      moment: { sessionId: database.id, statement: expect.any(Number) },
    });
    expect(done.find(({ code }) => code === 'drop view payment_overview')?.marks).toEqual([
      'held',
      'changed',
    ]);
    expect(done.find(({ code }) => code?.includes('email'))?.marks).toEqual(['masked']);
    expect(done.find(({ code }) => code?.includes('nothing'))?.marks).toEqual(['failed']);
    expect(done.some(({ code, marks }) => code?.includes('nginx.conf') && marks.includes('changed'))).toBe(
      true,
    );
    const folds = entries.filter(({ kind }) => kind === 'fold');
    expect(folds.length).toBeGreaterThan(0);
    expect(folds[0]).toMatchObject({
      text: expect.stringMatching(/^\d+ more \w+ on /),
      moment: expect.anything(),
    });
    expect(people.map(({ person }) => person.id)).toEqual(
      expect.arrayContaining([alice.id, bob.id, dana.id]),
    );
    expect(resources).toEqual(['orders-db', 'web-1']);
  });

  test('is narrowed to what became of statements, to a person and to a resource', async () => {
    const denied = await read(alice, { marks: ['denied'] });
    expect(denied.entries.map(({ code }) => code)).toEqual(['delete from payments']);
    const danas = await read(alice, { who: dana.id });
    expect(new Set(danas.entries.map(({ kind }) => kind))).toEqual(new Set(['hold']));
    const files = await read(alice, { resource: 'web-1' });
    expect(new Set(files.entries.map(({ resource }) => resource))).toEqual(new Set(['web-1']));
    expect(files.people).toEqual((await read(alice)).people);
  });
});

test('incidents are listed with what their reader may see of them', async () => {
  const { context, access } = host.current;
  const list = async (viewer: Person, more: object = {}) =>
    (await listIncidents(context, { viewer, open: false, search: '', cursor: null, limit: 10, ...more }))
      .items;
  expect(await list(alice)).toMatchObject([
    { name: INCIDENT, state: null, requests: 2, sessions: 2, live: 0 },
  ]);
  const erin = await access.person('erin', []);
  expect(await list(erin)).toMatchObject([{ name: INCIDENT, requests: 2, sessions: 0 }]);
  expect(await list(alice, { search: 'INC-8' })).toEqual([]);
  expect(await list(alice, { open: true })).toEqual([]);
});
