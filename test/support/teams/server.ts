/**
 * Sallyport with a Teams tenant: the real CloudAdapter behind a real socket, over the real store, and the sample people
 * with their accounts linked. Time is simulated; jobs run when a test says so.
 */
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import Fastify from 'fastify';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { CardPublisher } from '../../../src/access/ports.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import { MESSAGES_PATH } from '../../../src/bot/teams/messages-route.ts';
import { openTeams } from '../../../src/bot/teams/open-teams.ts';
import type { Person } from '../../../src/core/identity.ts';
import { type TestAccess, useTestAccess } from '../access.ts';
import { linkAccount } from '../chat-accounts.ts';
import { NOTHING_RECORDED } from '../recovery.ts';
import { makeSigner } from '../signer.ts';
import { type SimulatedQueue, simulateQueue } from '../slack/simulated-queue.ts';
import { APP_ID, APP_PASSWORD, TENANT } from './authority.ts';
import { buttonsOf, textsOfCard } from './card-elements.ts';
import { overHttp, type Shown, type TeamsUser, teamsUser } from './driver.ts';
import { cardsOf, type TeamsTenant, useTeamsTenant } from './tenant.ts';

export interface LinkedUser extends TeamsUser {
  readonly person: Person;
}

export interface TeamsServer extends TestAccess, Omit<SimulatedQueue, 'dead'> {
  readonly tenant: TeamsTenant;
  /** Where Teams calls. */
  readonly messagesUrl: string;
  readonly publisher: CardPublisher;
  readonly dead: readonly string[];
  /** What was said to the operator since the last test. */
  readonly log: readonly string[];
  /** Somebody of the tenant who has the app, linked to the person of that name. */
  user(name: string, groups: readonly string[]): Promise<LinkedUser>;
  /** Another account, linked to a person who has one. */
  secondAccount(name: string, of: Person): Promise<LinkedUser>;
  /** Somebody of the tenant who is linked to nobody. */
  stranger(name: string): TeamsUser;
  /** The card of a request, session or held command in a channel. */
  card(channel: string, id: string): Shown;
  /** The newest message in somebody's personal chat that has this button. */
  directWith(name: string, action: string): Shown;
}

/** Starts before the file's tests. Read the result inside tests only. */
export function useTeamsServer(options: { readonly policy: string; readonly answerWithinMs?: number }): {
  readonly current: TeamsServer;
} {
  const tenant = useTeamsTenant();
  const access = useTestAccess({ secrets: { TEAMS_APP_PASSWORD: APP_PASSWORD } });
  let started: Awaited<ReturnType<typeof start>> | null = null;
  beforeAll(async () => {
    access.current.applyPolicy(withTeams(options.policy, tenant.current));
    tenant.current.connector.setClock(access.current.clock);
    started = await start(access.current, tenant.current, options);
  });
  afterEach(() => {
    started?.log.splice(0);
    expect(started?.errors.splice(0) ?? []).toEqual([]);
  });
  afterAll(async () => {
    await started?.teams.stop();
    await started?.http.close();
  });
  return {
    get current() {
      if (started === null) throw new Error('The server exists only while tests run.');
      return started.server;
    },
  };
}

async function start(access: TestAccess, tenant: TeamsTenant, options: { readonly answerWithinMs?: number }) {
  const errors: string[] = [];
  const log: string[] = [];
  const logger = {
    warn: (facts: object, message: string) => void log.push(`${message}: ${inspect(facts)}`),
    error: (facts: object, message: string) => {
      const line = `${message}: ${inspect(facts)}`;
      log.push(line);
      // Meant for the operator: a test that brings it about looks for it.
      if (!message.startsWith('Teams takes nothing')) errors.push(line);
    },
  };
  const { context, clock } = access;
  const teams = openTeams(context, {
    logger,
    sleep: async (durationMs) => clock.stepMs(durationMs),
    random: () => 0.5,
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
  });
  const http = Fastify({ forceCloseConnections: true });
  if (teams.plugin !== null) await http.register(teams.plugin);
  await http.listen({ host: '127.0.0.1', port: 0 });
  const messagesUrl = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}${MESSAGES_PATH}`;
  const bot = createBot({ access: context, platforms: [teams.platform], logger });
  const { publisher } = bot;
  const queue = simulateQueue(
    {
      access: context,
      publisher,
      errands: bot.errandsWith({ open: async () => null }),
      preparer: { prepare: async () => undefined },
      recovery: NOTHING_RECORDED,
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
      search: { readOn: async () => [] },
      signers: makeSigner(),
    },
    clock,
  );
  const { connector, serviceUrl } = tenant;
  const deliver = overHttp(messagesUrl, { authority: connector.authority, serviceUrl });
  const stranger = (name: string): TeamsUser => teamsUser(tenant, { name, deliver });
  // Whoever is in the team has put the app there.
  await stranger('carol').installs({ channel: 'General' });
  await vi.waitFor(async () => expect(await teams.platform.resolveChannel('access')).not.toBeNull());

  const linked = async (name: string, person: Person): Promise<LinkedUser> => {
    const user = stranger(name);
    await user.installs('personal');
    const account = { platform: 'teams', tenant: TENANT, enterprise: null, account: user.aadObjectId };
    await linkAccount(context, {
      account: { ...account, accountName: person.name, tenantName: 'Acme' },
      person,
    });
    return { ...user, person };
  };

  const server: TeamsServer = {
    ...access,
    ...queue,
    ...{ tenant, messagesUrl, publisher, log, stranger },
    user: async (name, groups) => linked(name, await access.person(name, groups)),
    secondAccount: linked,
    card: (channel, id) => {
      const about = tenant.messages(channel).filter((message) => textsOfCard(cardsOf(message)).includes(id));
      const [message] = about;
      if (message === undefined || about.length > 1) {
        throw new Error(
          `${about.length} cards of ${id} in ${channel}: ${JSON.stringify(tenant.messages(channel))}`,
        );
      }
      return { where: { channel, thread: message.thread ?? message.id }, message };
    },
    directWith: (name, action) => {
      const message = tenant.direct(name).findLast((one) =>
        cardsOf(one)
          .flatMap(buttonsOf)
          .some(({ data }) => data['action'] === action),
      );
      if (message === undefined) throw new Error(`nothing with ${action} for ${name}`);
      return { where: 'personal', message };
    },
  };
  return { teams, http, server, errors, log };
}

function withTeams(policy: string, { endpoints: { login, openIdMetadata } }: TeamsTenant): string {
  return `${policy}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { teams: { appId: ${APP_ID}, tenantId: ${TENANT}, endpoints: { login: "${login}", openIdMetadata: "${openIdMetadata}" } } }
`;
}
