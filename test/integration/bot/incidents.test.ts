/** Incidents from chat: their channels, what carries their name, their timeline, and a session's documents. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { documentsToPost, readChatDocument } from '../../../src/access/documents.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { incidentsToOpen, incidentsToSettle } from '../../../src/access/incidents/incidents.ts';
import { incidentTimeline } from '../../../src/access/incidents/timeline.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatMessage } from '../../../src/bot/web/wire.ts';
import { Secret } from '../../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { openSessionDocuments } from '../../../src/recording/session-documents.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { hold } from '../../support/live-session.ts';
import { type ChatUser, cardOf, idIn, platformsOf, subjectOf, useChatServer } from './chat-server.ts';

const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    evidence: { uploads: true }
    roles: { read: { allow: [select] }, write: { allow: [select, insert, update, delete] } }
  - name: quiet-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { read: { allow: [select] } }
access:
  - name: prod
    who: { groups: [engineering] }
    to: { labels: { env: prod } }
    roles: [read, write]
    approval: { from: [{ group: sre }], within: 30m }
masks: [{ name: keys, detect: [aws-key], with: redact }]
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
oversight: { groups: [responders] }
freeze: { groups: [sre] }
chat: { web: { channels: [access, access-audit, general, inc-42] } }
`;
const KEYS = createRecordingKeys({
  masterKey: new Secret(randomBytes(32)),
  signingKey: generateKeyPairSync('ed25519').privateKey,
});
let recordings = '';
const chat = useChatServer({
  policy: POLICY,
  documents: {
    open: (sessionId, kind) =>
      openSessionDocuments({ directory: recordings, keys: KEYS }).open(sessionId, kind),
  },
});
let alice: ChatUser;
let bob: ChatUser;
let carol: ChatUser;

beforeAll(async () => {
  recordings = await mkdtemp(join(tmpdir(), 'sallyport-documents-'));
});
afterAll(async () => {
  await rm(recordings, { recursive: true, force: true });
});
beforeEach(async () => {
  alice = await chat.current.user('alice', ['engineering']);
  bob = await chat.current.user('bob', ['sre']);
  carol = await chat.current.user('carol', ['responders']);
});

/** Opens an incident. @returns its channel */
async function opened(title: string): Promise<{ id: string; channel: string }> {
  const { reply } = await alice.say('general', `/access incident open ${title}`);
  await chat.current.settle();
  const [, id = '', channel = ''] =
    /^(i-[a-z2-7]{8}) is open\. Its channel #(\S+) /.exec(reply?.text ?? '') ?? [];
  return { id, channel };
}

interface Made {
  readonly requestId: string;
  readonly grantId: string;
}

async function granted(channel: string, resource = 'orders-db'): Promise<Made> {
  const { context, settle } = chat.current;
  const asked = await alice.say(
    channel,
    `/access request ${resource} as read for 1h because "<!channel> *rows* are missing"`,
  );
  const requestId = idIn(asked);
  await castVote(context, {
    requestId,
    voter: bob.person,
    verdict: 'approve',
    durationMs: null,
    note: 'go [on](https://evil.example)',
    platform: 'web',
  });
  await settle();
  const { grant } = await readRequest(context, { id: requestId });
  return { requestId, grantId: grant?.id ?? '' };
}

/** A session with a recording, ended unless `live`. */
async function session({ requestId, grantId }: Made, { live = false, statements = 1 } = {}): Promise<string> {
  const { context, settle, clock } = chat.current;
  const answer = await authorizeConnection(context, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '10.0.0.1',
    application: 'psql',
    replica: 'test',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  const { sessionId } = answer;
  const { approvers, resource } = { approvers: [], resource: 'orders-db' };
  const journal = new Journal({ directory: recordings, keys: KEYS, sync: 100 });
  const recorder = openRecording({
    journal,
    facts: {
      ...{ sessionId, grantId, requestId, approvers, resource },
      ...{ resourceKind: 'postgres', role: 'read', reason: 'rows are missing', incident: null },
      ...{ clientAddress: '10.0.0.1', application: 'psql', policyVersion: 'test' },
      holder: { id: alice.person.id, name: 'Alice', email: 'alice@example.com' },
      startedAt: clock.now().toISOString(),
    },
  });
  for (let statement = 1; statement <= statements; statement += 1) {
    recorder.append({
      ...{ type: 'statement', atMs: statement, statement, parameters: [], textSha256: '0'.repeat(64) },
      protocol: 'simple',
      text: statements === 1 ? 'select email from customers' : `select '${'x'.repeat(200_000)}'`,
      analysis: [],
      verdict: { action: 'allow', rule: null, reason: 'the role allows select' },
    });
    recorder.note({
      ...{ type: 'rows', atMs: 2, statement, columns: [{ name: 'email', masked: true }] },
      rows: [['<redacted>']],
    });
  }
  if (!live) {
    const { headHex } = await recorder.close();
    await endSession(context, {
      sessionId,
      reason: 'client-closed',
      counts: { ...ZERO_COUNTS, commands: 3, denied: 1, maskedCells: 1 },
      recordingHead: headHex,
      riskiest: [
        {
          at: clock.now(),
          text: 'delete from customers where email = $1 ```',
          operation: 'delete',
          action: 'deny',
          rule: 'role',
        },
      ],
    });
  } else {
    await recorder.close();
  }
  await journal.close();
  await chat.current.publisher.syncCard('session', sessionId);
  await settle();
  return sessionId;
}

const files = (messages: readonly ChatMessage[]) =>
  messages.filter(({ card }) => card?.actions.some((one) => one.kind === 'link' && one.label === 'Download'));

async function download(message: ChatMessage | undefined, reader = bob) {
  const link = message?.card?.actions[0];
  if (link?.kind !== 'link') throw new Error('no file');
  return reader.request(new URL(link.url).pathname.replace('/chat/api', ''));
}

describe('an incident', () => {
  test('is opened with a channel of its own, which everybody finds and requests there carry', async () => {
    const { id, channel } = await opened('Checkout is *down*, über <!channel>');
    expect(channel).toMatch(/^inc-\d{8}-checkout-is-down-uber-channel-[a-z2-7]{8}$/);
    for (const place of [channel, 'access']) {
      expect(cardOf(await bob.messages(place), id).title).toBe(
        'Incident: Checkout is *down*, über <!channel>',
      );
    }
    const { channels } = await bob.state();
    expect(channels.find(({ name }) => name === channel)).toMatchObject({ kind: 'incident' });
    const { requestId, grantId } = await granted(channel);
    expect(await readRequest(chat.current.context, { id: requestId })).toMatchObject({ incident: channel });
    const sessionId = await session({ requestId, grantId });
    const card = cardOf(await bob.messages(channel), sessionId);
    expect(card.fields.find(({ label }) => label === 'SHA-256 of the recording')?.value).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  test('opened twice by one act is opened once, also when its channel is made twice', async () => {
    const { context, errands } = chat.current;
    const key = randomUUID();
    const first = await alice.say('general', '/access incident open twice', key);
    expect(await alice.say('general', '/access incident open twice', key)).toEqual(first);
    const id = /i-[a-z2-7]{8}/.exec(first.reply?.text ?? '')?.[0] ?? '';
    await Promise.all([errands.openIncident(id), errands.openIncident(id)]);
    await chat.current.settle();
    const rows = await context.store
      .read()
      .execute<{ count: string }[]>(`select count(*) from incident where title = 'twice'`);
    expect(rows[0]?.count).toBe('1');
  });

  test('is made by the sweep when its job was lost', async () => {
    const { context, clock, errands } = chat.current;
    const { reply } = await alice.say('general', '/access incident open lost');
    await context.store.read().execute(`delete from outbox where job = 'open-incident'`);
    expect(await incidentsToOpen(context)).toEqual([]);
    clock.stepMs(31_000);
    const [due, second] = await incidentsToOpen(context);
    expect(second).toBeUndefined();
    expect(reply?.text).toContain(due?.incidentId);
    await errands.openIncident(due?.incidentId ?? '');
    expect(await incidentsToOpen(context)).toEqual([]);
  });

  test('is what a channel is declared to be, until it is closed', async () => {
    const { context, settle } = chat.current;
    const linked = await alice.say('general', '/access incident link the slow queue');
    expect(linked.reply).toMatchObject({ tone: 'good' });
    expect((await alice.say('general', '/access incident link')).reply?.text).toMatch(/already/);
    await settle();
    const { requestId } = await granted('general');
    expect(await readRequest(context, { id: requestId })).toMatchObject({ incident: 'general' });
    expect((await bob.say('general', '/access incident close')).reply?.text).toMatch(/Alice opened it/);
    expect((await alice.say('general', '/access incident close')).reply).toMatchObject({ tone: 'good' });
    await settle();
    // The channel was there before and stays.
    expect((await bob.say('general', 'thank you all')).message?.text).toBe('thank you all');
    const after = await granted('general');
    expect(await readRequest(context, { id: after.requestId })).toMatchObject({ incident: null });
    expect((await alice.say('general', '/access incident close')).reply?.text).toMatch(
      /No incident was opened/,
    );
  });

  test('ends with its timeline in its channel, which is only read from then on', async () => {
    const { settle, errands, context, clock } = chat.current;
    const { id, channel } = await opened('to be closed');
    const { requestId } = await granted(channel);
    const subject = subjectOf(cardOf(await carol.messages(channel), id), 'close-incident');
    const refused = await bob.click(channel, { action: 'close-incident', subject });
    expect(refused.reply?.tone).toBe('bad');
    await carol.click(channel, { action: 'close-incident', subject });
    clock.stepMs(31_000);
    expect(await incidentsToSettle(context)).toEqual([{ incidentId: id }]);
    await settle();
    await errands.closeIncident(id);
    expect(await incidentsToSettle(context)).toEqual([]);
    const messages = await bob.messages(channel);
    expect(cardOf(messages, id).title).toBe('Closed incident: to be closed');
    expect(files(messages)).toHaveLength(1);
    expect(await (await download(files(messages)[0])).text()).toContain(requestId);
    const line = await bob.request('/messages', {
      body: { channel, text: 'still there?', key: randomUUID() },
    });
    expect(line.status).toBe(410);
    const late = await bob.click(channel, { action: 'close-incident', subject });
    expect(late.reply?.text).toMatch(/closed already/);
    // What changes now is shown where somebody reads it.
    clock.stepMs(8 * 86_400_000);
    expect((await bob.request(`/channels/${channel}/messages`)).status).toBe(404);
    clock.stepMs(-8 * 86_400_000);
  });

  test('says what is wrong with what was typed', async () => {
    for (const [text, answer] of [
      ['/access incident', 'No incident was opened in this channel'],
      ['/access incident close i-aaaaaaaa', 'There is no incident'],
      ['/access timeline', 'This is no channel of an incident'],
    ] as const) {
      expect((await alice.say('access', text)).reply?.text).toContain(answer);
    }
    const privately = await alice.say(alice.privateChannel, '/access incident link');
    expect(privately.reply?.text).toContain('Nobody else is here');
  });
});

describe('a timeline', () => {
  test('tells in order who asked, decided and did what, in which nothing typed is markup', async () => {
    const { context, settle } = chat.current;
    const made = await granted('inc-42');
    const sessionId = await session(made, { live: true });
    await hold(chat.current, sessionId, { text: 'drop table t -- AKIAIOSFODNN7EXAMPLE\n```\n# no heading' });
    await freeze(context, { by: bob.person, reason: 'look *first*' });
    await unfreeze(context, { by: bob.person, reason: 'seen' });
    const asked = await bob.say('inc-42', '/access timeline');
    expect(asked.reply).toMatchObject({ tone: 'good' });
    await settle();
    await settle();
    const posted = files(await bob.messages('inc-42'));
    expect(posted).toHaveLength(1);
    const answer = await download(posted[0]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="timeline-inc-42.md"');
    const text = await answer.text();
    expect(text).toContain('# Incident inc\\-42');
    expect(text).toContain('\\<\\!channel\\> \\*rows\\* are missing');
    expect(text).toContain('approved it\\: go \\[on\\]\\(https\\://evil.example\\)');
    expect(text).not.toContain('AKIAIOSFODNN7EXAMPLE');
    expect(text).toMatch(/ {2}````\n {2}drop table t .*\n {2}```\n {2}# no heading\n {2}````/);
    const order = [
      'asked for',
      'approved it',
      'got read',
      'connected to',
      'waits with',
      'froze access',
      'lifted',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  test('holds the sessions that its reader may see, and counts the others', async () => {
    const { context } = chat.current;
    const name = 'inc-42';
    const outsider = await chat.current.user('erin', []);
    const kinds = async (viewer: ChatUser | null) => {
      const timeline = await incidentTimeline(context, { name, viewer: viewer?.person ?? null });
      return { kinds: new Set(timeline.entries.map(({ kind }) => kind)), hidden: timeline.hiddenSessions };
    };
    for (const reader of [null, alice, bob, carol]) {
      expect((await kinds(reader)).kinds.has('session')).toBe(true);
      expect((await kinds(reader)).hidden).toBe(0);
    }
    const seen = await kinds(outsider);
    expect([seen.kinds.has('session'), seen.kinds.has('hold'), seen.hidden]).toEqual([false, false, 1]);
    expect(seen.kinds.has('request')).toBe(true);
    await expect(incidentTimeline(context, { name: 'inc-nobody', viewer: null })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('asked for elsewhere is a link for whoever asks', async () => {
    const { reply } = await bob.say('general', '/access timeline inc-42');
    expect(reply?.card?.actions).toEqual([
      {
        kind: 'link',
        label: 'Open it',
        url: 'http://127.0.0.1:7180/api/v1/incidents/inc-42/timeline?format=markdown',
      },
    ]);
  });
});

describe('a session’s documents', () => {
  test('go into the thread of its card where its resource allows it, once for each click', async () => {
    const { settle } = chat.current;
    const { channel } = await opened('with documents');
    const sessionId = await session(await granted(channel));
    const card = cardOf(await bob.messages(channel), sessionId);
    const key = randomUUID();
    const click = { action: 'transcript', subject: subjectOf(card, 'transcript'), key } as const;
    expect((await bob.click(channel, click)).reply).toMatchObject({ tone: 'good' });
    await bob.click(channel, click);
    await settle();
    const recording = { action: 'recording', subject: subjectOf(card, 'recording') } as const;
    await alice.click(channel, recording);
    await settle();
    const messages = await bob.messages(channel);
    const [transcript, lines, more] = files(messages);
    expect(more).toBeUndefined();
    const root = messages.find((message) => message.card?.fields.some(({ value }) => value === sessionId));
    expect([transcript?.threadOf, lines?.threadOf]).toEqual([root?.threadOf, root?.threadOf]);
    const text = await (await download(transcript)).text();
    expect(text).toContain('select email from customers');
    expect(text).toContain('<redacted>');
    expect((await download(lines)).headers.get('content-disposition')).toContain(`${sessionId}.jsonl`);
    expect((await download(lines, await chat.current.user('erin', []))).status).toBe(200);
  });

  test('are a link where it does not, where the card does not stand, and in private', async () => {
    const { settle } = chat.current;
    const { channel } = await opened('quiet');
    const quiet = await session(await granted(channel, 'quiet-db'));
    const loud = await session(await granted(channel));
    const clicks = [
      [channel, quiet],
      ['general', loud],
      [bob.privateChannel, loud],
    ] as const;
    for (const [place, subject] of clicks) {
      const { reply } = await bob.click(place, { action: 'transcript', subject });
      expect(reply?.card?.actions).toEqual([
        {
          kind: 'link',
          label: 'Open it',
          url: `http://127.0.0.1:7180/sessions/${subject}`,
        },
      ]);
    }
    await settle();
    for (const [place] of clicks) {
      const posted = files(await bob.messages(place)).map(({ card }) => card?.title);
      expect(posted.filter((title) => !title?.startsWith('Timeline'))).toEqual([]);
    }
  });

  test('are not for who may not see the session, nor of one that is live', async () => {
    const { channel } = await opened('not yet');
    const sessionId = await session(await granted(channel), { live: true });
    const card = cardOf(await bob.messages(channel), sessionId);
    expect(card.actions.map((one) => one.kind === 'button' && one.action)).not.toContain('transcript');
    const early = await bob.click(channel, { action: 'transcript', subject: sessionId });
    expect(early.reply?.text).toContain('is live');
    const dana = await chat.current.user('dana', ['dba']);
    for (const action of ['transcript', 'recording'] as const) {
      const foreign = await dana.click(channel, { action, subject: sessionId });
      expect(foreign.reply?.text).toContain('that you may see');
    }
  });

  test('are linked after all when the policy changed meanwhile, when they are too long, or kept elsewhere', async () => {
    const { context, settle, applyPolicy } = chat.current;
    const { channel } = await opened('later');
    const ask = async (sessionId: string) => {
      const { reply } = await bob.click(channel, { action: 'transcript', subject: sessionId });
      expect(reply?.tone).toBe('good');
    };
    const whys = async () =>
      (await bob.messages(channel)).flatMap(({ card }) =>
        card?.title.startsWith('Transcript') ? [card.status] : [],
      );
    const changed = await session(await granted(channel));
    await ask(changed);
    applyPolicy(POLICY.replace('uploads: true', 'uploads: false'));
    await settle();
    applyPolicy(POLICY);
    expect(await whys()).toEqual([expect.stringContaining('does not let it be posted any more')]);

    const long = await session(await granted(channel), { statements: 30 });
    await ask(long);
    await settle();
    expect((await whys()).at(-1)).toContain('too long');

    const elsewhere = await session(await granted(channel));
    await rm(recordings, { recursive: true });
    await ask(elsewhere);
    await settle();
    expect((await whys()).at(-1)).toContain('kept elsewhere');
    expect(files(await bob.messages(channel))).toEqual([]);
    expect(await documentsToPost(context)).toEqual([]);
  });

  test('go nowhere on a platform that is not set up, and are tried again', async () => {
    const { context, clock } = chat.current;
    const { id } = await requestAccess(context, {
      ...{ requester: alice.person, resource: 'orders-db', role: 'read', durationMs: 3_600_000 },
      ...{ reason: 'x', ticket: null, incident: 'inc-42', origin: null, idempotencyKey: randomUUID() },
    });
    expect(id).toMatch(/^r-/);
    await bob.say('inc-42', '/access timeline');
    clock.stepMs(31_000);
    const [due] = await documentsToPost(context);
    const documentId = due?.documentId ?? '';
    const logger = { warn: () => undefined, error: () => undefined };
    const nowhere = createBot({ access: context, platforms: [], logger }).errandsWith({
      open: async () => null,
    });
    await expect(nowhere.postDocument(documentId)).rejects.toMatchObject({ code: 'unavailable' });
    const platforms = (await platformsOf(context)).map(({ upload: _upload, ...rest }) => rest);
    const without = createBot({ access: context, platforms, logger }).errandsWith({ open: async () => null });
    await without.postDocument(documentId);
    expect(await readChatDocument(context, { id: documentId })).toMatchObject({ posted: true });
    const last = (await bob.messages('inc-42')).at(-1);
    expect(last?.card?.actions).toMatchObject([{ kind: 'link', label: 'Open it' }]);
  });
});
