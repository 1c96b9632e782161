/** Cards of live sessions: each is looked at once in an interval, and sent only when it shows something else. */
import { beforeEach, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import { endSession, noteProgress } from '../../../src/access/run-session.ts';
import { cardsBehind } from '../../../src/access/sweep.ts';
import { type Bot, createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { SESSION_CARD_INTERVAL_MS } from '../../../src/bot/refresh-sessions.ts';
import { AppError } from '../../../src/core/errors.ts';
import { type SessionCounts, ZERO_COUNTS } from '../../../src/core/session.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { type ChatUser, cardOf, platformsOf, useChatServer } from './chat-server.ts';

const SESSIONS = 12;
const quiet = { warn: () => undefined, error: () => undefined };

const chat = useChatServer();
let bob: ChatUser;
let bot: Bot;
let edits: string[] = [];

beforeEach(async () => {
  const server = chat.current;
  bob ??= await server.user('bob', ['sre']);
  edits = [];
  const counted = (await platformsOf(server.context)).map(
    (platform): ChatPlatform => ({
      ...platform,
      update: async (message) => {
        edits.push(message.ref);
        await platform.update(message);
      },
    }),
  );
  bot = createBot({ access: server.context, platforms: counted, logger: quiet });
});

async function openSessions(count: number): Promise<string[]> {
  const { context } = chat.current;
  const request = await requestAccess(context, {
    requester: bob.person,
    resource: 'orders-db',
    role: 'read',
    durationMs: 3_600_000,
    reason: 'looking',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: crypto.randomUUID(),
  });
  await chat.current.settle();
  const handle = request.grant?.id ?? '';
  await revealConnection(context, { grantId: handle, by: bob.person, platform: 'web' });
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const opened = await authorizeConnection(context, {
      handle,
      kind: 'postgres',
      clientAddress: '10.0.0.1',
      application: null,
      replica: 'test',
    });
    if (!opened.authorized) throw new Error(opened.reason);
    ids.push(opened.sessionId);
  }
  await chat.current.settle();
  return ids;
}

async function count(id: string, counts: Partial<SessionCounts>): Promise<void> {
  const noted = { ...ZERO_COUNTS, ...counts };
  await noteProgress(chat.current.context, { sessions: [{ id, counts: noted }] });
}

async function commandsShown(id: string): Promise<string | undefined> {
  const card = cardOf(await bob.messages('access-audit'), id);
  return card.fields.find((field) => field.label === 'Commands')?.value;
}

/** How often the store is asked, a moment after the interval. */
async function tripsOfRefresh(): Promise<number> {
  const { context, clock } = chat.current;
  clock.stepMs(SESSION_CARD_INTERVAL_MS + 1_000);
  let trips = 0;
  const store: Store = {
    ...context.store,
    read: () => {
      trips += 1;
      return context.store.read();
    },
  };
  const platforms = await platformsOf(context);
  await createBot({ access: { ...context, store }, platforms, logger: quiet }).publisher.refreshSessions();
  return trips;
}

async function endAll(ids: readonly string[]): Promise<void> {
  for (const sessionId of ids) {
    const end = { reason: 'client-closed', counts: null, recordingHead: null, riskiest: null } as const;
    await endSession(chat.current.context, { sessionId, ...end });
  }
}

describe('the cards of live sessions', () => {
  test('show new counts after the interval, not before, and a session that did nothing is not sent again', async () => {
    const ids = await openSessions(3);
    const [first = '', second = ''] = ids;
    await count(first, { commands: 7 });
    await bot.publisher.refreshSessions();
    expect(edits).toEqual([]);

    chat.current.clock.stepMs(SESSION_CARD_INTERVAL_MS + 1_000);
    await bot.publisher.refreshSessions();
    expect(edits).toHaveLength(1);
    expect(await commandsShown(first)).toBe('7');

    await count(second, { commands: 2 });
    await bot.publisher.refreshSessions();
    expect(edits).toHaveLength(1);
    chat.current.clock.stepMs(SESSION_CARD_INTERVAL_MS + 1_000);
    await bot.publisher.refreshSessions();
    expect(edits).toHaveLength(2);
    expect(await commandsShown(second)).toBe('2');
    await endAll(ids);
  });

  test('wait for a platform that asks to slow down, in turns, and are no fault', async () => {
    const ids = await openSessions(3);
    const taken: string[] = [];
    const busy = (await platformsOf(chat.current.context)).map(
      (platform): ChatPlatform => ({
        ...platform,
        update: async (message) => {
          expect(message.canWait).toBe(true);
          if (taken.length % 2 === 1) {
            taken.push('refused');
            throw new AppError('rate_limited', 'Slower.', { context: { retryAfterSeconds: 1 } });
          }
          taken.push(message.ref);
          await platform.update(message);
        },
      }),
    );
    const slow = createBot({ access: chat.current.context, platforms: busy, logger: quiet });
    for (const id of ids) await count(id, { commands: 5 });
    for (let run = 0; run < ids.length; run += 1) {
      chat.current.clock.stepMs(SESSION_CARD_INTERVAL_MS + 1_000);
      await slow.publisher.refreshSessions();
      const behind = await cardsBehind(chat.current.context);
      expect(behind.filter(({ subject, id }) => subject === 'session' && ids.includes(id))).toEqual([]);
    }
    expect(new Set(taken.filter((ref) => ref !== 'refused')).size).toBe(ids.length);
    for (const id of ids) expect(await commandsShown(id)).toBe('5');
    await endAll(ids);
  });

  test('are not the sweep’s work while nothing but their counts moves', async () => {
    const ids = await openSessions(2);
    for (const id of ids) await count(id, { commands: 1 });
    chat.current.clock.stepMs(60_000);
    const cards = await cardsBehind(chat.current.context);
    expect(cards.filter(({ subject, id }) => subject === 'session' && ids.includes(id))).toEqual([]);
    await endAll(ids);
  });

  test('go to the database a fixed number of times when nothing changed, however many there are', async () => {
    const one = await openSessions(1);
    const tripsOfOne = await tripsOfRefresh();
    await endAll(one);
    const many = await openSessions(SESSIONS);
    expect(await tripsOfRefresh()).toBe(tripsOfOne);
    expect(edits).toEqual([]);
    await endAll(many);
  });

  test('a session that ends while its card is sent shows its end', async () => {
    const [id = ''] = await openSessions(1);
    await count(id, { commands: 3 });
    chat.current.clock.stepMs(SESSION_CARD_INTERVAL_MS + 1_000);
    const [web] = await platformsOf(chat.current.context);
    if (web === undefined) throw new Error('no platform');
    let ended = false;
    const slow: ChatPlatform = {
      ...web,
      update: async (message) => {
        if (!ended) {
          ended = true;
          await endAll([id]);
        }
        await web.update(message);
      },
    };
    const { publisher } = createBot({ access: chat.current.context, platforms: [slow], logger: quiet });
    await publisher.refreshSessions();
    expect(cardOf(await bob.messages('access-audit'), id).status).toContain('the client closed it');
  });
});
