/** `/chat/api` as a page and as somebody who is not one meet it. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { insertChatMessage } from '../../../src/access/web-chat.ts';
import { openMessageFeed } from '../../../src/bot/web/message-feed.ts';
import type { ChatMessage } from '../../../src/bot/web/wire.ts';
import { type ChatUser, INCIDENT, idIn, useChatServer } from './chat-server.ts';

const chat = useChatServer({
  feedLimits: {
    heartbeatMs: 100,
    lifetimeMs: 1_500,
    streamsPerPersonMax: 2,
    streamsMax: 10,
    backlogBytesMax: 1_048_576,
  },
});
let alice: ChatUser;
let bob: ChatUser;

beforeAll(async () => {
  alice = await chat.current.user('alice', ['engineering']);
  bob = await chat.current.user('bob', ['sre']);
});

const LINE = { channel: 'general', text: 'hello', key: 'key-12345678' };

interface OpenStream {
  readonly messages: ChatMessage[];
  readonly text: () => string;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

async function openStream(user: ChatUser): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(`${chat.current.url}/chat/api/stream`, {
    headers: { 'x-test-person': user.person.id },
    signal: abort.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const messages: ChatMessage[] = [];
  let text = '';
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const decoded = decoder.decode(chunk, { stream: true });
      text += decoded;
      const frames = (rest + decoded).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const data = /^event: message\ndata: (.*)$/.exec(frame)?.[1];
        if (data !== undefined) messages.push(JSON.parse(data));
      }
    }
  };
  return {
    messages,
    text: () => text,
    ended: read().catch(() => undefined),
    close: () => abort.abort(),
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 20) {
    if (waitedMs > 3_000) throw new Error('it did not happen within 3 s');
    await sleep(20);
  }
}

describe('who may ask', () => {
  test('nobody without a sign-in, on any route', async () => {
    const { url, context } = chat.current;
    const headers = {
      'content-type': 'application/json',
      origin: context.settings.publicUrl,
      'x-sallyport-csrf': '1',
    };
    for (const path of ['/state', '/stream', '/channels/general/messages']) {
      expect((await fetch(`${url}/chat/api${path}`)).status, path).toBe(401);
    }
    const bodies = {
      '/messages': LINE,
      '/commands': LINE,
      '/actions': { channel: 'general', action: 'approve', subject: 'r-1', key: LINE.key },
      '/forms': { channel: 'general', form: 'deny', subject: 'r-1', values: {}, key: LINE.key },
    };
    for (const [path, body] of Object.entries(bodies)) {
      const response = await fetch(`${url}/chat/api${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      expect(response.status, path).toBe(401);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ code: 'unauthenticated', status: 401 });
    }
  });

  test.each([
    ['without the header', { 'x-sallyport-csrf': '' }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from no origin', { origin: 'null' }],
  ])('no act %s', async (_name, headers) => {
    const response = await alice.request('/messages', { body: LINE, headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'forbidden' });
  });

  test('a token in the header is proof by itself', async () => {
    const headers = { authorization: 'Bearer x', origin: 'https://evil.example', 'x-sallyport-csrf': '' };
    const response = await alice.request('/commands', { body: { ...LINE, text: '/access mine' }, headers });
    expect(response.status).toBe(200);
  });
});

describe('channels', () => {
  test('are those of the policy and the private one', async () => {
    const { me, channels } = await alice.state();
    expect(me).toEqual({
      id: alice.person.id,
      name: 'Alice',
      email: 'alice@example.com',
      groups: ['engineering'],
    });
    expect(channels.map(({ name, kind }) => [name, kind])).toEqual([
      ['access', 'channel'],
      ['access-audit', 'channel'],
      ['general', 'channel'],
      [INCIDENT, 'incident'],
      [alice.privateChannel, 'private'],
    ]);
  });

  test.each(['nowhere', '@somebody-else', '@'])('"%s" can be neither read nor written', async (channel) => {
    expect((await bob.request(`/channels/${encodeURIComponent(channel)}/messages`)).status).toBe(404);
    expect((await bob.request('/messages', { body: { ...LINE, channel } })).status).toBe(404);
    const click = { channel, action: 'approve', subject: 'r-1', key: LINE.key };
    expect((await bob.request('/actions', { body: click })).status).toBe(404);
  });

  test('are read a page at a time', async () => {
    for (let index = 0; index < 105; index += 1) {
      await insertChatMessage(chat.current.context, {
        key: `page-${index}`,
        channel: 'access-audit',
        threadOf: null,
        audienceId: null,
        author: null,
        text: `message ${index}`,
        card: null,
      });
    }
    const newest = await alice.request('/channels/access-audit/messages');
    const page = JSON.parse(await newest.text());
    expect(page.more).toBe(true);
    expect(page.messages).toHaveLength(100);
    expect(page.messages.at(-1).text).toBe('message 104');
    const older = await alice.request(`/channels/access-audit/messages?before=${page.messages[0].id}`);
    const rest = JSON.parse(await older.text());
    expect(rest.more).toBe(false);
    expect(rest.messages.map((message: ChatMessage) => message.text)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `message ${index}`),
    );
  });
});

describe('what people write', () => {
  test('is a message with their name, once for each key, and no card', async () => {
    const first = await alice.say('general', '  the queue is stuck <b>&</b>  ', 'line-0000001');
    const again = await alice.say('general', 'something else', 'line-0000001');
    expect(first).toMatchObject({
      reply: null,
      form: null,
      message: {
        author: { id: alice.person.id, name: 'Alice' },
        text: 'the queue is stuck <b>&</b>',
        card: null,
      },
    });
    expect(again.message).toEqual(first.message);
    const other = await bob.say('general', 'mine', 'line-0000001');
    expect(other.message?.text).toBe('mine');
  });

  test('to the bot in private stays private', async () => {
    await alice.say(alice.privateChannel, 'note to self');
    expect((await alice.messages(alice.privateChannel)).map((message) => message.text)).toContain(
      'note to self',
    );
  });

  test.each([
    ['no JSON', 'not json', 400],
    ['an array', [], 400],
    ['a missing key', { channel: 'general', text: 'x' }, 400],
    ['a short key', { ...LINE, key: 'a' }, 400],
    ['an unknown field', { ...LINE, audienceId: 'p-1' }, 400],
    ['a long text', { ...LINE, text: 'x'.repeat(4_001) }, 400],
    ['blank text', { ...LINE, text: ' \n ' }, 400],
    ['a large body', { ...LINE, text: 'x'.repeat(70_000) }, 413],
  ])('%s is refused with a problem', async (_name, body, status) => {
    const response =
      body === 'not json'
        ? await fetch(`${chat.current.url}/chat/api/messages`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-test-person': alice.person.id },
            body,
          })
        : await alice.request('/messages', { body });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test.each([
    ['/actions', { action: 'frobnicate', subject: 'r-1' }],
    ['/actions', { action: 'approve', subject: 'x'.repeat(129) }],
    ['/forms', { form: 'frobnicate', subject: 'r-1', values: {} }],
    ['/forms', { form: 'deny', subject: 'r-1', values: { reason: 1 } }],
    ['/forms', { form: 'deny', subject: 'r-1', values: { reason: 'x'.repeat(4_001) } }],
    [
      '/forms',
      {
        form: 'deny',
        subject: 'r-1',
        values: Object.fromEntries([...Array(21).keys()].map((n) => [`f${n}`, ''])),
      },
    ],
  ])('%s refuses %o', async (path, body) => {
    const response = await alice.request(path, { body: { channel: 'general', key: LINE.key, ...body } });
    expect(response.status).toBe(400);
  });

  test('a click on nothing is answered in chat', async () => {
    const answer = await alice.click('general', { action: 'terminate', subject: 's-zzzzzzzz' });
    expect(answer.reply).toMatchObject({ tone: 'bad' });
  });
});

describe('the stream', () => {
  test('brings new messages and edits to everyone, and private ones to their owner alone', async () => {
    const [aliceStream, bobStream] = [await openStream(alice), await openStream(bob)];
    const asked = await alice.say('general', '/access request orders-db for 1h because the stream');
    await alice.say(alice.privateChannel, 'a private line');
    await chat.current.settle();
    await until(() => bobStream.messages.some((message) => message.card !== null));
    const posted = bobStream.messages.find((message) => message.card !== null);
    await bob.click('general', { action: 'approve', subject: idIn(asked) });
    await chat.current.settle();
    await until(() => bobStream.messages.some((message) => message.editedAt !== null));
    const edited = bobStream.messages.find((message) => message.editedAt !== null);
    expect(edited?.id).toBe(posted?.id);
    expect(edited?.card?.status).toBe('Pending: still needs 1 of dba.');
    await until(() => aliceStream.messages.some((message) => message.text === 'a private line'));
    expect(bobStream.messages.some((message) => message.text === 'a private line')).toBe(false);
    aliceStream.close();
    bobStream.close();
    await Promise.all([aliceStream.ended, bobStream.ended]);
  });

  test('beats while nothing happens, and ends after its lifetime so that the sign-in is asked for again', async () => {
    const stream = await openStream(alice);
    await stream.ended;
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
    expect(stream.text().match(/: still here/g)?.length).toBeGreaterThan(3);
  });

  test('of a page that does not read is cut off before it fills the memory', async () => {
    const feed = await openMessageFeed(chat.current.context, {
      heartbeatMs: 10,
      lifetimeMs: 60_000,
      streamsPerPersonMax: 1,
      streamsMax: 1,
      backlogBytesMax: 100,
    });
    const unread = feed.open(alice.person.id);
    await once(unread, 'close');
    expect(unread.readableLength).toBeLessThan(200);
    expect(feed.open(bob.person.id).destroyed).toBe(false);
    await feed.close();
  });

  test('is limited for each person, and a closed one makes room', async () => {
    const streams = [await openStream(alice), await openStream(alice)];
    const third = await fetch(`${chat.current.url}/chat/api/stream`, {
      headers: { 'x-test-person': alice.person.id },
    });
    expect(third.status).toBe(429);
    for (const stream of streams) stream.close();
    await Promise.all(streams.map((stream) => stream.ended));
    await sleep(100);
    const next = await openStream(alice);
    next.close();
    await next.ended;
  });
});
