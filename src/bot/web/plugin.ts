/**
 * `/chat/api`: the server's side of the chat page. Routes check who asks and what was sent; what
 * anyone may do is decided by the use cases. Errors are thrown and answered by the server's handler.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readChatFile } from '../../access/chat-files.ts';
import type { AccessContext } from '../../access/context.ts';
import { searchPeople } from '../../access/find-account.ts';
import { insertChatMessage, listChatMessages } from '../../access/web-chat.ts';
import { AppError } from '../../core/errors.ts';
import type { Person } from '../../core/identity.ts';
import type { Act, ActInput } from '../acts/act.ts';
import { handleAct } from '../acts/handle-act.ts';
import { refillForm } from '../acts/refill-form.ts';
import type { BotContext } from '../bot-context.ts';
import { inLanguageOf } from '../texts/texts.ts';
import { channelsOf, mayRead, openChannel, ownerOfChannel, WEB_PLATFORM } from './channels.ts';
import { readWebHome } from './home.ts';
import {
  ACTION_BODY,
  BUTTONS_QUERY,
  CHANNEL_PARAMETERS,
  FILE_PARAMETERS,
  FORM_BODY,
  LINE_BODY,
  OFFERS_QUERY,
  PAGE_QUERY,
  PEOPLE_QUERY,
  parseInput,
  REFILL_BODY,
} from './inputs.ts';
import { DEFAULT_FEED_LIMITS, type FeedLimits, type MessageFeed, openMessageFeed } from './message-feed.ts';
import { readButtonOffers, readOffers } from './offers.ts';
import { requireOwnPage } from './same-origin.ts';
import type {
  ActAnswer,
  ButtonOffers,
  ChatHome,
  ChatMessages,
  ChatOffers,
  ChatPeople,
  ChatState,
  PostAnswer,
  RefilledForm,
} from './wire.ts';
import { toWireMessage } from './wire-message.ts';

const BODY_BYTES_MAX = 65_536;
const MESSAGES_PER_PAGE = 100;

export interface ChatPluginOptions {
  readonly access: AccessContext;
  /** Who sends the request, or null for nobody who may chat. May throw AppError; asked once for each request. */
  readonly authenticate: (request: FastifyRequest) => Promise<Person | null>;
  readonly feedLimits?: FeedLimits;
}

/** @returns a plugin that registers the routes under `/chat/api` of the server it is given */
export function chatPlugin(options: ChatPluginOptions): FastifyPluginAsync {
  return async (server) => {
    await server.register(routes(options), { prefix: '/chat/api' });
  };
}

function routes(options: ChatPluginOptions): FastifyPluginAsync {
  const { access } = options;
  return async (server) => {
    const bot: BotContext = { access, logger: server.log };
    server.addHook('preHandler', (_request, _reply, done) => inLanguageOf(access, done));
    const feed = followFeed(server, { access, limits: options.feedLimits ?? DEFAULT_FEED_LIMITS });

    const signedIn = async (request: FastifyRequest): Promise<Person> => {
      const person = await options.authenticate(request);
      if (person === null) throw new AppError('unauthenticated', 'Sign in to use the chat.');
      return person;
    };
    /** For what changes something: a person, on our own page, in a channel of theirs. */
    const acting = async (
      request: FastifyRequest,
      sent: { channel: string; key: string },
    ): Promise<PageInput> => {
      const by = await signedIn(request);
      requireOwnPage(request, access.settings.publicUrl);
      await requireReadable(access, { channel: sent.channel, personId: by.id });
      const { channel } = sent;
      const isPrivate = ownerOfChannel(channel) !== null;
      const place = { platform: WEB_PLATFORM, channel, channelName: channel, isPrivate };
      return { by, key: sent.key, place };
    };

    server.get('/state', async (request): Promise<ChatState> => {
      const { id, name, email, groups } = await signedIn(request);
      return { me: { id, name, email, groups }, channels: await channelsOf(access, id) };
    });

    server.get('/channels/:channel/messages', async (request): Promise<ChatMessages> => {
      const person = await signedIn(request);
      const { channel } = parseInput(CHANNEL_PARAMETERS, request.params);
      const { before } = parseInput(PAGE_QUERY, request.query);
      await requireReadable(access, { channel, personId: person.id });
      return readPage(access, { channel, viewerId: person.id, before: before ?? null });
    });

    server.get('/channels/:channel/offers', async (request): Promise<ChatOffers> => {
      const viewer = await signedIn(request);
      const { channel } = parseInput(CHANNEL_PARAMETERS, request.params);
      const { messages } = parseInput(OFFERS_QUERY, request.query);
      await requireReadable(access, { channel, personId: viewer.id });
      return readOffers(bot, { channel, viewer, ids: messages });
    });

    server.get('/offers', async (request): Promise<ButtonOffers> => {
      const viewer = await signedIn(request);
      return readButtonOffers(bot, { buttons: parseInput(BUTTONS_QUERY, request.query).button, viewer });
    });

    server.get(
      '/home',
      async (request): Promise<ChatHome> => readWebHome(bot, { by: await signedIn(request) }),
    );

    server.get('/people', async (request): Promise<ChatPeople> => {
      await signedIn(request);
      return { items: await searchPeople(access, parseInput(PEOPLE_QUERY, request.query)) };
    });

    server.get('/files/:id', async (request, reply) => {
      const person = await signedIn(request);
      const { id } = parseInput(FILE_PARAMETERS, request.params);
      const file = await readChatFile(access, { id });
      await requireReadable(access, { channel: file.channel, personId: person.id });
      return reply
        .type('application/octet-stream')
        .header('cache-control', 'no-store')
        .header(
          'content-disposition',
          `attachment; filename="${file.name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}"`,
        )
        .send(file.bytes);
    });

    // No HEAD: its answer ends at once and would leave the stream open behind it, counted against the person.
    server.get('/stream', { exposeHeadRoute: false }, async (request, reply) => {
      const person = await signedIn(request);
      const stream = feed().open(person.id);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    });

    const limited = { bodyLimit: BODY_BYTES_MAX };
    // A person types a line; whether it is a command shows in the line, so both names take both.
    for (const path of ['/messages', '/commands']) {
      server.post(path, limited, async (request): Promise<PostAnswer> => {
        const line = parseInput(LINE_BODY, request.body);
        return takeLine(bot, line.text, await acting(request, line));
      });
    }

    server.post('/actions', limited, async (request): Promise<ActAnswer> => {
      const click = parseInput(ACTION_BODY, request.body);
      const act: Act = { kind: 'action', action: click.action, subject: click.subject };
      return handleAct(bot, act, await acting(request, click));
    });

    server.post('/refills', limited, async (request): Promise<RefilledForm> => {
      const { channel, form, values } = parseInput(REFILL_BODY, request.body);
      const input = await acting(request, { channel, key: 'refill' });
      return { form: await refillForm(bot, { form, values: new Map(Object.entries(values)) }, input) };
    });

    server.post('/forms', limited, async (request): Promise<ActAnswer> => {
      const sent = parseInput(FORM_BODY, request.body);
      const values = new Map(Object.entries(sent.values));
      const act: Act = { kind: 'form', form: sent.form, subject: sent.subject, values };
      return handleAct(bot, act, await acting(request, sent));
    });
  };
}

/** The feed opens with the server and ends before it, since an open stream would hold the server up. */
function followFeed(
  server: FastifyInstance,
  options: { readonly access: AccessContext; readonly limits: FeedLimits },
): () => MessageFeed {
  let feed: MessageFeed | null = null;
  server.addHook('onReady', async () => {
    feed = await openMessageFeed(options.access, options.limits);
  });
  server.addHook('preClose', async () => {
    await feed?.close();
    feed = null;
  });
  return () => {
    if (feed === null) throw new AppError('unavailable', 'The server is stopping.');
    return feed;
  };
}

/** @throws AppError `not_found`, whether the channel is somebody else's or nobody's */
async function requireReadable(
  access: AccessContext,
  place: { channel: string; personId: string },
): Promise<void> {
  if (!(await mayRead(access, place))) throw new AppError('not_found', 'There is no such channel.');
}

async function readPage(
  access: AccessContext,
  page: { readonly channel: string; readonly viewerId: string; readonly before: string | null },
): Promise<ChatMessages> {
  const found = await listChatMessages(access, {
    channel: page.channel,
    viewerId: page.viewerId,
    limit: MESSAGES_PER_PAGE + 1,
    ...(page.before === null ? {} : { before: page.before }),
  });
  return {
    messages: found.slice(-MESSAGES_PER_PAGE).map(toWireMessage),
    more: found.length > MESSAGES_PER_PAGE,
  };
}

/** By somebody who signed in, in a channel of theirs. */
interface PageInput extends ActInput {
  readonly by: Person;
}

async function takeLine(bot: BotContext, text: string, input: PageInput): Promise<PostAnswer> {
  if (text.trimStart().startsWith('/')) {
    return { ...(await handleAct(bot, { kind: 'command', text }, input)), message: null };
  }
  if (text.trim() === '') throw new AppError('invalid_input', 'An empty message says nothing.');
  const { by, place, key } = input;
  if ((await openChannel(bot.access, place.channel))?.closed === true) {
    throw new AppError('gone', 'This incident is closed: nothing more is written in its channel.');
  }
  const message = await insertChatMessage(bot.access, {
    key: `line:${by.id}:${key}`,
    channel: place.channel,
    threadOf: null,
    audienceId: ownerOfChannel(place.channel),
    author: { id: by.id, name: by.name },
    text: text.trim(),
    card: null,
  });
  return { reply: null, form: null, message: toWireMessage(message) };
}
