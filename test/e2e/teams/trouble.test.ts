/** Teams at its worst: whatever is forged, lost, refused or sent twice, each click counts once and each card ends true. */
import { beforeAll, describe, expect, test } from 'vitest';
import { readRequest } from '../../../src/access/read-access.ts';
import { invokeFrom, messageFrom } from '../../support/teams/activities.ts';
import { APP_ID, FOREIGN_TENANT, type Forgery, TENANT } from '../../support/teams/authority.ts';
import { textsOfCard } from '../../support/teams/card-elements.ts';
import type { Json, TeamsMessage } from '../../support/teams/connector.ts';
import { deliverForged, readable, type Shown } from '../../support/teams/driver.ts';
import type { Fault, FaultPlan } from '../../support/teams/faults.ts';
import { NO_FAULTS } from '../../support/teams/faults.ts';
import { type LinkedUser, useTeamsServer } from '../../support/teams/server.ts';
import { cardsOf } from '../../support/teams/tenant.ts';

const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { read: { allow: [select] } }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [read]
    maxDuration: 4h
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 40m }
oversight: { groups: [responders] }
`;

const teams = useTeamsServer({ policy: POLICY });
const MINUTE_MS = 60_000;
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;

beforeAll(async () => {
  alice = await teams.current.user('alice', ['engineering']);
  bob = await teams.current.user('bob', ['sre']);
  dana = await teams.current.user('dana', ['dba']);
});

async function ask(reason: string, channel = 'inc-42'): Promise<string> {
  const said = await alice.says({ channel }, `request orders-db for 1h because ${reason}`);
  const id = /\br-[a-z2-7]{8}\b/.exec(said)?.[0];
  if (id === undefined) throw new Error(`no ID in ${said}`);
  return id;
}

/** Every message that was posted for one request in a channel. */
function postedFor(id: string, channel = 'inc-42'): readonly TeamsMessage[] {
  return teams.current.tenant
    .messages(channel)
    .filter((message) => textsOfCard(cardsOf(message)).includes(id));
}

function posted(id: string): TeamsMessage {
  const [message] = postedFor(id);
  if (message === undefined) throw new Error(`there is no card of ${id}`);
  return message;
}

function shown(message: TeamsMessage, channel = 'inc-42'): Shown {
  return { where: { channel, thread: message.id }, message };
}

async function votesOn(id: string): Promise<readonly string[]> {
  const { votes } = await readRequest(teams.current.context, { id });
  return votes.map(({ person }) => person.name);
}

/** What Teams sends when somebody presses Approve. */
function click(by: LinkedUser, { message, where }: Shown, id: string): Json {
  const { tenant } = teams.current;
  const action = { type: 'Action.Execute', verb: 'approve', data: { action: 'approve', subject: id } };
  const scene = { tenant, member: tenant.member(by.name), name: by.name };
  return invokeFrom(scene, where, {
    name: 'adaptiveCard/action',
    value: { action, trigger: 'manual' },
    on: message.id,
  });
}

async function deliver(activity: Json, forgery: Forgery | null = {}): Promise<number> {
  return (await answerTo(activity, forgery)).status;
}

/** @returns what they are told */
async function pressed(by: LinkedUser, card: Shown, id: string): Promise<string> {
  const { status, body } = await answerTo(click(by, card, id), {});
  expect(status).toBe(200);
  return typeof body['value'] === 'string' ? body['value'] : textsOfCard(body['value']);
}

function answerTo(activity: Json, forgery: Forgery | null): ReturnType<typeof deliverForged> {
  const { messagesUrl, tenant } = teams.current;
  const { connector, serviceUrl } = tenant;
  return deliverForged(messagesUrl, { authority: connector.authority, serviceUrl }, activity, forgery);
}

describe('whoever calls without being Teams', () => {
  let id = '';
  let card: Shown;

  async function theCard(): Promise<void> {
    if (id === '') id = await ask('somebody forges a click');
    await teams.current.settle();
    card = shown(posted(id));
  }

  test.each<[string, Forgery | null]>([
    ['no token', null],
    ['an expired token', { expiresIn: -400 }],
    ["another app's token", { audience: TENANT }],
    ['a token for our app under another key', { signedBy: 'unpublished-key' }],
    ['a token under a key that nobody knows', { signedBy: 'unknown-key-id' }],
    ["another issuer's token", { issuer: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/' }],
    ['a token for another service', { serviceUrl: 'https://smba.elsewhere.example/' }],
  ])('is refused with %s, and counts nothing', async (_what, forgery) => {
    await theCard();
    expect(await deliver(click(bob, card, id), forgery)).toBe(401);
    expect(await votesOn(id)).toEqual([]);
    // Whoever reads the log finds out why, and no token.
    expect(teams.current.log.join('\n')).toContain('refused');
    expect(teams.current.log.join('\n')).not.toMatch(/eyJ[A-Za-z0-9_-]{20}/);
  });

  test('is refused with a service URL that its token does not name, and hears nothing from us there', async () => {
    await theCard();
    const activity = { ...click(bob, card, id), serviceUrl: 'https://smba.elsewhere.example/' };
    expect(await deliver(activity)).toBe(401);
    expect(await votesOn(id)).toEqual([]);
  });

  test.each([
    ['channelData', { channelData: { tenant: { id: FOREIGN_TENANT } } }],
    ['conversation', { conversation: { id: 'a:1', conversationType: 'personal', tenantId: FOREIGN_TENANT } }],
  ])('is refused when the %s is of a foreign tenant, although the token is genuine', async (_where, more) => {
    await theCard();
    expect(await deliver({ ...click(bob, card, id), ...more })).toBe(403);
    expect(await votesOn(id)).toEqual([]);
  });

  test('is refused where it says that it is no Teams, or is no activity at all', async () => {
    await theCard();
    expect(await deliver({ ...click(bob, card, id), channelId: 'emulator' })).toBe(400);
    expect(await deliver({ hello: APP_ID })).toBe(400);
    const { messagesUrl } = teams.current;
    const get = await fetch(messagesUrl);
    expect(get.status).toBe(404);
    const large = { ...click(bob, card, id), text: 'x'.repeat(600_000) };
    expect(await deliver(large)).toBe(413);
    expect(await votesOn(id)).toEqual([]);
    // And the genuine one counts.
    expect(await deliver(click(bob, card, id))).toBe(200);
    expect(await votesOn(id)).toEqual(['Bob']);
  });
});

describe('what comes in twice, late or from another account', () => {
  test('a click that Teams delivers five times at once is one vote', async () => {
    const id = await ask('redelivered');
    await teams.current.settle();
    const activity = click(bob, shown(posted(id)), id);
    const statuses = await Promise.all(Array.from({ length: 5 }, () => deliver(activity)));
    expect(statuses).toContain(200);
    await expect.poll(() => votesOn(id)).toEqual(['Bob']);
    await teams.current.settle();
    expect(readable(postedFor(id)[0])).toContain('still needs 1 of dba');
  });

  test('a command that Teams delivers five times at once is one request', async () => {
    const { tenant } = teams.current;
    const scene = { tenant, member: tenant.member('alice'), name: 'alice' };
    const reason = 'delivered again and again';
    const activity = messageFrom(scene, { channel: 'inc-42' }, `request orders-db for 1h because ${reason}`);
    const before = tenant.direct('alice').length;
    await Promise.all(Array.from({ length: 5 }, () => deliver(activity)));
    await expect.poll(() => tenant.direct('alice').length).toBe(before + 1);
    await teams.current.settle();
    const cards = tenant.messages('inc-42').filter((message) => readable(message).includes(reason));
    expect(cards).toHaveLength(1);
  });

  test('a vote after its time is answered, and counts nothing', async () => {
    const id = await ask('too late');
    await teams.current.settle();
    const card = shown(posted(id));
    await teams.current.pass(41 * MINUTE_MS);
    expect(await pressed(bob, card, id)).toContain('has lapsed');
    expect(await votesOn(id)).toEqual([]);
    expect(readable(postedFor(id)[0])).toMatch(/expired|lapsed/i);
  });

  test("the requester's second account cannot approve", async () => {
    const admin = await teams.current.secondAccount('alice-admin', alice.person);
    const id = await ask('approved by myself');
    await teams.current.settle();
    const card = shown(posted(id));
    expect(await pressed(admin, card, id)).toContain('your own request');
    expect(await votesOn(id)).toEqual([]);
  });
});

describe('a connector that refuses and loses', () => {
  test('gets every card there in the end, and each in its order', async () => {
    const { tenant } = teams.current;
    const kinds: readonly Fault[] = [
      { kind: 'rate-limited', retryAfterSeconds: 2 },
      { kind: 'status', status: 412 },
      { kind: 'status', status: 502 },
      { kind: 'rate-limited', retryAfterSeconds: null },
      { kind: 'status', status: 504 },
      { kind: 'lost' },
    ];
    let calls = 0;
    const everySecond: FaultPlan = ({ method, conversation }) => {
      if ((method !== 'send' && method !== 'update') || !conversation.startsWith('19:')) return null;
      calls += 1;
      return calls % 2 === 0 ? null : (kinds[(calls >> 1) % kinds.length] ?? null);
    };
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) ids.push(await ask(`of ${index} under faults`));
    tenant.setFaults(everySecond);
    await teams.current.pass(MINUTE_MS);
    for (const id of ids) {
      await pressed(bob, shown(posted(id)), id);
      await teams.current.settle();
      await pressed(dana, shown(posted(id)), id);
    }
    await teams.current.pass(3 * MINUTE_MS);
    tenant.setFaults(NO_FAULTS);
    await teams.current.pass(2 * MINUTE_MS);

    for (const id of ids) {
      expect(postedFor(id)).toHaveLength(1);
      expect(readable(posted(id))).toContain('Approved by');
    }
    expect(teams.current.waiting()).toBe(0);
    expect(tenant.connector.tooMany()).toBe(0);
    expect(stepsBackwards(tenant.calls('update'))).toEqual([]);
  });

  test('a burst in one channel is posted at its pace, and loses nothing', async () => {
    const { tenant, clock } = teams.current;
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await ask(`burst ${index}`, 'access'));
    const before = clock.now().getTime();
    await teams.current.pass(2 * MINUTE_MS);
    expect(clock.now().getTime() - before).toBeGreaterThan(8_000);
    for (const id of ids) expect(postedFor(id, 'access')).toHaveLength(1);
    expect(tenant.connector.tooMany()).toBe(0);
    expect(teams.current.waiting()).toBe(0);
  });

  test('a card that was posted without a word of it is there at most twice, and counts on both', async () => {
    const { tenant } = teams.current;
    const id = await ask('unconfirmed');
    let isLost = false;
    tenant.setFaults(({ method, body }) => {
      if (isLost || method !== 'send' || !JSON.stringify(body).includes(id)) return null;
      isLost = true;
      return { kind: 'unanswered' };
    });
    await teams.current.pass(MINUTE_MS);
    const [first, second, ...more] = postedFor(id);
    expect(more).toEqual([]);
    if (first === undefined || second === undefined) throw new Error('it is not there twice');
    await bob.press(shown(first), 'approve');
    await dana.press(shown(second), 'approve');
    await teams.current.settle();
    expect(readable(postedFor(id)[1])).toContain('Approved by');
  });

  test('a token that is taken back before its time is replaced', async () => {
    const { authority } = teams.current.tenant.connector;
    const asked = authority.granted.length;
    authority.revokeAll();
    const id = await ask('with a fresh token');
    await teams.current.settle();
    expect(postedFor(id)).toHaveLength(1);
    expect(authority.granted).toHaveLength(asked + 1);
  });

  test('an outage that jobs give up in is made good when it is over', async () => {
    const { tenant } = teams.current;
    const id = await ask('Teams is down as well');
    tenant.setFaults(({ method }) => (method === 'send' ? { kind: 'status', status: 503 } : null));
    await teams.current.pass(15 * MINUTE_MS);
    expect(postedFor(id)).toEqual([]);
    tenant.setFaults(NO_FAULTS);
    await teams.current.pass(3 * MINUTE_MS);
    expect(postedFor(id)).toHaveLength(1);
  });

  test('a channel that blocks the app is said to the operator once, and its cards go elsewhere', async () => {
    const { tenant } = teams.current;
    const id = await ask('the app is about to be blocked');
    tenant.block(tenant.channelId('inc-42'));
    await teams.current.pass(5 * MINUTE_MS);
    const said = teams.current.log.filter((line) => line.startsWith('Teams takes nothing'));
    expect(said).toEqual([expect.stringContaining('inc-42')]);
    expect(postedFor(id)).toEqual([]);
    expect(postedFor(id, 'access')).toHaveLength(1);
    tenant.block(tenant.channelId('inc-42'), false);
  });
});

/** Edits of one message that show an older state than the one before. */
function stepsBackwards(
  calls: readonly { readonly conversation: string; readonly body: Json; readonly status: number }[],
): readonly string[] {
  const reached = new Map<string, number>();
  return calls.flatMap(({ body, status }) => {
    if (status !== 200) return [];
    const text = readable({ activity: body });
    const step = text.includes('Approved by') ? 3 : text.includes('of sre and') ? 1 : 2;
    const before = reached.get(String(body['id'])) ?? 0;
    reached.set(String(body['id']), step);
    return step < before ? [text] : [];
  });
}
