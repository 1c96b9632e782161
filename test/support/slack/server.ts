/**
 * Sallyport with a Slack workspace: the real Bolt app on a real socket, over the real store, and the sample people with
 * their accounts linked. Time is simulated; jobs run when a test says so.
 */
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import Fastify from 'fastify';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { CardPublisher } from '../../../src/access/ports.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import { EVENTS_PATH } from '../../../src/bot/slack/manifest.ts';
import { openSlack } from '../../../src/bot/slack/open-slack.ts';
import { PATIENCE, type Patience } from '../../../src/bot/slack/slack-parts.ts';
import type { Person } from '../../../src/core/identity.ts';
import { type TestAccess, useTestAccess } from '../access.ts';
import { linkAccount } from '../chat-accounts.ts';
import { NOTHING_RECORDED } from '../recovery.ts';
import { makeSigner } from '../signer.ts';
import { overHttp, type SlackUser, slackUser } from './driver.ts';
import { type SimulatedQueue, simulateQueue } from './simulated-queue.ts';
import { textAt } from './slack-call.ts';
import {
  APP_TOKEN,
  BOT_TOKEN,
  SIGNING_SECRET,
  type SlackMessage,
  type SlackWorkspace,
  TEAM,
  useSlackWorkspace,
} from './workspace.ts';

export interface LinkedUser extends SlackUser {
  readonly person: Person;
}

export interface SlackServer extends TestAccess, Omit<SimulatedQueue, 'dead'> {
  readonly workspace: SlackWorkspace;
  /** Where Slack calls. */
  readonly eventsUrl: string;
  readonly publisher: CardPublisher;
  readonly dead: readonly string[];
  /** Somebody of the workspace, linked to the person of that name. */
  user(name: string, groups: readonly string[]): Promise<LinkedUser>;
  /** Somebody of the workspace who is linked to nobody. */
  stranger(name: string): SlackUser;
  /** The card of a request, session or held command in a channel. */
  card(channel: string, id: string): Promise<{ readonly channel: string; readonly message: SlackMessage }>;
}

/** Starts before the file's tests. Read the result inside tests only. */
export function useSlackServer(options: { readonly policy: string; readonly patience?: Patience }): {
  readonly current: SlackServer;
} {
  const workspace = useSlackWorkspace();
  const access = useTestAccess({
    secrets: {
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_APP_TOKEN: APP_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
    },
  });
  let started: Awaited<ReturnType<typeof start>> | null = null;
  beforeAll(async () => {
    access.current.applyPolicy(withSlack(options.policy, workspace.current.apiUrl));
    started = await start(access.current, workspace.current, options.patience ?? PATIENCE);
  });
  afterEach(() => {
    expect(started?.errors.splice(0) ?? []).toEqual([]);
  });
  afterAll(async () => {
    await started?.slack.stop();
    await started?.http.close();
  });
  return {
    get current() {
      if (started === null) throw new Error('The server exists only while tests run.');
      return started.server;
    },
  };
}

async function start(access: TestAccess, workspace: SlackWorkspace, patience: Patience) {
  const errors: string[] = [];
  const logger = {
    warn: () => undefined,
    error: (facts: object, message: string) => void errors.push(`${message}: ${inspect(facts)}`),
  };
  const { context, clock } = access;
  const slack = openSlack(context, {
    logger,
    patience,
    sleep: async (durationMs) => clock.stepMs(durationMs),
  });
  const http = Fastify({ forceCloseConnections: true });
  if (slack.plugin !== null) await http.register(slack.plugin);
  await http.listen({ host: '127.0.0.1', port: 0 });
  const eventsUrl = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}${EVENTS_PATH}`;
  const bot = createBot({ access: context, platforms: [slack.platform], logger });
  const { publisher } = bot;
  const queue = simulateQueue(
    {
      access: context,
      publisher,
      errands: bot.errandsWith({
        open: async (sessionId, kind) => ({ extension: 'txt', parts: exportOf(sessionId, kind) }),
      }),
      preparer: { prepare: async () => undefined },
      recovery: NOTHING_RECORDED,
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
      search: { readOn: async () => [] },
      signers: makeSigner(),
    },
    clock,
  );
  const deliver = overHttp(eventsUrl, clock);
  const server: SlackServer = {
    ...access,
    ...queue,
    workspace,
    eventsUrl,
    publisher,
    stranger: (name) => slackUser(workspace, { name, deliver }),
    user: async (name, groups) => {
      const person = await access.person(name, groups);
      const user = slackUser(workspace, { name, deliver });
      const account = { platform: 'slack', tenant: TEAM, enterprise: null, account: user.id };
      await linkAccount(context, {
        account: { ...account, accountName: person.name, tenantName: 'Acme' },
        person,
      });
      return { ...user, person };
    },
    card: async (channel, id) => {
      const messages = await workspace.messages(channel);
      const about = messages.filter((message) => isAbout(message, id));
      const [message] = about;
      if (message === undefined || about.length > 1) {
        throw new Error(`${about.length} cards of ${id} in ${channel}: ${JSON.stringify(messages)}`);
      }
      return { channel: await workspace.channelId(channel), message };
    },
  };
  return { slack, http, server, errors };
}

/** Stands for what a recording is exported as. */
async function* exportOf(sessionId: string, kind: string): AsyncIterable<string> {
  yield `${kind} of ${sessionId}\n`;
}

/** Its key says what a message is the card of: `request:r-…:slack:C…`. */
function isAbout({ metadata }: SlackMessage, id: string): boolean {
  return textAt(metadata, 'event_payload', 'key').split(':')[1] === id;
}

function withSlack(policy: string, apiUrl: string): string {
  return `${policy}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { slack: { mode: http, apiUrl: "${apiUrl}" } }
`;
}
