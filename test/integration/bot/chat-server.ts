/**
 * The chat page's server on a real socket, over the real store, and people who use it as their page
 * does. Jobs run when a test says so: `settle` hands out the outbox until it is empty.
 */
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import type { RecordingExaminer } from '../../../src/access/incidents/report/ports.ts';
import { type OutboxEntry, relayOutbox } from '../../../src/access/outbox.ts';
import type { CardPublisher, ChatErrands, SessionDocuments } from '../../../src/access/ports.ts';
import type { ActionId, Card } from '../../../src/bot/card.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { openPlatforms } from '../../../src/bot/platforms.ts';
import type { FeedLimits } from '../../../src/bot/web/message-feed.ts';
import { chatPlugin } from '../../../src/bot/web/plugin.ts';
import type { ChatMessage, ChatMessages, ChatState, PostAnswer } from '../../../src/bot/web/wire.ts';
import type { Person } from '../../../src/core/identity.ts';
import { JOBS, jobNamed } from '../../../src/jobs/table.ts';
import { answerError } from '../../../src/web/problems.ts';
import { type TestAccess, useTestAccess } from '../../support/access.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { makeSigner } from '../../support/signer.ts';

export const INCIDENT = 'inc-42';

const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [read, write]
    maxDuration: 4h
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 30m }
  - name: sre-on-call-read
    who: { groups: [sre] }
    to: { labels: { env: prod } }
    roles: [read]
    approval: auto
oversight: { groups: [responders] }
chat: { web: { channels: [access, access-audit, general, ${INCIDENT}] } }
`;

const PERSON_HEADER = 'x-test-person';

/** What a person can do on the page. Every act gets a fresh key unless the test gives one. */
export interface ChatUser {
  readonly person: Person;
  readonly privateChannel: string;
  state(): Promise<ChatState>;
  messages(channel: string): Promise<readonly ChatMessage[]>;
  say(channel: string, text: string, key?: string): Promise<PostAnswer>;
  click(channel: string, click: { action: ActionId; subject: string; key?: string }): Promise<PostAnswer>;
  submit(
    channel: string,
    sent: { form: string; subject: string; values: Record<string, string>; key?: string },
  ): Promise<PostAnswer>;
  /** Any request, with what the page always sends; headers can replace that. */
  request(path: string, init?: { body?: unknown; headers?: Record<string, string> }): Promise<Response>;
}

export interface ChatServer extends TestAccess {
  readonly url: string;
  readonly publisher: CardPublisher;
  readonly errands: ChatErrands;
  user(name: string, groups: readonly string[]): Promise<ChatUser>;
  /** Runs every job that is due, as the queue would, until none is left. */
  settle(): Promise<void>;
}

/** Starts everything before the file's tests. Read the result inside tests only. */
export function useChatServer(
  options: {
    feedLimits?: FeedLimits;
    policy?: string;
    documents?: SessionDocuments;
    examiner?: RecordingExaminer;
  } = {},
): {
  readonly current: ChatServer;
} {
  const access = useTestAccess({ policy: options.policy ?? POLICY });
  let started: { chat: ChatServer; server: FastifyInstance } | null = null;
  beforeAll(async () => {
    started = await startChatServer(access.current, options);
  });
  afterAll(async () => {
    await started?.server.close();
  });
  return {
    get current() {
      if (started === null) throw new Error('The chat server exists only while tests run.');
      return started.chat;
    },
  };
}

async function startChatServer(
  access: TestAccess,
  {
    documents,
    examiner,
    ...options
  }: { feedLimits?: FeedLimits; documents?: SessionDocuments; examiner?: RecordingExaminer },
) {
  const people = new Map<string, Person>();
  const server = Fastify({ forceCloseConnections: true });
  server.setErrorHandler(answerError);
  await server.register(
    chatPlugin({
      access: access.context,
      authenticate: async (request) => people.get(String(request.headers[PERSON_HEADER])) ?? null,
      ...options,
    }),
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const bot = createBot({
    access: access.context,
    platforms: await platformsOf(access.context),
    logger: server.log,
  });
  const { publisher } = bot;
  const errands = bot.errandsWith(documents ?? { open: async () => null }, examiner);
  const chat: ChatServer = {
    ...access,
    url,
    publisher,
    errands,
    user: async (name, groups) => {
      const person = await access.person(name, groups);
      people.set(person.id, person);
      return createUser({ url, person, origin: access.context.settings.publicUrl });
    },
    settle: () => runDueJobs(access.context, { publisher, errands }),
  };
  return { chat, server };
}

/** The platforms that the policy configures. */
export async function platformsOf(access: AccessContext): Promise<readonly ChatPlatform[]> {
  const logger = { warn: () => undefined, error: () => undefined };
  return (await openPlatforms(access, logger)).map(({ platform }) => platform);
}

async function runDueJobs(
  access: AccessContext,
  { publisher, errands }: { publisher: CardPublisher; errands: ChatErrands },
): Promise<void> {
  const context = {
    access,
    publisher,
    errands,
    preparer: { prepare: async () => undefined },
    recovery: NOTHING_RECORDED,
    roles: { dropEphemeralRole: async () => undefined },
    archive: { statementsOf: async () => null },
    search: { readOn: async () => [] },
    signers: makeSigner(),
  };
  for (;;) {
    const due: OutboxEntry[] = [];
    const moved = await relayOutbox(access, {
      jobs: Object.keys(JOBS),
      limit: 100,
      deliver: async (entries) => {
        due.push(...entries.filter((entry) => entry.runAt <= access.clock.now()));
      },
    });
    if (moved === 0) return;
    for (const entry of due) await jobNamed(entry.job)?.run(context, entry.payload);
  }
}

function createUser(options: { url: string; person: Person; origin: string }): ChatUser {
  const { url, person, origin } = options;
  const request: ChatUser['request'] = (path, init = {}) => {
    const headers = { [PERSON_HEADER]: person.id, origin, 'x-sallyport-csrf': '1', ...init.headers };
    if (init.body === undefined) return fetch(`${url}/chat/api${path}`, { headers });
    return fetch(`${url}/chat/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(init.body),
    });
  };
  const read = async <T>(path: string): Promise<T> => {
    const response = await request(path);
    expect(response.status, await response.clone().text()).toBe(200);
    return JSON.parse(await response.text());
  };
  const post = async (path: string, body: object): Promise<PostAnswer> => {
    const response = await request(path, { body: { key: crypto.randomUUID(), ...body } });
    expect(response.status, await response.clone().text()).toBe(200);
    return JSON.parse(await response.text());
  };
  return {
    person,
    privateChannel: `@${person.id}`,
    state: () => read('/state'),
    messages: async (channel) =>
      (await read<ChatMessages>(`/channels/${encodeURIComponent(channel)}/messages`)).messages,
    say: (channel, text, key) => post('/messages', { channel, text, ...(key === undefined ? {} : { key }) }),
    click: (channel, click) => post('/actions', { channel, ...click }),
    submit: (channel, sent) => post('/forms', { channel, ...sent }),
    request,
  };
}

/** The ID that a reply begins with: `r-abcd2345: read on …`. */
export function idIn(answer: PostAnswer): string {
  const id = /\b[rgsv]-[a-z2-7]{8}\b/.exec(answer.reply?.text ?? '')?.[0];
  if (id === undefined) throw new Error(`no ID in ${JSON.stringify(answer)}`);
  return id;
}

/** The card of a request, grant or session among a channel's messages. */
export function cardOf(messages: readonly ChatMessage[], id: string): Card {
  const found = messages
    .flatMap(({ card }) => (card === null ? [] : [card]))
    .filter((card) => namesId(card, id));
  const [card, second] = found;
  if (card === undefined || second !== undefined) throw new Error(`${found.length} cards of ${id}`);
  return card;
}

function namesId(card: Card, id: string): boolean {
  return card.fields.some((field) => ['ID', 'Access', 'Session'].includes(field.label) && field.value === id);
}

/** Presses a button that is really on the card. */
export function subjectOf(card: Card, action: ActionId): string {
  for (const button of card.actions) {
    if (button.kind === 'button' && button.action === action) return button.subject;
  }
  throw new Error(`no button ${action} on ${card.title}`);
}
