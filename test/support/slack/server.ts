/**
 * Sallyport with a Slack workspace: the real Bolt app on a real socket, over the real store, and the sample people with
 * their accounts linked. Time is simulated; jobs run when a test says so.
 */
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll } from 'vitest';
import type { CardPublisher } from '../../../src/access/ports.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { OpenPlatform } from '../../../src/bot/open-platform.ts';
import { EVENTS_PATH } from '../../../src/bot/slack/manifest.ts';
import { openSlack } from '../../../src/bot/slack/open-slack.ts';
import type { Person } from '../../../src/core/identity.ts';
import { type TestAccess, useTestAccess } from '../access.ts';
import { linkAccount } from '../chat-accounts.ts';
import { overHttp, type SlackUser, slackUser } from './driver.ts';
import { buttonsIn } from './elements.ts';
import { type SimulatedQueue, simulateQueue } from './simulated-queue.ts';
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
  /** The message of a channel whose buttons are about this id, or that shows it. */
  card(channel: string, id: string): Promise<{ readonly channel: string; readonly message: SlackMessage }>;
}

const QUIET = { warn: () => undefined, error: () => undefined };

/** Starts before the file's tests. Read the result inside tests only. */
export function useSlackServer(options: { readonly policy: string }): { readonly current: SlackServer } {
  const workspace = useSlackWorkspace();
  const access = useTestAccess({
    secrets: {
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_APP_TOKEN: APP_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
    },
  });
  let started: { slack: OpenPlatform; http: FastifyInstance; server: SlackServer } | null = null;
  beforeAll(async () => {
    access.current.applyPolicy(withSlack(options.policy, workspace.current.apiUrl));
    started = await start(access.current, workspace.current);
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

async function start(access: TestAccess, workspace: SlackWorkspace) {
  const { context, clock } = access;
  const slack = openSlack(context, { logger: QUIET, sleep: async (durationMs) => clock.stepMs(durationMs) });
  const http = Fastify({ forceCloseConnections: true });
  if (slack.plugin !== null) await http.register(slack.plugin);
  await http.listen({ host: '127.0.0.1', port: 0 });
  const eventsUrl = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}${EVENTS_PATH}`;
  const { publisher } = createBot({ access: context, platforms: [slack.platform], logger: QUIET });
  const queue = simulateQueue(
    {
      access: context,
      publisher,
      preparer: { prepare: async () => undefined },
      recovery: { recover: async () => null },
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
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
  return { slack, http, server };
}

function isAbout({ blocks }: SlackMessage, id: string): boolean {
  const subjects = buttonsIn(blocks).map(({ value }) => value.split('.')[0]);
  return subjects.includes(id) || JSON.stringify(blocks).includes(id);
}

function withSlack(policy: string, apiUrl: string): string {
  return `${policy}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { slack: { mode: http, apiUrl: "${apiUrl}" } }
`;
}
