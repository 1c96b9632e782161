/** What the chat page asks for about whoever looks: their buttons, what is there for them, forms, people. */
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  ButtonOffers,
  ChatHome,
  ChatOffers,
  ChatPeople,
  RefilledForm,
} from '../../../src/bot/web/wire.ts';
import { type ChatUser, cardOf, idIn, subjectOf, useChatServer } from './chat-server.ts';

const chat = useChatServer();
let alice: ChatUser;
let bob: ChatUser;
let dana: ChatUser;

beforeAll(async () => {
  alice = await chat.current.user('alice', ['engineering']);
  bob = await chat.current.user('bob', ['sre']);
  dana = await chat.current.user('dana', ['dba']);
});

async function read<T>(user: ChatUser, path: string, body?: object): Promise<T> {
  const response = await user.request(path, body === undefined ? {} : { body });
  expect(response.status, await response.clone().text()).toBe(200);
  return JSON.parse(await response.text());
}

async function ask(): Promise<string> {
  const id = idIn(await alice.say('access', '/access request orders-db as write for 1h because "a test"'));
  await chat.current.settle();
  return id;
}

async function messageOf(id: string): Promise<string> {
  const messages = await alice.messages('access');
  const found = messages.find(({ card }) => card?.fields.some(({ value }) => value === id));
  if (found === undefined) throw new Error(`no card of ${id}`);
  return found.id;
}

const offersOf = (user: ChatUser, channel: string, ids: readonly string[]) =>
  read<ChatOffers>(user, `/channels/${encodeURIComponent(channel)}/offers?messages=${ids.join(',')}`);

describe('the buttons of a message', () => {
  test('are asked about for whoever looks, without those that would refuse them', async () => {
    const id = await ask();
    const message = await messageOf(id);
    expect((await offersOf(bob, 'access', [message])).items).toEqual([
      { message, withheld: [], missing: [] },
    ]);
    expect((await offersOf(alice, 'access', [message])).items).toEqual([
      {
        message,
        withheld: [`approve ${id}`, `approve-for-less ${id}`, `deny ${id}`],
        missing: ['You cannot decide about your own request.'],
      },
    ]);
    await bob.click('access', { action: 'approve', subject: id });
    const [since] = (await offersOf(bob, 'access', [message])).items;
    expect(since?.missing).toEqual([`You have voted on ${id} already: approve.`]);
  });

  test('are of that channel, and of messages that this person may see', async () => {
    const message = await messageOf(await ask());
    expect((await offersOf(bob, 'general', [message])).items).toEqual([]);
    expect((await offersOf(bob, 'access', ['999999999999'])).items).toEqual([]);
    const [own] = await alice.messages(alice.privateChannel);
    const response = await bob.request(
      `/channels/${encodeURIComponent(alice.privateChannel)}/offers?messages=${own?.id ?? message}`,
    );
    expect(response.status).toBe(404);
  });

  test.each([
    ['none', ''],
    ['what is no id', 'messages=1%20or%20true'],
    ['more than a page', `messages=${Array.from({ length: 101 }, (_, index) => index + 1).join(',')}`],
    ['an id that no database has', `messages=${'9'.repeat(19)}`],
  ])('%s is refused', async (_name, query) => {
    expect((await bob.request(`/channels/access/offers?${query}`)).status).toBe(400);
  });

  test('as many as a page has are answered', async () => {
    const ids = Array.from({ length: 100 }, (_, index) =>
      String(999_999_999_999_999_000 + index).slice(0, 18),
    );
    expect((await offersOf(bob, 'access', ids)).items).toEqual([]);
  });

  test('that are in no message are asked about by what they carry', async () => {
    const id = await ask();
    const query = `/offers?button=approve%20${id}&button=deny%20${id}&button=comment%20${id}`;
    expect(await read<ButtonOffers>(dana, query)).toEqual({ withheld: [], missing: [] });
    expect(await read<ButtonOffers>(alice, query)).toEqual({
      withheld: [`approve ${id}`, `deny ${id}`],
      missing: ['You cannot decide about your own request.'],
    });
    expect(await read<ButtonOffers>(alice, `/offers?button=approve%20${id}`)).toMatchObject({
      withheld: [`approve ${id}`],
    });
    const unknown = await read<ButtonOffers>(dana, '/offers?button=approve%20r-aaaaaaaa');
    expect(unknown.withheld).toEqual(['approve r-aaaaaaaa']);
    for (const wrong of [
      '',
      '?button=approve',
      '?button=launch%20r-1',
      `?${'button=deny%20r&'.repeat(11)}`,
    ]) {
      expect((await dana.request(`/offers${wrong}`)).status, wrong).toBe(400);
    }
  });

  test('on a card that answers a command are those of whom it answers', async () => {
    const id = await ask();
    const mine = await alice.say('access', `/access show ${id}`);
    expect(mine.reply?.text).toContain('You cannot decide about your own request.');
    const buttons = mine.reply?.card?.actions.flatMap((one) => (one.kind === 'button' ? [one.action] : []));
    expect(buttons).toEqual(['comment']);
    const his = await bob.say('access', `/access show ${id}`);
    expect(his.reply?.card?.actions.map(({ label }) => label)).toContain('Approve');
  });
});

describe('what is there for somebody', () => {
  test('is what waits for their vote, what they hold, and what they asked for', async () => {
    const id = await ask();
    const before = await read<ChatHome>(bob, '/home');
    const card = before.decisions.find(({ fields }) => fields.some(({ value }) => value === id));
    expect(card?.actions.map(({ label }) => label)).toContain('Approve');
    expect(before.decisionsCount).toBeGreaterThanOrEqual(before.decisions.length);
    for (const voter of [bob, dana])
      await voter.click(voter.privateChannel, { action: 'approve', subject: id });
    await chat.current.settle();
    const since = await read<ChatHome>(bob, '/home');
    expect(JSON.stringify(since.decisions)).not.toContain(id);
    const hers = await read<ChatHome>(alice, '/home');
    const grant = cardOf(
      await alice.messages(alice.privateChannel),
      hers.grants[0]?.fields.at(-1)?.value ?? '',
    );
    expect(subjectOf(grant, 'done')).toBe(subjectOf(hers.grants[0] ?? grant, 'done'));
    const request = hers.requests.find(({ title }) => title.startsWith(id));
    // Its access lives, so asking once more would be refused.
    expect(request?.actions.map(({ label }) => label)).toEqual(['Details']);
  });

  test('counts down until what was asked for lapses, and lets it be taken back', async () => {
    const id = await ask();
    const { requests } = await read<ChatHome>(alice, '/home');
    const request = requests.find(({ title }) => title.startsWith(id));
    expect(request?.fields).toMatchObject([{ countdownTo: expect.stringMatching(/^20.*Z$/) }]);
    await alice.click(alice.privateChannel, { action: 'cancel', subject: id });
    const since = (await read<ChatHome>(alice, '/home')).requests.find(({ title }) => title.startsWith(id));
    expect(since?.actions.map(({ label }) => label)).toEqual(['Ask again', 'Details']);
  });
});

describe('a form while it is filled in', () => {
  test('says what the policy says to what is chosen so far, and does nothing', async () => {
    const values = { resource: 'orders-db', role: 'write', duration: '1h', reason: 'the checkout is down' };
    const { form } = await read<RefilledForm>(alice, '/refills', {
      channel: 'access',
      form: 'request',
      values,
    });
    expect(form?.introduction).toContain('needs 1 of sre and 1 of dba; at most 4h');
    expect(form?.fields.find(({ name }) => name === 'reason')?.value).toBe(values.reason);
    const roles = form?.fields.find(({ name }) => name === 'role')?.options?.map(({ value }) => value);
    expect(roles).toEqual(['', 'read', 'write']);
    const { form: longer } = await read<RefilledForm>(alice, '/refills', {
      channel: 'access',
      form: 'request',
      values: { ...values, duration: '9h' },
    });
    expect(longer?.introduction).not.toBe(form?.introduction);
  });

  test('is refused to a page of another origin, and outside of a channel of theirs', async () => {
    const body = { channel: 'access', form: 'request', values: {} };
    const foreign = await alice.request('/refills', { body, headers: { origin: 'https://evil.example' } });
    expect(foreign.status).toBe(403);
    const elsewhere = await alice.request('/refills', { body: { ...body, channel: bob.privateChannel } });
    expect(elsewhere.status).toBe(404);
  });
});

describe('people', () => {
  test('are found by a part of their name or address, each once', async () => {
    const found = await read<ChatPeople>(alice, '/people?typed=%40DAN');
    expect(found.items).toEqual([{ name: 'Dana', email: 'dana@example.com' }]);
    expect((await read<ChatPeople>(alice, '/people?typed=%25')).items).toEqual([]);
    expect((await read<ChatPeople>(alice, '/people?typed=')).items).toEqual([]);
    expect((await read<ChatPeople>(alice, '/people?typed=example.com')).items.length).toBeGreaterThan(2);
  });

  test('are ten at the most', async () => {
    for (let number = 0; number < 11; number += 1) await chat.current.person(`crowd${number}`, []);
    expect((await read<ChatPeople>(alice, '/people?typed=crowd')).items).toHaveLength(10);
  });

  test('are nothing for whoever is not signed in', async () => {
    for (const path of [
      '/people?typed=a',
      '/home',
      '/offers?button=deny%20r-1',
      '/channels/access/offers?messages=1',
    ]) {
      const response = await fetch(`${chat.current.url}/chat/api${path}`);
      expect(response.status, path).toBe(401);
    }
  });
});
