/** Cards in their places: once each, always the newest, whatever dies or races. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { listCardCopies, saveCardCopies } from '../../../src/access/card-copies.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { type NewAccessRequest, requestAccess } from '../../../src/access/request-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import { cardsBehind } from '../../../src/access/sweep.ts';
import type { RequestView } from '../../../src/access/views.ts';
import type { Card } from '../../../src/bot/card.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { Person } from '../../../src/core/identity.ts';
import { type ChatUser, cardOf, INCIDENT, platformsOf, useChatServer } from './chat-server.ts';

const chat = useChatServer();
let alice: ChatUser;
let bob: ChatUser;
let dana: ChatUser;

beforeAll(async () => {
  alice = await chat.current.user('alice', ['engineering']);
  bob = await chat.current.user('bob', ['sre']);
  dana = await chat.current.user('dana', ['dba']);
});

/** Made past the chat, as the command line does. */
async function request(changes: Partial<NewAccessRequest> = {}): Promise<RequestView> {
  return requestAccess(chat.current.context, {
    requester: alice.person,
    resource: 'orders-db',
    role: 'read',
    durationMs: 3_600_000,
    reason: 'rows are missing',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: crypto.randomUUID(),
    ...changes,
  });
}

async function approve(requestId: string, voter: Person): Promise<void> {
  const ballot = {
    requestId,
    voter,
    verdict: 'approve',
    durationMs: null,
    note: null,
    platform: 'web',
  } as const;
  await castVote(chat.current.context, ballot);
}

/** Through approval, issue and reveal to a live session. */
async function connect(made: RequestView): Promise<string> {
  await approve(made.id, bob.person);
  await approve(made.id, dana.person);
  await chat.current.settle();
  const [grant] = await chat.current.store
    .read()
    .execute<{ id: string }[]>('select id from access_grant where request_id = ?', [made.id]);
  const grantId = grant?.id ?? '';
  await revealConnection(chat.current.context, { grantId, by: alice.person, platform: 'web' });
  const connected = await authorizeConnection(chat.current.context, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '10.0.0.1',
    application: null,
    replica: 'test',
  });
  if (!connected.authorized) throw new Error(connected.reason);
  return connected.sessionId;
}

describe('where cards go', () => {
  test('a request from nowhere goes to the approvals channel, its session to the audit channel', async () => {
    const made = await request();
    await chat.current.settle();
    expect(cardOf(await bob.messages('access'), made.id).tone).toBe('waiting');
    const sessionId = await connect(made);
    await chat.current.settle();
    expect(cardOf(await bob.messages('access-audit'), sessionId).tone).toBe('waiting');
  });

  test('a request that names an incident goes to its channel, its session into its thread', async () => {
    const made = await request({ incident: INCIDENT });
    const sessionId = await connect(made);
    await chat.current.publisher.syncCard('session', sessionId);
    const messages = await bob.messages(INCIDENT);
    const root = messages.find((message) => message.card?.fields.some((field) => field.value === made.id));
    const session = messages.find((message) =>
      message.card?.fields.some((field) => field.value === sessionId),
    );
    expect(root?.threadOf).toBeNull();
    expect(session?.threadOf).toBe(root?.id);
  });

  test('a channel that is gone does not swallow the card', async () => {
    const made = await request({ origin: { platform: 'web', channel: 'archived' } });
    await chat.current.settle();
    expect(cardOf(await bob.messages('access'), made.id).tone).toBe('waiting');
  });

  test('the private card is for its holder and nobody else', async () => {
    await connect(await request());
    const [message] = await alice.messages(alice.privateChannel);
    expect(message?.card?.title).toBe('Your access to orders-db as read');
    const foreign = await bob.request(`/channels/${encodeURIComponent(alice.privateChannel)}/messages`);
    expect(foreign.status).toBe(404);
  });
});

describe('bringing a card up to date', () => {
  test('sends nothing when nothing changed', async () => {
    const made = await request({ origin: { platform: 'web', channel: 'general' } });
    await chat.current.settle();
    const before = (await bob.messages('general')).at(-1);
    await chat.current.publisher.syncCard('request', made.id);
    expect((await bob.messages('general')).at(-1)).toEqual(before);
    expect(before?.editedAt).toBeNull();
  });

  test('twenty at once post one message', async () => {
    const made = await request({ origin: { platform: 'web', channel: 'general' } });
    const { publisher } = chat.current;
    await Promise.all(Array.from({ length: 20 }, () => publisher.syncCard('request', made.id)));
    expect(cardOf(await bob.messages('general'), made.id).tone).toBe('waiting');
    expect(await listCardCopies(chat.current.context, { subject: 'request', ids: [made.id] })).toHaveLength(
      1,
    );
  });

  test('an unknown subject is an error, not silence', async () => {
    await expect(chat.current.publisher.syncCard('request', 'r-zzzzzzzz')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('a sync that died between sending and remembering is found by the sweep and made good', async () => {
    const made = await request({ origin: { platform: 'web', channel: 'general' } });
    await chat.current.settle();
    const [copy] = await listCardCopies(chat.current.context, {
      subject: 'request',
      ids: [made.id],
    });
    if (copy === undefined) throw new Error('the card was not posted');
    await approve(made.id, bob.person);
    await saveCardCopies(chat.current.context, [{ ...copy, renderedSha256: '', currentAt: new Date(0) }]);
    chat.current.clock.stepMs(6_000);
    const cards = await cardsBehind(chat.current.context);
    expect(cards).toContainEqual({ subject: 'request', id: made.id });
    await chat.current.publisher.syncCard('request', made.id);
    expect(cardOf(await bob.messages('general'), made.id).status).toBe('Pending: still needs 1 of dba.');
    expect(await cardsBehind(chat.current.context)).not.toContainEqual({
      subject: 'request',
      id: made.id,
    });
  });
});

describe('a platform that keeps what it was sent', () => {
  /** A second platform, in memory, that can be slow, broken or forgetful when a test says so. */
  function memoryPlatform(behaviour: {
    beforeSend?: (card: Card) => Promise<void>;
    failWith?: () => AppError | null;
  }): ChatPlatform & { readonly shown: Map<string, Card>; readonly threads: Map<string, string | null> } {
    const shown = new Map<string, Card>();
    const threads = new Map<string, string | null>();
    const send = async (ref: string, card: Card): Promise<void> => {
      await behaviour.beforeSend?.(card);
      const failure = behaviour.failWith?.() ?? null;
      if (failure !== null) throw failure;
      shown.set(ref, card);
    };
    return {
      name: 'memory',
      shown,
      threads,
      resolveChannel: async (channel) => channel,
      nameOf: async (channel) => channel,
      post: async ({ key, card, threadRef }) => {
        await send(key, card);
        threads.set(key, threadRef);
        return { ref: key };
      },
      update: async ({ ref, card }) => send(ref, card),
      privateChannelOf: async () => null,
    };
  }

  const quiet = { warn: () => undefined, error: () => undefined };

  test('gets the card of a request before the session that goes into its thread', async () => {
    const sessionId = await connect(await request({ incident: INCIDENT }));
    const empty = memoryPlatform({});
    const { publisher } = createBot({ access: chat.current.context, platforms: [empty], logger: quiet });
    await publisher.syncCard('session', sessionId);
    const [requestKey, sessionKey, ...more] = [...empty.threads.keys()];
    expect(more).toEqual([]);
    expect(requestKey).toMatch(/^request:r-/);
    expect(sessionKey).toBe(`session:${sessionId}:memory:${INCIDENT}`);
    expect([...empty.threads.values()]).toEqual([null, requestKey]);
  });

  test('shows the newest state although an older rendering arrives last', async () => {
    const made = await request({ origin: { platform: 'memory', channel: 'general' } });
    const slow = memoryPlatform({
      // The rendering from before the vote is held back until the one from after it has been sent.
      beforeSend: async (card) => {
        if (card.status.includes('1 of sre')) await sleep(300);
      },
    });
    const { publisher } = createBot({ access: chat.current.context, platforms: [slow], logger: quiet });
    const older = publisher.syncCard('request', made.id);
    await sleep(100);
    await approve(made.id, bob.person);
    await Promise.all([older, publisher.syncCard('request', made.id)]);
    expect([...slow.shown.values()].map((card) => card.status)).toEqual(['Pending: still needs 1 of dba.']);
  });

  test('is retried after a failure, while the other platform has its card already', async () => {
    const made = await request({ origin: { platform: 'web', channel: 'general' } });
    let broken = true;
    const flaky = memoryPlatform({ failWith: () => (broken ? new AppError('unavailable', 'down') : null) });
    const web = chat.current;
    const platforms = [flaky, ...(await platformsOf(web.context))];
    const { publisher } = createBot({ access: web.context, platforms, logger: quiet });
    await expect(publisher.syncCard('request', made.id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(cardOf(await bob.messages('general'), made.id).tone).toBe('waiting');
    broken = false;
    await publisher.syncCard('request', made.id);
    expect([...flaky.shown.keys()]).toEqual([`request:${made.id}:memory:access`]);
  });

  test('a removed message is left alone', async () => {
    const made = await request({ origin: { platform: 'memory', channel: 'general' } });
    let removed = false;
    const forgetful = memoryPlatform({
      failWith: () => (removed ? new AppError('not_found', 'gone') : null),
    });
    const { publisher } = createBot({ access: chat.current.context, platforms: [forgetful], logger: quiet });
    await publisher.syncCard('request', made.id);
    removed = true;
    await approve(made.id, bob.person);
    await publisher.syncCard('request', made.id);
    expect(forgetful.shown.size).toBe(1);
  });
});
