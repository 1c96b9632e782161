/** One Sallyport with a Slack workspace and a Teams tenant, each through its real library, over one store. */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { ChatErrands } from '../../src/access/ports.ts';
import { createBot } from '../../src/bot/create-bot.ts';
import { EVENTS_PATH } from '../../src/bot/slack/manifest.ts';
import { openSlack } from '../../src/bot/slack/open-slack.ts';
import { MESSAGES_PATH } from '../../src/bot/teams/messages-route.ts';
import { openTeams } from '../../src/bot/teams/open-teams.ts';
import type { Person } from '../../src/core/identity.ts';
import { type TestAccess, useTestAccess } from './access.ts';
import { linkAccount } from './chat-accounts.ts';
import { NOTHING_RECORDED } from './recovery.ts';
import { makeSigner } from './signer.ts';
import { overHttp as overSlack, pressable, type SlackUser, slackUser } from './slack/driver.ts';
import { type SimulatedQueue, simulateQueue } from './slack/simulated-queue.ts';
import {
  APP_TOKEN,
  BOT_TOKEN,
  SIGNING_SECRET,
  type SlackWorkspace,
  TEAM,
  useSlackWorkspace,
} from './slack/workspace.ts';
import { APP_ID, APP_PASSWORD, TENANT } from './teams/authority.ts';
import { textsOfCard } from './teams/card-elements.ts';
import { overHttp as overTeams, type Shown, type TeamsUser, teamsUser } from './teams/driver.ts';
import { cardsOf, type TeamsTenant, useTeamsTenant } from './teams/tenant.ts';

/** One person with an account on either, both linked. */
export interface PersonOnBoth {
  readonly person: Person;
  readonly inSlack: SlackUser;
  readonly inTeams: TeamsUser;
}

export interface SlackAndTeams extends TestAccess, Omit<SimulatedQueue, 'dead'> {
  readonly errands: ChatErrands;
  readonly workspace: SlackWorkspace;
  readonly tenant: TeamsTenant;
  user(name: string, groups: readonly string[]): Promise<PersonOnBoth>;
  /** The one card that is about this, in a channel of Slack. @throws when there is none, or a second */
  slackCard(channel: string, id: string): Promise<ReturnType<typeof pressable>>;
  /** The same of Teams. */
  teamsCard(channel: string, id: string): Shown;
}

/** Starts before the file's tests. Read the result inside tests only. */
export function useSlackAndTeams(options: { readonly policy: string }): { readonly current: SlackAndTeams } {
  const workspace = useSlackWorkspace();
  const tenant = useTeamsTenant();
  const access = useTestAccess({
    secrets: {
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_APP_TOKEN: APP_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      TEAMS_APP_PASSWORD: APP_PASSWORD,
    },
  });
  let started: Awaited<ReturnType<typeof start>> | null = null;
  beforeAll(async () => {
    access.current.applyPolicy(withBoth(options.policy, workspace.current, tenant.current));
    tenant.current.connector.setClock(access.current.clock);
    started = await start(access.current, workspace.current, tenant.current);
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    get current() {
      if (started === null) throw new Error('The server exists only while tests run.');
      return started.server;
    },
  };
}

async function start(access: TestAccess, workspace: SlackWorkspace, tenant: TeamsTenant) {
  const { context, clock } = access;
  const logger = { warn: () => undefined, error: () => undefined };
  const sleep = async (durationMs: number): Promise<void> => clock.stepMs(durationMs);
  const slack = openSlack(context, { logger, sleep });
  const teams = openTeams(context, { logger, sleep, random: () => 0.5 });
  const http = Fastify({ forceCloseConnections: true });
  for (const { plugin } of [slack, teams]) if (plugin !== null) await http.register(plugin);
  await http.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`;
  const bot = createBot({ access: context, platforms: [slack.platform, teams.platform], logger });
  const errands = bot.errandsWith({ open: async () => null });
  const queue = simulateQueue(
    {
      access: context,
      publisher: bot.publisher,
      errands,
      preparer: { prepare: async () => undefined },
      recovery: NOTHING_RECORDED,
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
      search: { readOn: async () => [] },
      signers: makeSigner(),
    },
    clock,
  );
  const toSlack = overSlack(`${url}${EVENTS_PATH}`, clock);
  const { connector, serviceUrl } = tenant;
  const toTeams = overTeams(`${url}${MESSAGES_PATH}`, { authority: connector.authority, serviceUrl });
  await teamsUser(tenant, { name: 'carol', deliver: toTeams }).installs({ channel: 'General' });
  await vi.waitFor(async () => expect(await teams.platform.resolveChannel('access')).not.toBeNull());
  const server: SlackAndTeams = {
    ...access,
    ...queue,
    errands,
    workspace,
    tenant,
    user: async (name, groups) => {
      const person = await access.person(name, groups);
      const inSlack = slackUser(workspace, { name, deliver: toSlack });
      const inTeams = teamsUser(tenant, { name, deliver: toTeams });
      await inTeams.installs('personal');
      const named = { enterprise: null, accountName: person.name, tenantName: 'Acme' };
      for (const account of [
        { platform: 'slack', tenant: TEAM, account: inSlack.id },
        { platform: 'teams', tenant: TENANT, account: inTeams.aadObjectId },
      ]) {
        await linkAccount(context, { account: { ...named, ...account }, person });
      }
      return { person, inSlack, inTeams };
    },
    slackCard: async (channel, id) => {
      const all = await workspace.messages(channel);
      const message = theOne(all.filter((one) => JSON.stringify(one.metadata ?? null).includes(`:${id}:`)));
      return pressable(await workspace.channelId(channel), message);
    },
    teamsCard: (channel, id) => {
      const all = tenant.messages(channel);
      const message = theOne(all.filter((one) => textsOfCard(cardsOf(one)).includes(id)));
      return { where: { channel, thread: message.thread ?? message.id }, message };
    },
  };
  const stop = async (): Promise<void> => {
    await slack.stop();
    await teams.stop();
    await http.close();
  };
  return { server, stop };
}

function theOne<T>(found: readonly T[]): T {
  const [one, second] = found;
  if (one === undefined || second !== undefined) throw new Error(`${found.length} cards of it`);
  return one;
}

function withBoth(policy: string, workspace: SlackWorkspace, tenant: TeamsTenant): string {
  const { login, openIdMetadata } = tenant.endpoints;
  return `${policy}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat:
  slack: { mode: http, apiUrl: "${workspace.apiUrl}" }
  teams: { appId: ${APP_ID}, tenantId: ${TENANT}, endpoints: { login: "${login}", openIdMetadata: "${openIdMetadata}" } }
`;
}
