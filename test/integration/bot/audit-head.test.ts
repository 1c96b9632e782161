/** The head of the audit log, posted once a day where people chat. */
import { beforeAll, expect, test } from 'vitest';
import { chainEvents } from '../../../src/audit/chain.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { listEvents } from '../../../src/store/operations/events.ts';
import { makeSigner } from '../../support/signer.ts';
import { type ChatUser, platformsOf, useChatServer } from './chat-server.ts';

const DAY_MS = 24 * 3_600_000;
const chat = useChatServer();
const signer = makeSigner();
let alice: ChatUser;
let carol: ChatUser;

beforeAll(async () => {
  alice = await chat.current.user('alice', ['engineering']);
  carol = await chat.current.user('carol', ['responders']);
});

const chain = (): Promise<number> =>
  chainEvents(chat.current.context.store, { signers: signer, clock: chat.current.context.clock });
const post = (): Promise<void> => chat.current.errands.postAuditHead();

/** What is shown of each head, the oldest first. */
async function shown(): Promise<readonly string[]> {
  const messages = await carol.messages('access-audit');
  return messages.flatMap(({ card }) =>
    card?.title.startsWith('Audit log of') ? [card.fields.map(({ value }) => value).join(' ')] : [],
  );
}

async function lastEvent(): Promise<{ type: string; data: Readonly<Record<string, unknown>> }> {
  const [event] = await listEvents(chat.current.context.store.read(), { limit: 1 });
  if (event === undefined) throw new Error('there is no event');
  return event;
}

test('nothing is posted before a first day has passed', async () => {
  await alice.say('general', '/access request orders-db as read for 10m because 4711');
  expect((await lastEvent()).type).toBe('request.created');
  await chain();
  await post();
  expect(await shown()).toEqual([]);
});

test('the head of a day is posted once, whoever asks how often, and the log says where', async () => {
  const { clock } = chat.current;
  clock.stepMs(DAY_MS);
  await chain();
  await Promise.all([post(), post()]);
  await post();
  const posted = await lastEvent();
  expect(posted).toMatchObject({ type: 'audit.head-posted', data: { platforms: ['web'] } });
  const head = `${posted.data['sequence']}:${posted.data['sha256']}`;
  expect(head).toMatch(/^\d+:[0-9a-f]{64}$/);
  expect(await shown()).toEqual([`${head} sallyport audit verify --head ${head}`]);
});

test('another day has a message of its own, and the one before stays as it was', async () => {
  const [first] = await shown();
  chat.current.clock.stepMs(DAY_MS);
  await chain();
  await post();
  const both = await shown();
  expect(both).toHaveLength(2);
  expect(both).toContain(first);
});

test('a platform that is away keeps no other from having it, and gets it later', async () => {
  const { clock, context } = chat.current;
  clock.stepMs(DAY_MS);
  await chain();
  const [web] = await platformsOf(context);
  if (web === undefined) throw new Error('the chat page is no platform');
  const away: ChatPlatform = Object.assign(Object.create(web), {
    name: 'elsewhere',
    post: () => Promise.reject(new Error('the platform is away')),
  });
  const logger = { warn: () => undefined, error: () => undefined };
  const bot = createBot({ access: context, platforms: [away, web], logger });
  const errands = bot.errandsWith({ open: async () => null });
  await expect(errands.postAuditHead()).rejects.toThrow('elsewhere: the platform is away');
  expect(await shown()).toHaveLength(3);
  expect((await lastEvent()).data['sequence']).not.toBe(await headInPosts());
  await post();
  expect(await shown()).toHaveLength(3);
  expect((await lastEvent()).data['sequence']).toBe(await headInPosts());
});

/** The event that the last message names. */
async function headInPosts(): Promise<number> {
  return Number((await shown()).at(-1)?.split(':')[0]);
}
