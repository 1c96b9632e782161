/**
 * Every question that the API answers, asked by somebody without a login, by somebody without the right and by somebody
 * with it. The questions come from the OpenAPI document: one that nobody thought of here fails.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { RecordingsIndex } from '../../../src/access/search/index-recordings.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { openRecordingsToFollow } from '../../../src/recording/follow.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { SESSION } from '../../../src/web/schemas/sessions.ts';
import { hold } from '../../support/live-session.ts';
import { useWebHarness } from './harness.ts';
import { openSession, recordHandled } from './recorded-session.ts';

const web = useWebHarness();

/** What was done where only some may look; each is somewhere in what those with the right are answered. */
const made = {
  ...{ session: '', request: '', grant: '', live: '', hold: '', review: '' },
  incident: 'inc-secret-42',
};
const HELD = 'drop table old_orders';
const DONE = 'select email from customers';
const MISSING = { session: 's-aaaaaaaa', hold: 'h-aaaaaaaa', review: 'v-aaaaaaaa', sink: 'nowhere' };

/** One thing, told to nobody else: whoever may not see it is answered as if there were none. */
interface OneThing {
  readonly kind: 'one';
  readonly id: () => string;
  readonly missing: string;
  readonly by: CastName;
  readonly notBy: readonly CastName[];
  /** In the answer to whoever may see it. */
  readonly has: () => string;
  readonly queries?: readonly string[];
}

/** A list with what the asker may see; for everybody else without it. */
interface SomeOfMany {
  readonly kind: 'some';
  readonly by: CastName;
  readonly notBy: readonly CastName[];
  readonly has: () => string;
  readonly queries?: readonly string[];
}

/** For members of `oversight`, who are told so by `forbidden`: that there is such a thing is no secret. */
interface ForOverseers {
  readonly kind: 'overseers';
  readonly has: () => string;
  readonly query: string;
}

/** For everybody who is signed in, with the reason. */
interface ForAll {
  readonly kind: 'all';
  readonly because: string;
  readonly id: () => string;
}

type Right = OneThing | SomeOfMany | ForOverseers | ForAll;

const OTHERS = ['alice', 'dana'] as const;
const ofSession = (has: () => string, queries: readonly string[] = ['']): OneThing => ({
  ...{ kind: 'one', id: () => made.session, missing: MISSING.session },
  ...{ by: 'bob', notBy: OTHERS, has, queries },
});
const forAll = (because: string, id: () => string = () => 'nothing'): ForAll => ({
  kind: 'all',
  because,
  id,
});
const forOverseers = (has: () => string, query = ''): ForOverseers => ({ kind: 'overseers', has, query });

const RIGHTS: Readonly<Record<string, Right>> = {
  '/sessions': {
    ...{ kind: 'some', by: 'bob', notBy: OTHERS, has: () => made.session },
    queries: ['', '?search=customers', '?denied=true', '?table=payments', '?file=/etc/nginx', '?who=bob'],
  },
  '/sessions/{id}': ofSession(() => made.session),
  '/sessions/{id}/timeline': ofSession(() => DONE),
  '/sessions/{id}/export': ofSession(() => DONE, ['', '?format=text', '?format=jsonl']),
  '/sessions/{id}/recording': ofSession(() => 'SPREC'),
  '/sessions/{id}/live': { ...ofSession(() => 'retry: '), id: () => made.live },
  '/holds': {
    ...{ kind: 'some', by: 'dana', notBy: ['alice'], has: () => HELD },
    queries: ['', '?state=held', '?forMe=true'],
  },
  '/holds/{id}': {
    ...{ kind: 'one', id: () => made.hold, missing: MISSING.hold },
    ...{ by: 'dana', notBy: ['alice'], has: () => HELD },
  },
  '/reviews': { kind: 'some', by: 'bob', notBy: ['dana'], has: () => made.review },
  '/reviews/{id}': {
    ...{ kind: 'one', id: () => made.review, missing: MISSING.review },
    ...{ by: 'bob', notBy: ['dana'], has: () => 'checkout is down' },
  },
  '/incidents/{name}/timeline': {
    // Requests and votes are for everybody; what was done is for those who may see the session.
    ...{ kind: 'some', by: 'bob', notBy: ['alice'], has: () => made.session },
    queries: ['', '?format=markdown', '?resource=orders-db'],
  },
  '/incidents/{name}/report': {
    ...{ kind: 'some', by: 'bob', notBy: ['alice'], has: () => made.session },
    queries: ['?format=html', '?format=markdown', '?format=json'],
  },
  '/events': forOverseers(() => 'request.created'),
  '/audit/log': forOverseers(() => 'events'),
  '/audit/extent': forOverseers(() => 'first'),
  '/alerts': forOverseers(() => 'items', '?since=2026-01-01T00:00:00Z'),
  '/keyring': forOverseers(() => 'rootKeys'),
  '/recording-holds': forOverseers(() => made.session),
  '/sinks': forOverseers(() => 'siem'),
  '/sinks/{name}': forOverseers(() => 'siem'),
  '/jobs': forOverseers(() => 'items'),
  '/jobs/{id}': forOverseers(() => 'not_found'),

  '/incidents': forAll('their names stand on cards; of sessions those are counted that the asker may see'),
  '/auth': forAll('how to sign in, for everybody'),
  '/me': forAll('the asker'),
  '/freeze': forAll('everybody is stopped by it'),
  '/requests': forAll('cards of requests stand in channels'),
  '/requests/{id}': forAll('as in the list; why a grant cannot be prepared is left out', () => made.request),
  '/grants': forAll('who holds what stands on the cards; never what it is reached with'),
  '/grants/{id}': forAll('as in the list', () => made.grant),
  '/resources': forAll('what the asker may ask for'),
  '/resources/{id}/on-call': forAll('whom to ask', () => 'orders-db'),
  '/delegations': forAll('those of the asker'),
  '/keys': forAll('those of the asker'),
  '/keys/signing': forAll('a public key'),
  '/policy': forAll('answers with forbidden to whoever may not read it'),
  '/policy/changes': forAll('those that the asker may read'),
  '/policy/changes/{id}': forAll('not_found for those that the asker may not read'),
};

interface OpenApi {
  readonly paths: Record<string, Record<string, unknown>>;
}

async function questions(): Promise<string[]> {
  const document = (await (await fetch(`${web.current.url}/api/v1/openapi.json`)).json()) as OpenApi;
  return Object.entries(document.paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path.replace('/api/v1', ''));
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

const browsers = new Map<CastName, Promise<Record<string, string>>>();

function browserOf(who: CastName): Promise<Record<string, string>> {
  const browser = browsers.get(who) ?? web.current.browserOf(who);
  browsers.set(who, browser);
  return browser;
}

/** @param who null for nobody */
async function ask(who: CastName | null, path: string): Promise<Answer> {
  const headers = who === null ? {} : await browserOf(who);
  const response = await fetch(`${web.current.url}/api/v1${path}`, { headers });
  const text = await textOf(response);
  const told = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: response.status, headers: told.map((pair) => pair.join(': ')), text };
}

/** All of it; of what goes on and on the beginning. */
async function textOf(response: Response): Promise<string> {
  const goesOn = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!goesOn) return Buffer.from(await response.arrayBuffer()).toString('latin1');
  for await (const part of response.body ?? []) return Buffer.from(part).toString('latin1');
  return '';
}

const filled = (path: string, id: string): string => path.replace(/\{\w+\}/, encodeURIComponent(id));

/** Alice's session, approved by bob and dana, who may see it. */
async function sessionOfAlice(): Promise<string> {
  const { access, call } = web.current;
  const json = { resource: 'orders-db', role: 'read', duration: '1h', reason: 'a look' };
  const { id } = REQUEST.parse((await call('alice', { path: '/requests', json })).body);
  for (const voter of ['bob', 'dana'] as const)
    await call(voter, { path: `/requests/${id}/votes`, json: { verdict: 'approve' } });
  const grantId = REQUEST.parse((await call('alice', { path: `/requests/${id}` })).body).grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: { prepare: async () => undefined } });
  const answer = await authorizeConnection(access, {
    ...{ handle: grantId, kind: 'postgres', clientAddress: '127.0.0.1:5555', application: 'psql' },
    replica: 'test',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  return answer.sessionId;
}

async function index(): Promise<void> {
  const { access, keys, recordings } = web.current;
  const indexed = new RecordingsIndex(access, openRecordingsToFollow({ directory: recordings, keys }));
  expect(await indexed.readOn()).toEqual([]);
  indexed.close();
}

/** What tells something by its count, its order, its pages or its pieces. */
const SEARCHES = [
  ...['', 'search=customers', 'search=%22delete+from+payments%22', 'search=cust*', 'search=-customers'],
  ...['search=payments+-delete', 'search=old_orders', 'search=bob', 'search=secret', 'denied=true'],
  ...['held=true', 'masked=true', 'table=payments', 'file=/etc/nginx', 'who=bob', 'incident=inc-secret-42'],
  ...['search=customers&limit=1', 'limit=1', 'since=2000-01-01T00:00:00Z', 'kind=postgres', 'live=true'],
  'cursor=99999999999999.s-zzzzzzzz',
];

async function searchesOf(who: CastName): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const query of SEARCHES) {
    const { status, text } = await ask(who, `/sessions?${query}`);
    expect(status, query).toBe(200);
    answers[query] = text;
  }
  return answers;
}

let before: Record<string, string>;

beforeAll(async () => {
  const { call, access } = web.current;
  await recordHandled(web.current, await sessionOfAlice());
  await index();
  before = await searchesOf('alice');

  made.session = await openSession(web.current, { incident: made.incident });
  await recordHandled(web.current, made.session);
  made.live = await openSession(web.current, { incident: made.incident });
  made.hold = (await hold({ context: access }, made.live, { text: HELD })).id;
  await index();
  const taken = await call('alice', {
    path: '/break-glass',
    json: { resource: 'orders-db', role: 'write', reason: 'checkout is down' },
  });
  made.review = REQUEST.parse(taken.body).grant?.review?.id ?? '';
  await call('carol', {
    path: '/recording-holds',
    json: { sessionId: made.session, because: 'an audit asks for it' },
  });
  const { body } = await call('bob', { path: `/sessions/${made.session}` });
  const session = SESSION.parse(body);
  made.request = session.requestId;
  made.grant = session.grantId;
});

describe('what the API answers', () => {
  test('has for each question an entry here that says for whom it is', async () => {
    expect(Object.keys(RIGHTS).toSorted()).toEqual((await questions()).toSorted());
  });

  test('is nothing without a login', async () => {
    for (const path of await questions()) {
      const { status, text } = await ask(null, filled(path, made.session));
      expect(status, path).toBe(path === '/auth' ? 200 : 401);
      expect(text, path).not.toContain(made.session);
    }
  });

  test.each(Object.entries(RIGHTS))('%s is for those alone who have the right', async (path, right) => {
    if (right.kind === 'one') return oneThing(path, right);
    if (right.kind === 'some') return someOfMany(path, right);
    if (right.kind === 'overseers') return forThoseOfOversight(path, right);
    // Whatever else is told to everybody: never what was done in a session.
    for (const who of ['alice', 'dana'] as const) {
      const { text } = await ask(who, filled(path, right.id()));
      for (const secret of [made.session, made.live, HELD, DONE]) expect(text).not.toContain(secret);
    }
  });

  test('tells whoever searches nothing about sessions that they may not see', async () => {
    expect(await searchesOf('alice')).toEqual(before);
    expect(JSON.stringify(before)).toContain('hitCount');
  });
});

async function oneThing(path: string, right: OneThing): Promise<void> {
  for (const query of right.queries ?? ['']) {
    const shown = await ask(right.by, filled(path, right.id()) + query);
    expect(shown, path).toMatchObject({ status: 200, text: expect.stringContaining(right.has()) });
    for (const who of right.notBy) {
      const hidden = await ask(who, filled(path, right.id()) + query);
      const missing = await ask(who, filled(path, right.missing) + query);
      expect(hidden.status, path).toBe(404);
      expect(anonymous(hidden, right.id()), path).toEqual(anonymous(missing, right.missing));
    }
  }
}

async function someOfMany(path: string, right: SomeOfMany): Promise<void> {
  for (const query of right.queries ?? ['']) {
    const shown = await ask(right.by, filled(path, made.incident) + query);
    expect(shown, path + query).toMatchObject({ status: 200, text: expect.stringContaining(right.has()) });
    for (const who of right.notBy) {
      const { status, text } = await ask(who, filled(path, made.incident) + query);
      expect(status, path).toBe(200);
      for (const secret of [right.has(), made.live, HELD, DONE]) expect(text, path).not.toContain(secret);
    }
  }
}

async function forThoseOfOversight(path: string, right: ForOverseers): Promise<void> {
  const [known, unknown] = [filled(path, 'siem') + right.query, filled(path, MISSING.sink) + right.query];
  expect((await ask('carol', known)).text, path).toContain(right.has());
  for (const who of ['alice', 'bob', 'dana'] as const) {
    const hidden = await ask(who, known);
    expect(hidden.status, path).toBe(403);
    expect(hidden, path).toEqual(await ask(who, unknown));
    expect(JSON.parse(hidden.text), path).toMatchObject({ code: 'forbidden' });
  }
}

/** The same for every id. */
function anonymous({ status, headers, text }: Answer, id: string): Answer {
  return { status, headers, text: text.replaceAll(id, 'ID') };
}
